// Does what takes long with a whole document on a thread of its own, so that the event loop stays free.
import type { Worker } from 'node:worker_threads'
import { CodedError, type ErrorCode } from '@workforce-democracy/shared'
import { encodeEntry } from '../documents/log-entry.ts'
import { type JobInputs, type JobKind, type JobOutputs, perform } from './document-jobs.ts'
import { startThread } from './thread.ts'
import { createTurns } from './turns.ts'

/** Bytes of updates up to which each job takes less than some 10 ms, and stays on the event loop. */
const MAX_BYTES_ON_LOOP: Readonly<Record<JobKind, number>> = {
  compact: 8 * 1024,
  merge: 64 * 1024,
  difference: 64 * 1024,
  summarize: 64 * 1024,
  check: 64 * 1024,
}

/** An honest document of 8 MiB takes a second or two; one that is made for it takes Yjs hours. */
const MAX_JOB_MS = 20_000

/** Does jobs: small ones at once, others on a thread that is started for the first of them. */
export interface DocumentWorker extends AsyncDisposable {
  /**
   * Does a job. Those on the thread are done one after the other.
   *
   * @throws CodedError `overloaded` when the thread ended over this job, for want of memory, for the time it took or by
   *   disposal; the next one gets a new thread
   */
  run<K extends JobKind>(kind: K, input: JobInputs[K]): Promise<JobOutputs[K]>
}

/** What a thread is sent: the updates as one piece, since each piece of its own has its price. */
export interface Request<K extends JobKind> {
  readonly kind: K
  readonly input: Omit<JobInputs[K], 'updates'>
  readonly entry: Uint8Array
  readonly updates: number
}

/** What a thread answers. */
export type Reply<K extends JobKind> = { readonly output: JobOutputs[K] } | { readonly error: ErrorCode }

/** Makes a worker; its thread is started when there is something to do, with the heap of Node's choice unless given. */
export function createDocumentWorker({
  maxHeapMib,
  maxJobMs = MAX_JOB_MS,
}: {
  maxHeapMib?: number
  maxJobMs?: number
} = {}): DocumentWorker {
  const oneAfterTheOther = createTurns(1)
  let thread: Worker | undefined
  let disposed = false

  const running = (): Worker => {
    if (disposed) throw new CodedError('overloaded', 'The document worker has been closed.')
    if (thread) return thread
    const started = startThread('document-worker-thread', {
      resourceLimits: maxHeapMib === undefined ? {} : { maxOldGenerationSizeMb: maxHeapMib },
    })
    started.unref()
    // Told again by its exit.
    started.on('error', () => undefined)
    started.once('exit', () => {
      if (thread === started) thread = undefined
    })
    thread = started
    return started
  }
  return {
    async run(kind, input) {
      if (sizeOf(input.updates) <= MAX_BYTES_ON_LOOP[kind]) return perform(kind, input)
      return await oneAfterTheOther(async () => {
        const thread = running()
        const late = setTimeout(() => void thread.terminate(), maxJobMs)
        return await ask(thread, kind, input).finally(() => clearTimeout(late))
      })
    },
    async [Symbol.asyncDispose]() {
      disposed = true
      await thread?.terminate()
    },
  }
}

function ask<K extends JobKind>(thread: Worker, kind: K, input: JobInputs[K]): Promise<JobOutputs[K]> {
  return new Promise((resolve, reject) => {
    let cause: unknown
    const onError = (error: unknown) => {
      cause = error
    }
    // Only work under way keeps a process from ending.
    thread.ref()
    const onExit = () => reject(new CodedError('overloaded', 'The document worker ended.', { cause }))
    thread.once('error', onError).once('exit', onExit)
    thread.once('message', (reply: Reply<K>) => {
      thread.off('error', onError).off('exit', onExit).unref()
      if ('error' in reply) reject(new CodedError(reply.error))
      else resolve(reply.output)
    })
    const { updates, ...rest } = input
    // Copied where it would be the caller's own, for what is sent along is gone here.
    const entry = updates.length === 1 ? new Uint8Array(updates[0] ?? []) : encodeEntry(updates)
    const request: Request<K> = { kind, input: rest, entry, updates: updates.length }
    thread.postMessage(request, [entry.buffer as ArrayBuffer])
  })
}

const sizeOf = (updates: readonly Uint8Array[]) => updates.reduce((sum, { length }) => sum + length, 0)
