// When the log of a document is folded into its snapshot, so that it stays small and what was deleted is gone.
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import { FOLD_UPDATES } from '../db/document-log.ts'
import type { DocumentRef } from '../db/documents.ts'
import { sqlState } from '../db/error-codes.ts'
import type { Compacted } from './compact-document.ts'
import type { CompactionWish, Compactor } from './compactor.ts'
import { createTurns } from './turns.ts'

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
  /** Takes note of what the log of a document holds that was written past any room, as over HTTP. */
  written(ref: DocumentRef, tail: LogGrowth, snapshotBytes: number): void
  /** Compacts now. Returns the size of what is stored then, in bytes. */
  now(ref: DocumentRef): Promise<number>
  /** Compacts what a killed server has left, whoever has it open. */
  catchUp(ref: DocumentRef): Promise<void>
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

/** Makes the compaction of this server. Its counts are of what this server has seen: others count for themselves. */
export function createCompaction(services: {
  /** Disposed together with the trigger. */
  readonly compactor: Compactor
  readonly logger: Logger
}): CompactionTrigger {
  const tailById = new Map<string, Tail>()
  const running = new Map<string, Promise<void>>()
  const connected = new Set<string>()
  /** Documents that have too much history, for when nobody has them open. */
  const heavy = new Set<string>()
  const waitingForStock = new Map<string, NodeJS.Timeout>()
  const takeTurn = createTurns(MAX_AT_ONCE)
  let disposed = false

  const compactInTurn = (ref: DocumentRef, wish: Partial<CompactionWish>): Promise<Compacted | undefined> =>
    takeTurn(async () => {
      if (disposed) return undefined
      const usual = { isConnected: connected.has(idOf(ref)), takesAll: true, looksAnyway: false }
      return await services.compactor.compact(ref, { ...usual, ...wish })
    })

  const start = (ref: DocumentRef): void => {
    const id = idOf(ref)
    if (running.has(id)) return
    const removesDeleted = tailById.get(id)?.deletion !== undefined
    clearTimeout(tailById.get(id)?.deletion)
    tailById.delete(id)
    const run = compactInTurn(ref, { takesAll: removesDeleted, looksAnyway: heavy.delete(id) })
      .then(compacted => compacted && finished(ref, compacted))
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
  const finished = (ref: DocumentRef, { snapshotBytes, isHeavy, stockMs }: Compacted): void => {
    const id = idOf(ref)
    const tail = tailById.get(id)
    if (tail) tail.snapshotBytes = snapshotBytes
    if (!isHeavy) return
    if (stockMs > 0 && !connected.has(id)) lookAfterStock(ref, stockMs)
    // Whoever leaves last has it looked at again, also one who has left while it was compacted.
    else heavy.add(id)
  }
  /** Nobody has it open here any more, and a stock client that went away cannot say so. */
  const lookAfterStock = (ref: DocumentRef, stockMs: number): void => {
    const id = idOf(ref)
    clearTimeout(waitingForStock.get(id))
    const look = () => {
      waitingForStock.delete(id)
      heavy.add(id)
      if (!connected.has(id)) start(ref)
    }
    waitingForStock.set(id, setTimeout(look, stockMs).unref())
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
    connected.add(idOf(ref))
    const tail = tailOf(idOf(ref))
    tail.updates += updates
    tail.bytes += bytes
    if (deletes) removeDeletedSoon(ref)
    if (isDue(tail)) start(ref)
  }
  const abandoned = (ref: DocumentRef): void => {
    const id = idOf(ref)
    connected.delete(id)
    const current = running.get(id)
    const tail = tailById.get(id)
    if (disposed) return
    if (current) void current.then(() => connected.has(id) || abandoned(ref))
    else if (heavy.has(id) || tail?.deletion || (tail && tail.updates > MAX_ABANDONED_UPDATES)) start(ref)
    else tailById.delete(id)
  }
  return {
    abandoned,
    committed,
    written(ref, { updates, bytes, deletes }, snapshotBytes) {
      const id = idOf(ref)
      const tail = Object.assign(tailOf(id), { updates, bytes, snapshotBytes })
      if (deletes) removeDeletedSoon(ref)
      const isIdle = !connected.has(id)
      if (isDue(tail) || (isIdle && updates > MAX_ABANDONED_UPDATES)) start(ref)
      else if (isIdle && !tail.deletion) tailById.delete(id)
    },
    opened(ref, tail, snapshotBytes) {
      Object.assign(tailOf(idOf(ref)), { updates: 0, bytes: 0, snapshotBytes })
      committed(ref, tail)
    },
    async now(ref) {
      await running.get(idOf(ref))
      // Asked near a limit, where history must not count: who is connected is moved for it.
      return (await compactInTurn(ref, { isConnected: false }))?.snapshotBytes ?? 0
    },
    async catchUp(ref) {
      await running.get(idOf(ref))
      // Who is connected elsewhere is not known here.
      await compactInTurn(ref, { isConnected: true })
    },
    async [Symbol.asyncDispose]() {
      for (const { deletion } of tailById.values()) clearTimeout(deletion)
      for (const timer of waitingForStock.values()) clearTimeout(timer)
      const deadline = performance.now() + FAREWELL_MS
      while (running.size > 0 && performance.now() < deadline)
        await Promise.race([
          Promise.all(running.values()),
          pause(deadline - performance.now(), undefined, { ref: false }),
        ])
      disposed = true
      // What is still being computed is given up: the log has it all.
      await services.compactor[Symbol.asyncDispose]()
      await Promise.all(running.values())
    },
  }
}

const isDue = ({ updates, bytes, snapshotBytes }: Tail) =>
  updates >= FOLD_UPDATES || bytes >= Math.max(MIN_TAIL_BYTES, MAX_TAIL_RATIO * snapshotBytes)

const idOf = ({ personId, document }: DocumentRef) => `${personId}/${document}`
