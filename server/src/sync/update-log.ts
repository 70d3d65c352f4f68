// Group commit: what all rooms have received goes to Postgres in one statement, one commit in flight.
import { CodedError } from '@workforce-democracy/shared'
import type { Logger } from 'pino'
import type { Pool } from '../db/database.ts'
import { type AppendBatch, appendEntries } from '../db/document-log.ts'
import type { DocumentRef } from '../db/documents.ts'
import { isPassing, sqlState } from '../db/error-codes.ts'
import { chainLink } from '../documents/chain-link.ts'
import { entryPlace } from '../documents/document-reader.ts'
import { encodeEntry } from '../documents/log-entry.ts'
import type { DataKeys } from '../encryption/data-keys.ts'
import type { Metrics } from '../metrics.ts'

/** Documents and bytes that one commit takes at most; what is over waits for the next. */
const MAX_BATCH_DOCUMENTS = 1_000
const MAX_BATCH_BYTES = 16 * 1024 * 1024
/** How long a commit is tried again while Postgres is away or busy. */
const GRACE_MS = 5_000
const RETRY_MS = 50

/** Takes updates and says when they are durable. */
export interface UpdateLog extends AsyncDisposable {
  /**
   * Appends updates to one document. Nothing may be acknowledged or relayed before it resolves.
   *
   * @param deletes whether some of them delete; that is assumed unless told
   * @returns the position before the first of them, or `moved` when the document has another generation
   * @throws CodedError `overloaded` when they could not be committed
   */
  append(target: AppendTarget, updates: readonly Uint8Array[], deletes?: boolean): Promise<number | 'moved'>
}

/** A document in one generation. */
export interface AppendTarget extends DocumentRef {
  readonly generation: number
}

interface Entry {
  readonly target: AppendTarget
  readonly updates: readonly Uint8Array[]
  readonly deletes: boolean
  readonly resolve: (base: number | 'moved') => void
  readonly reject: (error: unknown) => void
}

interface LogServices {
  readonly pool: Pool
  readonly dataKeys: DataKeys
  readonly metrics: Pick<Metrics, 'committed'>
  readonly logger: Logger
}

/** Makes the log of this server. */
export function createUpdateLog(options: LogServices): UpdateLog {
  const waiting: Entry[] = []
  let running: Promise<void> | undefined

  const run = async () => {
    for (;;) {
      // Rooms that have just been answered, and sockets that are ready, come first: else the one that is quickest would
      // be committed alone, and all others after it.
      await new Promise(setImmediate)
      if (waiting.length === 0) break
      await commit(options, takeBatch(waiting))
    }
    running = undefined
  }
  return {
    append(target, updates, deletes = true) {
      return new Promise((resolve, reject) => {
        waiting.push({ target, updates, deletes, resolve, reject })
        running ??= run()
      })
    },
    async [Symbol.asyncDispose]() {
      await running
    },
  }
}

/** Takes what fits into one commit; of one document only the first entry, so that its order stays. */
function takeBatch(waiting: Entry[]): Entry[] {
  const batch: Entry[] = []
  const later: Entry[] = []
  const taken = new Set<string>()
  let bytes = 0
  for (const entry of waiting.splice(0)) {
    const id = `${entry.target.personId}/${entry.target.document}`
    const size = entry.updates.reduce((sum, update) => sum + update.length, 0)
    const fits = batch.length === 0 || (bytes + size <= MAX_BATCH_BYTES && batch.length < MAX_BATCH_DOCUMENTS)
    if (fits && !taken.has(id)) {
      batch.push(entry)
      bytes += size
    } else later.push(entry)
    taken.add(id)
  }
  waiting.push(...later)
  return batch
}

async function commit(options: LogServices, batch: Entry[]): Promise<void> {
  try {
    const bases = await withGrace(async () => appendEncrypted(options, batch))
    options.metrics.committed(
      batch.length,
      batch.reduce((sum, { updates }) => sum + updates.length, 0),
    )
    for (const [index, entry] of batch.entries()) entry.resolve(bases[index] ?? 'moved')
  } catch (error) {
    if (batch.length > 1 && !isPassing(error)) {
      // One bad document must not take the others down with it.
      const half = batch.length >>> 1
      await commit(options, batch.slice(0, half))
      await commit(options, batch.slice(half))
      return
    }
    options.logger.error({ sqlState: sqlState(error), documents: batch.length }, 'a group commit failed')
    for (const entry of batch) entry.reject(new CodedError('overloaded', undefined, { cause: error }))
  }
}

/** Bases in the order of the batch. A document whose key was destroyed has moved: nothing is appended to it. */
async function appendEncrypted(
  { pool, dataKeys }: LogServices,
  batch: readonly Entry[],
): Promise<(number | undefined)[]> {
  const ciphers = await dataKeys.ciphersFor(batch.map(entry => entry.target))
  const batches = batch.flatMap(({ target, updates, deletes }, index): AppendBatch[] => {
    const data = ciphers[index]?.seal(encodeEntry(updates), entryPlace(updates.length))
    return data ? [{ ...target, updates: updates.length, data, deletes, link: chainLink(updates) }] : []
  })
  const bases = batches.length > 0 ? [...(await appendEntries(pool, batches))] : []
  return ciphers.map(cipher => cipher && bases.shift())
}

async function withGrace<T>(work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + GRACE_MS
  for (let pauseMs = RETRY_MS; ; pauseMs *= 2) {
    try {
      return await work()
    } catch (error) {
      if (!isPassing(error) || Date.now() + pauseMs > deadline) throw error
      await new Promise(resolve => setTimeout(resolve, pauseMs))
    }
  }
}
