// Progress by the ids that the catalog knows now: what was written under an alias counts for its resource.
import {
  joinRegister,
  keyOf,
  mergedProgress,
  partsOf,
  type ReadonlyState,
  type ResourceProgress,
  type State,
} from '@workforce-democracy/shared'
import type { Catalogs } from '../catalogs.ts'
import type { Documents } from '../replica.ts'

/** The merged progress by resource id, worked out again only when registers or catalog have changed. */
export function resolvedProgress(
  replica: Documents,
  catalogs: Catalogs,
): () => ReadonlyMap<string, ResourceProgress> {
  let progressById: ReadonlyMap<string, ResourceProgress> | undefined
  let catalog = catalogs.resources
  replica.subscribe(({ document, registers }) => {
    if (document === 'progress' && registers.length > 0) progressById = undefined
  })
  return () => {
    if (!progressById || catalog !== catalogs.resources) {
      catalog = catalogs.resources
      progressById = mergedProgress(underUuids(replica.state('progress'), catalogs))
    }
    return progressById
  }
}

function underUuids(state: ReadonlyState, catalogs: Catalogs): State {
  const resolved: State = new Map()
  for (const register of state.values()) {
    const [kind, givenId, device] = partsOf(register.key) ?? []
    if (!givenId) continue
    const id = catalogs.resolve(givenId)
    // The given id beside the device keeps the times of two ids apart, so that they are summed.
    if (kind === 'seen' && device)
      joinRegister(resolved, { ...register, key: keyOf('seen', id, `${device} ${givenId}`) })
    if (kind === 'rating') joinRegister(resolved, { ...register, key: keyOf('rating', id) })
  }
  return resolved
}
