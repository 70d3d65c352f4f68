// Folds the log of a document into its snapshot, so that it stays small and what was deleted is gone.
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import { inTransaction, type Pool } from '../db/database.ts'
import { replaceSnapshot } from '../db/document-log.ts'
import { type DocumentRef, holdGeneration } from '../db/documents.ts'
import { sqlState } from '../db/error-codes.ts'
import {
  type DocumentReader,
  type LoadedDocument,
  SNAPSHOT_PLACE,
  summaryPlace,
  updatesOf,
} from '../documents/document-reader.ts'
import type { DataKeys } from '../encryption/data-keys.ts'
import type { Metrics } from '../metrics.ts'
import { createDocumentWorker, type DocumentWorker } from './document-worker.ts'
import { createTurns } from './turns.ts'

/** Updates after which a document is compacted. */
const MAX_TAIL_UPDATES = 500
/** A tail this many times the snapshot is compacted, if it is worth the work at all. */
const MAX_TAIL_RATIO = 4
const MIN_TAIL_BYTES = 64 * 1024
/** The same for one that nobody has open any more, so that it is opened quickly again. */
const MAX_ABANDONED_UPDATES = 32
/** How long deleted content may stay in the log. */
const DELETED_WITHIN_MS = 10 * 60_000
/** How long a server that stops waits for compactions. */
const FAREWELL_MS = 4_000
/** Compactions at once: each has a document in memory. */
const MAX_AT_ONCE = 4

/** Updates of a log. */
export interface LogGrowth {
  readonly updates: number
  readonly bytes: number
  /** Whether some of it deletes. */
  readonly deletes: boolean
}

/** Told of every commit; compacts when it is time. */
export interface CompactionTrigger extends AsyncDisposable {
  /** Takes note of what the log of a document holds that is opened now. */
  opened(ref: DocumentRef, tail: LogGrowth, snapshotBytes: number): void
  /** Takes note of a commit. */
  committed(ref: DocumentRef, growth: LogGrowth): void
  /** Compacts now. Returns the size of what is stored then, in bytes. */
  now(ref: DocumentRef): Promise<number>
  /** Takes note that nobody has the document open any more: a long tail and deleted content are folded in now. */
  abandoned(ref: DocumentRef): void
}

interface Tail {
  updates: number
  bytes: number
  /** As far as it is known here. */
  snapshotBytes: number
  /** Set while deleted content is in the log. */
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
  const takeTurn = createTurns(MAX_AT_ONCE)
  const worker = createDocumentWorker()
  let disposed = false

  const compactInTurn = (ref: DocumentRef) =>
    takeTurn(async () => (disposed ? 0 : await compact({ ...services, worker }, ref)))

  const start = (ref: DocumentRef): void => {
    const id = idOf(ref)
    if (running.has(id)) return
    const removesDeleted = tailById.get(id)?.deletion !== undefined
    clearTimeout(tailById.get(id)?.deletion)
    tailById.delete(id)
    const run = compactInTurn(ref)
      .then(snapshotBytes => {
        const tail = tailById.get(id)
        if (tail) tail.snapshotBytes = snapshotBytes
      })
      .catch(error => {
        if (disposed) return
        services.logger.error({ sqlState: sqlState(error) }, 'a compaction failed')
        if (removesDeleted) removeDeletedSoon(ref)
      })
      .finally(() => {
        running.delete(id)
        const tail = tailById.get(id)
        if (tail && isDue(tail) && !disposed) start(ref)
      })
    running.set(id, run)
  }
  const tailOf = (id: string): Tail => {
    const tail = tailById.get(id) ?? { updates: 0, bytes: 0, snapshotBytes: 0, deletion: undefined }
    tailById.set(id, tail)
    return tail
  }
  const removeDeletedSoon = (ref: DocumentRef): void => {
    tailOf(idOf(ref)).deletion ??= setTimeout(start, DELETED_WITHIN_MS, ref).unref()
  }
  const committed = (ref: DocumentRef, { updates, bytes, deletes }: LogGrowth): void => {
    const tail = tailOf(idOf(ref))
    tail.updates += updates
    tail.bytes += bytes
    if (deletes) removeDeletedSoon(ref)
    if (isDue(tail)) start(ref)
  }
  const abandoned = (ref: DocumentRef): void => {
    const id = idOf(ref)
    const current = running.get(id)
    const tail = tailById.get(id)
    if (disposed) return
    if (current) void current.then(() => abandoned(ref))
    else if (tail?.deletion || (tail && tail.updates > MAX_ABANDONED_UPDATES)) start(ref)
    else tailById.delete(id)
  }
  return {
    abandoned,
    committed,
    opened(ref, tail, snapshotBytes) {
      Object.assign(tailOf(idOf(ref)), { updates: 0, bytes: 0, snapshotBytes })
      committed(ref, tail)
    },
    async now(ref) {
      await running.get(idOf(ref))
      return compactInTurn(ref)
    },
    async [Symbol.asyncDispose]() {
      for (const { deletion } of tailById.values()) clearTimeout(deletion)
      const deadline = performance.now() + FAREWELL_MS
      while (running.size > 0 && performance.now() < deadline)
        await Promise.race([
          Promise.all(running.values()),
          pause(deadline - performance.now(), undefined, { ref: false }),
        ])
      disposed = true
      // What is still being computed is given up: the log has it all.
      await worker[Symbol.asyncDispose]()
      await Promise.all(running.values())
    },
  }
}

const isDue = ({ updates, bytes, snapshotBytes }: Tail) =>
  updates >= MAX_TAIL_UPDATES || bytes >= Math.max(MIN_TAIL_BYTES, MAX_TAIL_RATIO * snapshotBytes)

const idOf = ({ personId, document }: DocumentRef) => `${personId}/${document}`

/**
 * Compacts one document. Returns the size of its snapshot in bytes.
 *
 * It is read in one statement, so that head, snapshot and tail are of one moment; positions are given under the
 * document's lock, so that all up to head are there. The new snapshot is computed without a lock, then put in and the
 * rows up to that head deleted in one transaction, where the snapshot that was read is still there: then the rows that
 * go are those that were read, and what came meanwhile stays. Otherwise somebody else has compacted, and it starts again.
 */
export async function compact(
  services: Omit<CompactionServices, 'logger'> & { readonly worker: DocumentWorker },
  ref: DocumentRef,
): Promise<number> {
  const { pool, reader, worker, metrics } = services
  for (;;) {
    const loaded = await reader.read(pool, ref)
    if (!loaded || loaded.tail.length === 0) return loaded?.snapshot?.update.length ?? 0
    const compacted = await worker.run('compact', { updates: updatesOf(loaded) })
    if (!(await replace(services, ref, loaded, compacted))) continue
    metrics.compacted()
    return compacted.update.length
  }
}

/** Returns whether the document was still as it was loaded, but for what was appended. */
async function replace(
  { pool, dataKeys }: Pick<CompactionServices, 'pool' | 'dataKeys'>,
  ref: DocumentRef,
  { generation, head, snapshot }: LoadedDocument,
  { update, summary }: { readonly update: Uint8Array; readonly summary: Uint8Array },
): Promise<boolean> {
  const cipher = await dataKeys.existing({ ...ref, generation })
  // Destroyed meanwhile, and the document with it.
  if (!cipher) return false
  const data = cipher.seal(update, SNAPSHOT_PLACE)
  const sealed = { generation, position: head, data, summary: cipher.seal(summary, summaryPlace(head)) }
  return inTransaction(pool, async db => {
    if ((await holdGeneration(db, ref)) !== generation) return false
    return replaceSnapshot(db, ref, snapshot?.position, sealed)
  })
}
