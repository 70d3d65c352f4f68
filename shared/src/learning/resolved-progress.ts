// Progress by the ids that a catalog knows now: what was written under an alias counts for its resource.
import { keyOf, partsOf } from '../documents/keys.ts'
import { mergedProgress, type ResourceProgress } from '../documents/progress-state.ts'
import { joinRegister, type ReadonlyState, type State } from '../registers/state.ts'

/**
 * The merged progress by resource id (SPEC D8), with what was written under an alias joined to its resource.
 *
 * @param resolve gives the UUID of an id or an alias, and an id that the catalog lacks as it is
 */
export function resolvedProgress(
  state: ReadonlyState,
  resolve: (id: string) => string,
): Map<string, ResourceProgress> {
  const resolved: State = new Map()
  for (const register of state.values()) {
    const [kind, givenId, device] = partsOf(register.key) ?? []
    if (!givenId) continue
    const id = resolve(givenId)
    // The given id beside the device keeps the times of two ids apart, so that they are summed.
    if (kind === 'seen' && device)
      joinRegister(resolved, { ...register, key: keyOf('seen', id, `${device} ${givenId}`) })
    if (kind === 'rating') joinRegister(resolved, { ...register, key: keyOf('rating', id) })
  }
  return mergedProgress(resolved)
}
