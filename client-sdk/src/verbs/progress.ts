// Working through learning resources: the `progress` document.
import {
  type Dismissed,
  dismissedIn,
  dismissedSchema,
  localDate,
  type ProgressStats,
  partsOf,
  profileFieldSchemas,
  progressStats,
  type ResourceProgress,
  ratingSchema,
  readValue,
  seenSchema,
  sittingValues,
} from '@workforce-democracy/shared'
import type { Catalogs } from '../catalogs.ts'
import type { Documents, KeyValue, SavedWrite } from '../replica.ts'
import { checkedKey, checkedValue, isoTime, subscribeTo } from './document-view.ts'
import { resolvedProgress } from './resolved-progress.ts'

/**
 * A person's progress. Resources may be given by an alias. Reads are from memory; writes resolve when saved.
 *
 * @example
 * const stop = client.progress.subscribe(() => console.log(client.progress.get('video1')?.percent))
 * await client.progress.complete('video1')
 * await client.progress.rate('video1', 5)
 * console.log(client.progress.history(), client.progress.stats())
 * stop()
 * @example
 * await client.progress.dismiss('video2')
 * await client.progress.dismissTopic('labor')
 * console.log(client.progress.dismissed())
 * await client.progress.undismiss('video2')
 * await client.progress.undismissTopic('labor')
 */
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
  readonly replica: Documents
  readonly catalogs: Catalogs
}): Progress {
  const state = () => replica.state(DOCUMENT)
  const timeZone = () =>
    readValue(profileFieldSchemas.timeZone, replica.state('profile').get('timeZone')?.value)
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
      sittingValues(present, { resourceId: id, device: replica.device, nowMs, timeZone: timeZone(), seen }),
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
    undismiss(resourceId) {
      const id = catalogs.resolve(resourceId)
      // Also what was dismissed under an alias that nobody could resolve then.
      return replica.write(DOCUMENT, present =>
        [...present.values()].flatMap(({ key, value }) => {
          const [kind, what, givenId] = partsOf(key) ?? []
          const isIt = kind === 'dismissed' && what === 'resource' && catalogs.resolve(givenId ?? '') === id
          return isIt && value !== null ? [{ key, value: null }] : []
        }),
      )
    },
    dismissTopic: topic => put(['dismissed', 'topic', topic], dismissal(replica.now())),
    undismissTopic: topic => put(['dismissed', 'topic', topic], null),
    get: resourceId => progressById().get(catalogs.resolve(resourceId)),
    history: () =>
      [...progressById().values()]
        .filter(({ viewedAt }) => viewedAt !== undefined)
        .sort((a, b) => Date.parse(b.viewedAt ?? '') - Date.parse(a.viewedAt ?? '')),
    stats: () => progressStats(state(), progressById().values(), localDate(replica.now(), timeZone())),
    dismissed() {
      const { resources, topics } = dismissedIn(state())
      return { resources: new Set([...resources].map(id => catalogs.resolve(id))), topics }
    },
    subscribe: listener => subscribeTo(replica, DOCUMENT, listener),
  }
}

const dismissal = (nowMs: number) => checkedValue(dismissedSchema, { dismissedAt: isoTime(nowMs) })
