// The client SDK for pages: with the IndexedDB store, and derivations in a worker.
import { createArgon2InWorker } from './browser/argon2-worker.ts'
import { defaultWorkerUrl } from './browser/script-url.ts'
import { type ClientOptions, openCore } from './client.ts'
import { loadSodium } from './keys/sodium.ts'
import { checkOpens } from './store/encrypted-rows.ts'
import { createIndexedDbStore } from './store/indexeddb-store.ts'
import { keptSecretOf } from './store/store-secret.ts'
import { openTab } from './tabs/open-tab.ts'
import type { TabClient } from './tabs/tab-client.ts'

export * from './index.ts'
export { createIndexedDbStore, type IndexedDbStore } from './store/indexeddb-store.ts'
export type { TabClient } from './tabs/tab-client.ts'

/** What {@link openClient} takes in a page. */
export interface BrowserClientOptions
  extends Partial<Pick<ClientOptions, 'server' | 'fetch' | 'WebSocket' | 'now' | 'random' | 'damaged'>> {
  /** Of the database, one person each; `workforce-democracy` unless given. */
  readonly name?: string
  /**
   * What opens the store, 8 characters or more. Without one a key opens it that the browser keeps beside it: then whoever
   * can use this browser profile, or copies it, can read what is here.
   */
  readonly passphrase?: string
  /** Where `wd-worker.js` lies; beside the script unless given. On the page's own origin. */
  readonly workerUrl?: string | URL
}

const DEFAULT_NAME = 'workforce-democracy'

/**
 * Opens a person's data in this browser, making the store if there is none. Each tab calls it and gets the same data: one
 * of them holds the store and the socket, the others show its changes at once and have it write, and one of them takes
 * over when it is closed or crashes.
 *
 * @throws CodedError `wrong-passphrase`, `store-damaged`, `store-lost`, `store-outdated`, `store-in-use` (by a tab with
 * another version of the SDK), `store-failed`, `storage-unavailable`, `storage-blocked`, `storage-full`, `invalid-input`
 * @example
 * const client = await openClient({ server: 'https://api.example.org' })
 * await client.votes.cast('hr8-118', 'yes')
 */
export function openClient(options: BrowserClientOptions = {}): Promise<TabClient> {
  const { name = DEFAULT_NAME, passphrase, workerUrl, ...others } = options
  const argon2id = createArgon2InWorker(() => (workerUrl ? String(workerUrl) : defaultWorkerUrl()))
  const lockOf = async () =>
    passphrase === undefined ? keptSecretOf(name) : { passphrase, isDataLost: false }
  return openTab({
    storeName: name,
    now: options.now ?? Date.now,
    async openCore({ expectStore }) {
      const { isDataLost, ...lock } = await lockOf()
      const storage = createIndexedDbStore({ name, access: 'locked' })
      return openCore({ ...others, ...lock, storage, argon2id, expectStore: expectStore || isDataLost })
    },
    async checkLock() {
      const { isDataLost: _, ...lock } = await lockOf()
      const store = createIndexedDbStore({ name, access: 'reading' })
      await checkOpens({ store, lock, sodium: await loadSodium({ argon2id }) })
    },
  })
}
