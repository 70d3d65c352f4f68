// Looks at what a test server has stored, with the server's own keys and from outside of it.
import type { DocumentName, OpenableDocument, ReadonlyState } from '@workforce-democracy/shared'
import type { Config } from '../../server/src/config.ts'
import { createPool } from '../../server/src/db/database.ts'
import { listProjected } from '../../server/src/db/projections.ts'
import { createDocumentReader, type LoadedDocument } from '../../server/src/documents/document-reader.ts'
import { createGenerations } from '../../server/src/documents/generations.ts'
import { createKeyDestructions } from '../../server/src/documents/key-destructions.ts'
import { createDataKeys } from '../../server/src/encryption/data-keys.ts'
import { createKeyring } from '../../server/src/encryption/keyring.ts'
import { createProjectedReader } from '../../server/src/projection/projected-registers.ts'
import { compact } from '../../server/src/sync/compact-document.ts'
import { createDocumentWorker } from '../../server/src/sync/document-worker.ts'
import type { TestDatabases } from './postgres.ts'

/** A person's document. */
export interface StoredRef {
  readonly personId: string
  readonly document: DocumentName
}

/** What is stored of documents. */
export interface StoredDocuments extends AsyncDisposable {
  read(ref: StoredRef): Promise<LoadedDocument | undefined>
  /** Compacts as the server does. Returns the size of the snapshot in bytes. */
  compact(ref: StoredRef): Promise<number>
  /** The registers that are in rows. */
  projected(personId: string, document: OpenableDocument): Promise<ReadonlyState>
}

/** Whose databases are opened. */
export interface StoredDocumentsOf {
  readonly config: Pick<Config, 'encryptionKeys'>
  readonly databases: Pick<TestDatabases, 'databaseUrl' | 'keysDatabaseUrl'>
}

/** Opens the databases of a test server. */
export function openStoredDocuments({ config, databases }: StoredDocumentsOf): StoredDocuments {
  const pool = createPool(databases.databaseUrl, { max: 2 })
  const keysPool = createPool(databases.keysDatabaseUrl, { max: 2 })
  const dataKeys = createDataKeys({ pool: keysPool, keyring: createKeyring(config.encryptionKeys) })
  const reader = createDocumentReader({ dataKeys })
  const projected = createProjectedReader({ dataKeys })
  const worker = createDocumentWorker()
  const destructions = createKeyDestructions({ pool, keysPool, dataKeys })
  const generations = createGenerations({
    ...{ pool, dataKeys, destructions, nowMs: Date.now },
    onMoved: () => undefined,
  })
  const compaction = {
    ...{ pool, reader, dataKeys, worker, generations },
    metrics: { compacted: () => undefined },
  }
  return {
    read: ref => reader.read(pool, ref),
    compact: async ref => (await compact(compaction, ref)).snapshotBytes,
    projected: async (personId, document) => {
      const states = await projected.open(personId, await listProjected(pool, personId, [document]))
      return states?.[document] ?? new Map()
    },
    async [Symbol.asyncDispose]() {
      await worker[Symbol.asyncDispose]()
      await pool.end()
      await keysPool.end()
    },
  }
}
