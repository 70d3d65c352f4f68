// Compacts one document: a new snapshot of snapshot and tail, or a new generation where history outweighs registers.
import { setTimeout as pause } from 'node:timers/promises'
import { inTransaction, type Pool } from '../db/database.ts'
import { replaceSnapshot } from '../db/document-log.ts'
import { claimCompaction, readStockLeaseMs, releaseCompaction } from '../db/document-moves.ts'
import { type DocumentRef, findDocument, holdDocument } from '../db/documents.ts'
import {
  type DocumentReader,
  type LoadedDocument,
  SNAPSHOT_PLACE,
  summaryPlace,
  updatesOf,
} from '../documents/document-reader.ts'
import type { Generations } from '../documents/generations.ts'
import type { DataKeys } from '../encryption/data-keys.ts'
import type { Metrics } from '../metrics.ts'
import type { JobOutputs } from './document-jobs.ts'
import type { DocumentWorker } from './document-worker.ts'

/** How long to wait before looking again at a document that another server compacts. */
const LOOK_AGAIN_MS = 100

/** What compacting takes. */
export interface CompactionServices {
  readonly pool: Pool
  readonly reader: DocumentReader
  readonly dataKeys: DataKeys
  readonly worker: Pick<DocumentWorker, 'run'>
  readonly generations: Generations
  readonly metrics: Pick<Metrics, 'compacted'>
}

/** How one document is compacted. */
export interface CompactionOptions {
  /** Whether somebody is connected to it here. */
  readonly isConnected?: () => boolean
  /** Whether it is not enough that another server has just compacted: all that is committed now has to be folded in. */
  readonly takesAll?: boolean
  /** Whether it is looked at although nothing is new. */
  readonly looksAnyway?: boolean
  /** Whether the server stops. */
  readonly isStopping?: () => boolean
}

/** How a document is stored after it. */
export interface Compacted {
  readonly snapshotBytes: number
  /** Whether history outweighs registers as soon as nobody is connected. */
  readonly isHeavy: boolean
  /** For how long, by what is known, stock clients are connected to it somewhere. */
  readonly stockMs: number
}

const NOTHING: Compacted = { snapshotBytes: 0, isHeavy: false, stockMs: 0 }

/** Compacts one document; one server at a time, and not again what another one has just done (SPEC I3). */
export async function compact(
  services: CompactionServices,
  ref: DocumentRef,
  options: CompactionOptions = {},
): Promise<Compacted> {
  const { pool } = services
  const { takesAll = true, looksAnyway = false, isStopping = () => false } = options
  let wanted = (await findDocument(pool, ref))?.head ?? 0
  for (let isAlone = true; !isStopping(); isAlone = false) {
    const claim = await claimCompaction(pool, ref)
    if (!claim) return NOTHING
    if (!claim.claimed) {
      if (isAlone && !takesAll) wanted = Math.min(wanted, claim.snapshot + 1)
      await pause(LOOK_AGAIN_MS * (0.5 + Math.random()))
      continue
    }
    let folded = false
    try {
      if (claim.snapshot >= wanted && !(looksAnyway && isAlone)) {
        folded = true
        return { ...NOTHING, snapshotBytes: claim.snapshotBytes }
      }
      const compacted = await compactClaimed(services, ref, options)
      folded = true
      return compacted
    } finally {
      // Otherwise it runs out.
      await releaseCompaction(pool, ref, folded).catch(() => undefined)
    }
  }
  return NOTHING
}

/**
 * It is read in one statement, so that head, snapshot and tail are of one moment; positions are given under the
 * document's lock, so that all up to head are there. The new snapshot is computed without a lock, then put in and the
 * rows up to that head deleted in one transaction, where the snapshot that was read is still there: then the rows that
 * go are those that were read, and what came meanwhile stays. Otherwise somebody else was there first, and it starts again.
 */
async function compactClaimed(
  services: CompactionServices,
  ref: DocumentRef,
  { isConnected = () => false, looksAnyway = false }: CompactionOptions,
): Promise<Compacted> {
  const { pool, reader, worker, metrics } = services
  for (;;) {
    const loaded = await reader.read(pool, ref)
    if (!loaded) return NOTHING
    const { snapshot, tail, mode } = loaded
    if (tail.length === 0 && !looksAnyway) return { ...NOTHING, snapshotBytes: snapshot?.update.length ?? 0 }
    const stockMs = await readStockLeaseMs(pool, ref)
    const occupancy =
      mode === 'sealed' ? 'sealed' : stockMs > 0 ? 'stock' : isConnected() ? 'connected' : 'idle'
    const compacted = await worker.run('compact', { updates: updatesOf(loaded), occupancy }, ref)
    if (await moveByItself(services, ref, loaded, compacted))
      return { ...NOTHING, snapshotBytes: compacted.fresh?.update.length ?? 0 }
    if (tail.length > 0) {
      if (!(await replace(services, ref, loaded, compacted))) continue
      metrics.compacted()
    }
    return { snapshotBytes: compacted.update.length, isHeavy: compacted.isHeavy, stockMs }
  }
}

/** Returns whether the document has a new generation. Where somebody was there first, it may have one the next time. */
async function moveByItself(
  { generations }: CompactionServices,
  ref: DocumentRef,
  { generation, head }: LoadedDocument,
  { fresh }: JobOutputs['compact'],
): Promise<boolean> {
  if (!fresh) return false
  const from = { generation, position: head }
  return (await generations.move(ref, { from, mode: 'open', content: fresh, byItself: true })).moved
}

/** Returns whether the document was still as it was loaded, but for what was appended. */
async function replace(
  { pool, dataKeys }: CompactionServices,
  ref: DocumentRef,
  { generation, head, snapshot }: LoadedDocument,
  { update, summary }: JobOutputs['compact'],
): Promise<boolean> {
  const cipher = await dataKeys.existing({ ...ref, generation })
  // Destroyed meanwhile, since the document has moved.
  if (!cipher) return false
  const data = cipher.seal(update, SNAPSHOT_PLACE)
  const sealed = { generation, position: head, data, summary: cipher.seal(summary, summaryPlace(head)) }
  return inTransaction(pool, async db => {
    if ((await holdDocument(db, ref))?.generation !== generation) return false
    return replaceSnapshot(db, ref, snapshot?.position, sealed)
  })
}
