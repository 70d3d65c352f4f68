// What one sitting with a resource writes: only registers of the one device, so that no device overwrites another's time.
import { keyOf } from '../documents/keys.ts'
import { type DayValue, daySchema, readValue, type SeenValue, seenSchema } from '../documents/values.ts'
import type { JsonValue } from '../registers/json.ts'
import type { ReadonlyState } from '../registers/state.ts'
import { localDate } from './stats.ts'

/** A sitting: a view, some time spent, or the end of a resource. */
export interface Sitting {
  readonly resourceId: string
  /** Name of the writing store, `server` for a write over HTTP. */
  readonly device: string
  readonly nowMs: number
  /** The person's own, `undefined` for that of this process. */
  readonly timeZone: string | undefined
  /** What was done in it; `seconds` is added to what there is. */
  readonly seen: SeenValue
}

/**
 * The values of `progress` after a sitting (SPEC D8): those of the resource and of the day.
 *
 * @throws CodedError `invalid-key` for an id that holds half a surrogate pair
 */
export function sittingValues(
  state: ReadonlyState,
  { resourceId, device, nowMs, timeZone, seen }: Sitting,
): { readonly key: string; readonly value: JsonValue }[] {
  const seenKey = keyOf('seen', resourceId, device)
  const today = localDate(nowMs, timeZone)
  const dayKey = keyOf('day', today, device)
  const before = readValue(seenSchema, state.get(seenKey)?.value)
  const day: DayValue = readValue(daySchema, state.get(dayKey)?.value) ?? { seconds: 0, resources: 0 }
  const isFirstToday = !before || localDate(Date.parse(before.viewedAt), timeZone) !== today
  const seconds = sumOf(day.seconds, seen.seconds)
  return [
    { key: seenKey, value: mergedSeen(before, seen) },
    { key: dayKey, value: { seconds, resources: day.resources + (isFirstToday ? 1 : 0) } },
  ]
}

/** Beyond this numbers are not exact, and no reader would take the sum for one. */
const sumOf = (before: number, added: number) => Math.min(before + added, Number.MAX_SAFE_INTEGER)

function mergedSeen(before: SeenValue | undefined, seen: SeenValue): { [field: string]: JsonValue } {
  const completedAt = before?.completedAt ?? seen.completedAt
  return {
    percent: Math.max(before?.percent ?? 0, seen.percent),
    seconds: sumOf(before?.seconds ?? 0, seen.seconds),
    // A clock that was set back must not take anything back.
    viewedAt: before && before.viewedAt > seen.viewedAt ? before.viewedAt : seen.viewedAt,
    ...(completedAt !== undefined && { completedAt }),
  }
}
