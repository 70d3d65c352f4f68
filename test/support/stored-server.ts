// A test server together with pools on its two databases, to look at what it has stored and to change it.
import { createPool, type Pool } from '../../server/src/db/database.ts'
import { createDocumentReader, type DocumentReader } from '../../server/src/documents/document-reader.ts'
import { createGenerations, type Generations } from '../../server/src/documents/generations.ts'
import { createKeyDestructions, type KeyDestructions } from '../../server/src/documents/key-destructions.ts'
import { createDataKeys, type DataKeys } from '../../server/src/encryption/data-keys.ts'
import { createKeyring } from '../../server/src/encryption/keyring.ts'
import { startTestServer, type TestServer } from './server.ts'

/** What another server on the same databases has. */
export interface OtherServices {
  readonly dataKeys: DataKeys
  readonly reader: DocumentReader
  readonly destructions: KeyDestructions
  readonly generations: Generations
}

/** A running server, and what stands beside it. */
export interface StoredServer extends AsyncDisposable {
  readonly server: TestServer
  readonly pool: Pool
  readonly keysPool: Pool
  /** New ones, which have nothing in memory yet. */
  services(): OtherServices
}

/** Starts a server on databases of its own. */
export async function startStoredServer(): Promise<StoredServer> {
  const server = await startTestServer()
  const pool = createPool(server.databases.databaseUrl)
  const keysPool = createPool(server.databases.keysDatabaseUrl)
  return {
    ...{ server, pool, keysPool },
    services() {
      const dataKeys = createDataKeys({
        pool: keysPool,
        keyring: createKeyring(server.config.encryptionKeys),
      })
      const destructions = createKeyDestructions({ pool, keysPool, dataKeys })
      const onMoved = () => undefined
      const generations = createGenerations({ pool, dataKeys, destructions, nowMs: Date.now, onMoved })
      return { dataKeys, reader: createDocumentReader({ dataKeys }), destructions, generations }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([pool.end(), keysPool.end()])
      await server[Symbol.asyncDispose]()
    },
  }
}
