// The client SDK for Node: with the SQLite store, and a WebSocket where Node has none of its own.
import { WebSocket as NodeWebSocket } from 'ws'
import { type Client, type ClientOptions, openClient as openAnywhere } from './client.ts'

export * from './index.ts'
export { createSqliteStore } from './store/sqlite-store.ts'

/**
 * `openClient` of the package's main entry, with `ws` as its WebSocket before Node 22.
 *
 * @throws CodedError `wrong-passphrase`, `store-damaged`, `store-lost`, `store-in-use`, `store-failed`, `invalid-input`
 * @example
 * const storage = createSqliteStore({ path: 'person.sqlite' })
 * await using client = await openClient({ storage, storeSecret, server: 'https://api.example.org' })
 */
export function openClient(options: ClientOptions): Promise<Client> {
  const WebSocket =
    options.WebSocket ?? globalThis.WebSocket ?? (NodeWebSocket as unknown as typeof globalThis.WebSocket)
  return openAnywhere({ ...options, WebSocket })
}
