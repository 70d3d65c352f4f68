// Working through learning resources: the `progress` document.
import {
  type DayValue,
  type Dismissed,
  daySchema,
  dismissedIn,
  dismissedSchema,
  type ReadonlyState,
  type ResourceProgress,
  ratingSchema,
  readValue,
  type SeenValue,
  seenSchema,
} from '@workforce-democracy/shared'
import type { Catalogs } from '../catalogs.ts'
import type { KeyValue, Replica, SavedWrite } from '../replica.ts'
import { checkedKey, checkedValue, defined, isoTime, subscribeTo } from './document-view.ts'
import { localDate, type ProgressStats, progressStats } from './progress-stats.ts'
import { resolvedProgress } from './resolved-progress.ts'

/** A person's progress. Resources may be given by an alias. Reads are from memory; writes resolve when saved. */
export interface Progress {
  /**
   * Takes note of time spent on a resource. `percent` (0 to 100) never goes back; `seconds`, a whole number, is added.
   *
   * @throws CodedError `invalid-key`, `invalid-input`, `store-failed`, `client-closed`
   * @example
   * await client.progress.record('video1', { percent: 40, seconds: 90 })
   */
  record(
    resourceId: string,
    done: { readonly percent?: number; readonly seconds: number },
  ): Promise<SavedWrite>
  /** Takes note that a resource was worked through. The first time counts. */
  complete(resourceId: string): Promise<SavedWrite>
  /** Rates a resource, 1 to 5. */
  rate(resourceId: string, rating: number): Promise<SavedWrite>
  /** Keeps a resource out of the recommendations. */
  dismiss(resourceId: string): Promise<SavedWrite>
  /** Lets a dismissed resource be recommended again. */
  undismiss(resourceId: string): Promise<SavedWrite>
  /** Keeps a topic out of the recommendations. */
  dismissTopic(topic: string): Promise<SavedWrite>
  /** Lets a dismissed topic be recommended again. */
  undismissTopic(topic: string): Promise<SavedWrite>
  /** What was done with a resource on all devices. */
  get(resourceId: string): ResourceProgress | undefined
  /** Everything viewed, the latest first. */
  history(): ResourceProgress[]
  /** Totals, days and streaks. */
  stats(): ProgressStats
  dismissed(): Dismissed
  /** Calls `listener` after each change; returns how to stop that. */
  subscribe(listener: () => void): () => void
}

const DOCUMENT = 'progress'

export function createProgress({
  replica,
  catalogs,
}: {
  readonly replica: Replica
  readonly catalogs: Catalogs
}): Progress {
  const state = () => replica.state(DOCUMENT)
  const progressById = resolvedProgress(replica, catalogs)
  const put = async (parts: string[], value: KeyValue['value']) => {
    const key = checkedKey(...parts)
    return replica.write(DOCUMENT, () => [{ key, value }])
  }
  const see = async (resourceId: string, seconds: number, percent: number, isCompleted: boolean) => {
    checkedKey(resourceId)
    const id = catalogs.resolve(resourceId)
    const nowMs = replica.now()
    const done = {
      percent,
      seconds,
      viewedAt: isoTime(nowMs),
      ...(isCompleted && { completedAt: isoTime(nowMs) }),
    }
    const seen = checkedValue(seenSchema, done)
    return replica.write(DOCUMENT, present =>
      seenValues(present, { id, device: replica.device, nowMs, seen }),
    )
  }
  return {
    record: (resourceId, { percent = 0, seconds }) => see(resourceId, seconds, percent, false),
    complete: resourceId => see(resourceId, 0, 100, true),
    async rate(resourceId, rating) {
      const value = checkedValue(ratingSchema, { rating, ratedAt: isoTime(replica.now()) })
      return put(['rating', catalogs.resolve(resourceId)], value)
    },
    dismiss: resourceId =>
      put(['dismissed', 'resource', catalogs.resolve(resourceId)], dismissal(replica.now())),
    undismiss: resourceId => put(['dismissed', 'resource', catalogs.resolve(resourceId)], null),
    dismissTopic: topic => put(['dismissed', 'topic', topic], dismissal(replica.now())),
    undismissTopic: topic => put(['dismissed', 'topic', topic], null),
    get: resourceId => progressById().get(catalogs.resolve(resourceId)),
    history: () =>
      [...progressById().values()]
        .filter(({ viewedAt }) => viewedAt !== undefined)
        .sort((a, b) => Date.parse(b.viewedAt ?? '') - Date.parse(a.viewedAt ?? '')),
    stats: () => progressStats(state(), progressById().values(), replica.now()),
    dismissed: () => dismissedIn(state()),
    subscribe: listener => subscribeTo(replica, DOCUMENT, listener),
  }
}

const dismissal = (nowMs: number) => checkedValue(dismissedSchema, { dismissedAt: isoTime(nowMs) })

/** What this device writes for one sitting: only its own registers, so that devices never overwrite each other's time. */
function seenValues(
  state: ReadonlyState,
  { id, device, nowMs, seen }: { id: string; device: string; nowMs: number; seen: SeenValue },
): KeyValue[] {
  const seenKey = checkedKey('seen', id, device)
  const dayKey = checkedKey('day', localDate(nowMs), device)
  const before = readValue(seenSchema, state.get(seenKey)?.value)
  const day: DayValue = readValue(daySchema, state.get(dayKey)?.value) ?? { seconds: 0, resources: 0 }
  const isFirstToday = !before || localDate(Date.parse(before.viewedAt)) !== localDate(nowMs)
  return [
    { key: seenKey, value: defined(mergedSeen(before, seen)) },
    {
      key: dayKey,
      value: { seconds: day.seconds + seen.seconds, resources: day.resources + (isFirstToday ? 1 : 0) },
    },
  ]
}

function mergedSeen(before: SeenValue | undefined, seen: SeenValue): SeenValue {
  return {
    ...seen,
    percent: Math.max(before?.percent ?? 0, seen.percent),
    seconds: (before?.seconds ?? 0) + seen.seconds,
    completedAt: before?.completedAt ?? seen.completedAt,
  }
}
