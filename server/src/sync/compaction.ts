// Folds the log of a document into its snapshot, so that it stays small and what was deleted is gone.
import { RegisterArray } from '@workforce-democracy/shared'
import type { Logger } from 'pino'
import * as Y from 'yjs'
import { inTransaction, type Pool } from '../db/database.ts'
import { replaceSnapshot } from '../db/document-log.ts'
import { type DocumentRef, lockDocument } from '../db/documents.ts'
import { sqlState } from '../db/error-codes.ts'
import { type DocumentReader, SNAPSHOT_PLACE, toYDoc } from '../documents/document-reader.ts'
import type { DataKeys } from '../encryption/data-keys.ts'
import type { Metrics } from '../metrics.ts'
import { decodeUpdate } from './decoded-update.ts'

/** Rows after which a document is compacted. */
const MAX_TAIL_ROWS = 500
/** A tail this many times the snapshot is compacted, if it is worth the work at all. */
const MAX_TAIL_RATIO = 4
const MIN_TAIL_BYTES = 64 * 1024
/** How long deleted content may stay in the log. */
const DELETED_WITHIN_MS = 10 * 60_000

/** Told of every commit; compacts when it is time. */
export interface CompactionTrigger extends AsyncDisposable {
  committed(ref: DocumentRef, updates: readonly Uint8Array[]): void
  /** Compacts now. Returns the size of what is stored then, in bytes. */
  now(ref: DocumentRef): Promise<number>
  /** Takes note that nobody has the document open any more: deleted content is removed now. */
  abandoned(ref: DocumentRef): void
}

interface Tail {
  rows: number
  bytes: number
  snapshotBytes: number
  deletion: NodeJS.Timeout | undefined
}

interface CompactionServices {
  readonly pool: Pool
  readonly metrics: Pick<Metrics, 'compacted'>
  readonly reader: DocumentReader
  readonly dataKeys: DataKeys
  readonly logger: Logger
}

/** Makes the compaction of this server. Its counts are of what this server has seen: others count for themselves. */
export function createCompaction(services: CompactionServices): CompactionTrigger {
  const tailById = new Map<string, Tail>()
  const running = new Map<string, Promise<void>>()

  const start = (ref: DocumentRef): void => {
    const id = idOf(ref)
    if (running.has(id)) return
    clearTimeout(tailById.get(id)?.deletion)
    tailById.delete(id)
    const run = compact(services, ref)
      .then(snapshotBytes => {
        if (tailById.has(id)) tailOf(id).snapshotBytes = snapshotBytes
      })
      .catch(error => services.logger.error({ sqlState: sqlState(error) }, 'a compaction failed'))
      .finally(() => running.delete(id))
    running.set(id, run)
  }
  const tailOf = (id: string): Tail => {
    const tail = tailById.get(id) ?? { rows: 0, bytes: 0, snapshotBytes: 0, deletion: undefined }
    tailById.set(id, tail)
    return tail
  }
  return {
    committed(ref, updates) {
      const tail = tailOf(idOf(ref))
      tail.rows += updates.length
      tail.bytes += updates.reduce((sum, update) => sum + update.length, 0)
      if (
        tail.rows >= MAX_TAIL_ROWS ||
        tail.bytes >= Math.max(MIN_TAIL_BYTES, MAX_TAIL_RATIO * tail.snapshotBytes)
      ) {
        start(ref)
      } else if (!tail.deletion && updates.some(deletes)) {
        tail.deletion = setTimeout(start, DELETED_WITHIN_MS, ref).unref()
      }
    },
    abandoned(ref) {
      if (tailById.get(idOf(ref))?.deletion) start(ref)
      else tailById.delete(idOf(ref))
    },
    async now(ref) {
      await running.get(idOf(ref))
      return compact(services, ref)
    },
    async [Symbol.asyncDispose]() {
      for (const { deletion } of tailById.values()) clearTimeout(deletion)
      await Promise.all(running.values())
    },
  }
}

const idOf = ({ personId, document }: DocumentRef) => `${personId}/${document}`

const deletes = (update: Uint8Array) => decodeUpdate(update).ds.clients.size > 0

/**
 * Compacts one document in one transaction, under its row's lock: the snapshot takes in exactly the rows that are
 * deleted. Returns the size of the new snapshot in bytes.
 */
export async function compact(services: CompactionServices, ref: DocumentRef): Promise<number> {
  const { pool, reader, dataKeys } = services
  return inTransaction(pool, async db => {
    const row = await lockDocument(db, ref)
    const loaded = row && (await reader.read(db, ref))
    if (!loaded || loaded.tail.length === 0) return loaded?.snapshot?.update.length ?? 0
    const update = snapshotOf(toYDoc(loaded))
    const cipher = await dataKeys.cipherFor({ ...ref, generation: loaded.generation })
    const data = cipher.seal(update, SNAPSHOT_PLACE)
    services.metrics.compacted()
    await replaceSnapshot(db, ref, { position: loaded.head, generation: loaded.generation, data })
    return update.length
  })
}

/** The document without the registers that others supersede. Not a merge of updates, which keeps what was deleted. */
function snapshotOf(doc: Y.Doc): Uint8Array {
  const registers = new RegisterArray(doc)
  registers.prune()
  const update = Y.encodeStateAsUpdate(doc)
  registers.destroy()
  doc.destroy()
  return update
}
