// The merged view of the `progress` document: what all devices of a person did with each resource.
import type { Register } from '../registers/register.ts'
import type { ReadonlyState } from '../registers/state.ts'
import { partsOf } from './keys.ts'
import { dismissedSchema, ratingSchema, readValue, type SeenValue, seenSchema } from './values.ts'

/** What a person did with one resource, over all devices. */
export interface ResourceProgress {
  readonly resourceId: string
  /** 0 to 100: the most of any device. */
  readonly percent: number
  /** The sum over devices. */
  readonly seconds: number
  /** ISO 8601; the latest of any device. */
  readonly viewedAt: string | undefined
  /** ISO 8601; the earliest of any device. */
  readonly completedAt: string | undefined
  readonly rating: number | undefined
  readonly ratedAt: string | undefined
}

/** `seen/<resource>/<device>` and `rating/<resource>`. */
const PARTS_AFTER_RESOURCE: Readonly<Record<string, number>> = { seen: 1, rating: 0 }

/** Merges the per-device registers of `progress` (SPEC D8): percent = max, seconds = sum, viewedAt = max, completedAt = min. */
export function mergedProgress(state: ReadonlyState): Map<string, ResourceProgress> {
  const progressById = new Map<string, ResourceProgress>()
  for (const register of state.values()) {
    const [kind = '', resourceId, ...rest] = partsOf(register.key) ?? []
    if (!resourceId || rest.length !== PARTS_AFTER_RESOURCE[kind]) continue
    const present = progressById.get(resourceId) ?? untouched(resourceId)
    const merged = kind === 'seen' ? withSeen(present, register) : withRating(present, register)
    if (merged) progressById.set(resourceId, merged)
  }
  return progressById
}

function untouched(resourceId: string): ResourceProgress {
  return {
    resourceId,
    percent: 0,
    seconds: 0,
    viewedAt: undefined,
    completedAt: undefined,
    rating: undefined,
    ratedAt: undefined,
  }
}

function withSeen(progress: ResourceProgress, register: Register): ResourceProgress | undefined {
  const seen: SeenValue | undefined = readValue(seenSchema, register.value)
  return (
    seen && {
      ...progress,
      percent: Math.max(progress.percent, seen.percent),
      seconds: progress.seconds + seen.seconds,
      viewedAt: latest(progress.viewedAt, seen.viewedAt),
      completedAt: earliest(progress.completedAt, seen.completedAt),
    }
  )
}

function withRating(progress: ResourceProgress, register: Register): ResourceProgress | undefined {
  const rating = readValue(ratingSchema, register.value)
  return rating && { ...progress, rating: rating.rating, ratedAt: rating.ratedAt }
}

const latest = (a: string | undefined, b: string | undefined) =>
  a && b && compareTimes(a, b) > 0 ? a : (b ?? a)
const earliest = (a: string | undefined, b: string | undefined) =>
  a && b && compareTimes(a, b) < 0 ? a : (b ?? a)

/** ISO 8601 UTC times compare by value, and as text only between two forms of one moment, for the same answer anywhere. */
function compareTimes(a: string, b: string): number {
  return Date.parse(a) - Date.parse(b) || (a < b ? -1 : 1)
}

/** What a person asked not to be recommended. */
export interface Dismissed {
  readonly resources: ReadonlySet<string>
  readonly topics: ReadonlySet<string>
}

/** The dismissed resources and topics of `progress`. */
export function dismissedIn(state: ReadonlyState): Dismissed {
  const resources = new Set<string>()
  const topics = new Set<string>()
  for (const { key, value } of state.values()) {
    if (!key.startsWith('dismissed/')) continue
    const [, what, id] = partsOf(key) ?? []
    if (!id || !readValue(dismissedSchema, value)) continue
    if (what === 'resource') resources.add(id)
    if (what === 'topic') topics.add(id)
  }
  return { resources, topics }
}
