// Keeps the public catalogs of this device fresh, and tells pages when they have changed.
import type { Client } from '@workforce-democracy/client'

/** The catalogs as pages wait for them. */
export interface CatalogUpkeep {
  /** `loading`: none is here yet and one is on its way; `missing`: none could be fetched. */
  readonly state: 'loading' | 'ready' | 'missing'
  /** Fetches what has changed. */
  refresh(): Promise<void>
  /** Calls `listener` after each change; returns how to stop that. */
  subscribe(listener: () => void): () => void
}

const EVERY_MS = 30 * 60_000

/** Begins to keep them fresh: now, when the network comes back, and every half hour. */
export function keepCatalogs({ catalogs }: Pick<Client, 'catalogs'>): CatalogUpkeep {
  const listeners = new Set<() => void>()
  let underWay: Promise<void> | undefined
  const tell = () => {
    for (const listener of [...listeners]) listener()
  }
  const refresh = () => {
    underWay ??= catalogs
      .refresh()
      // What is here stays good; without network there is nothing newer to be had.
      .catch(() => undefined)
      .finally(() => {
        underWay = undefined
        tell()
      })
    return underWay
  }
  addEventListener('online', () => void refresh())
  setInterval(() => void refresh(), EVERY_MS)
  void refresh()
  return {
    get state() {
      if (catalogs.resources && catalogs.civic) return 'ready'
      return underWay ? 'loading' : 'missing'
    },
    refresh,
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
