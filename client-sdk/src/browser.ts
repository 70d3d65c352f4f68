// The client SDK for pages: with the IndexedDB store, and derivations in a worker.
import { createArgon2InWorker } from './browser/argon2-worker.ts'
import { defaultWorkerUrl } from './browser/script-url.ts'
import { type Client, type ClientOptions, openClient as openAnywhere } from './client.ts'
import { createIndexedDbStore } from './store/indexeddb-store.ts'
import { keptSecretOf } from './store/store-secret.ts'

export * from './index.ts'
export { createIndexedDbStore, type IndexedDbStore } from './store/indexeddb-store.ts'

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
 * Opens a person's data in this browser, making the store if there is none.
 *
 * @throws CodedError `wrong-passphrase`, `store-damaged`, `store-lost`, `store-outdated`, `store-in-use`, `store-failed`,
 * `storage-unavailable`, `storage-blocked`, `storage-full`, `invalid-input`
 * @example
 * const client = await openClient({ server: 'https://api.example.org' })
 * await client.votes.cast('hr8-118', 'yes')
 */
export async function openClient(options: BrowserClientOptions = {}): Promise<Client> {
  const { name = DEFAULT_NAME, passphrase, workerUrl, ...others } = options
  const storage = createIndexedDbStore({ name })
  const argon2id = createArgon2InWorker(() => (workerUrl ? String(workerUrl) : defaultWorkerUrl()))
  if (passphrase !== undefined) return openAnywhere({ ...others, storage, argon2id, passphrase })
  const { storeSecret, isDataLost } = await keptSecretOf(name)
  return openAnywhere({ ...others, storage, argon2id, storeSecret, expectStore: isDataLost })
}
