// What has happened to the sync lately, for developers.
import type { DocumentName } from '@workforce-democracy/shared'

/** Something that happened to the sync. */
export interface SyncEvent {
  /** ISO 8601, by this device's clock. */
  readonly at: string
  readonly document?: DocumentName
  /** The state that came, with what is the problem; or what was found. */
  readonly event: string
}

/** So many are kept. */
const KEPT = 200

/** Makes a log that forgets what is old. */
export function createSyncLog(now: () => number) {
  let kept: readonly SyncEvent[] = []
  return {
    add(event: string, document?: DocumentName): void {
      const last = kept.findLast(each => each.document === document)
      if (last?.event === event) return
      const at = new Date(now()).toISOString()
      kept = [...kept.slice(1 - KEPT), { at, ...(document && { document }), event }]
    },
    events: () => kept,
  }
}
