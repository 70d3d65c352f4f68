// The client SDK for pages: with the IndexedDB store, and derivations in a worker.
import { CodedError, errorCode } from '@workforce-democracy/shared'
import { createArgon2InWorker } from './browser/argon2-worker.ts'
import { defaultWorkerUrl } from './browser/script-url.ts'
import { type BrowserStorage, createBrowserStorage } from './browser/storage.ts'
import { announce, dispatch } from './browser/window-events.ts'
import { type ClientOptions, openCore } from './client.ts'
import { loadSodium } from './keys/sodium.ts'
import { checkOpens } from './store/encrypted-rows.ts'
import { createIndexedDbStore } from './store/indexeddb-store.ts'
import { keptSecretOf } from './store/store-secret.ts'
import { openTab, type Tab, type TabOptions } from './tabs/open-tab.ts'
import type { TabClient } from './tabs/tab-client.ts'

export type { BrowserStorage, StorageReport } from './browser/storage.ts'
export type { ClientEvents } from './browser/window-events.ts'
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

/** A client in a page. */
export interface BrowserClient extends TabClient {
  readonly storage: BrowserStorage
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
export async function openClient(options: BrowserClientOptions = {}): Promise<BrowserClient> {
  const tab = await openTab(tabOptions(options)).catch(error => {
    dispatch('wd:error', { code: errorCode(error) })
    throw error
  })
  const storage = createBrowserStorage()
  askToPersist(tab, storage)
  const client = Object.assign(tab.client, { storage })
  announce(tab)
  return client
}

function tabOptions({
  name = DEFAULT_NAME,
  passphrase,
  workerUrl,
  ...others
}: BrowserClientOptions): TabOptions {
  const argon2id = createArgon2InWorker(() => (workerUrl ? String(workerUrl) : defaultWorkerUrl()))
  const lockOf = async () =>
    passphrase === undefined ? keptSecretOf(name) : { passphrase, isDataLost: false }
  const { damaged = 'refuse' } = others
  return {
    storeName: name,
    now: others.now ?? Date.now,
    async openCore({ expectStore }) {
      if (expectStore && damaged === 'refuse') await expectDatabase(name)
      const { isDataLost, ...lock } = await lockOf()
      const storage = createIndexedDbStore({ name, access: 'locked' })
      return openCore({ ...others, ...lock, storage, argon2id, expectStore: expectStore || isDataLost })
    },
    async checkLock() {
      await expectDatabase(name)
      const { isDataLost: _, ...lock } = await lockOf()
      const store = createIndexedDbStore({ name, access: 'reading' })
      await checkOpens({ store, lock, sodium: await loadSodium({ argon2id }) })
    },
  }
}

/** To open a database that is not there would make it. */
async function expectDatabase(name: string): Promise<void> {
  const databases = await indexedDB.databases()
  if (!databases.some(each => each.name === name)) throw new CodedError('store-lost')
}

/** With the first write after a sign-in: then there is something to keep, and a person who knows what for. */
function askToPersist(tab: Tab, storage: BrowserStorage): void {
  const { client } = tab
  let user = client.account.current()
  let isDue = false
  client.account.subscribe(() => {
    const before = user
    user = client.account.current()
    isDue ||= user !== undefined && before === undefined
  })
  tab.onChange(({ registers }) => {
    if (!isDue || registers.length === 0 || document.visibilityState !== 'visible') return
    isDue = false
    // Where it is refused, or not to be had, the store works as well.
    void storage.persist().catch(() => undefined)
  })
}
