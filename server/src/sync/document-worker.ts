// Does what takes long with a whole document on a thread of its own, so that the event loop stays free.
import type { Worker } from 'node:worker_threads'
import { CodedError, type ErrorCode } from '@workforce-democracy/shared'
import type { DocumentRef } from '../db/documents.ts'
import { encodeEntry } from '../documents/log-entry.ts'
import type { WholeDocuments } from '../documents/whole-documents.ts'
import { edit, type JobInputs, type JobKind, type JobOutputs, perform } from './document-jobs.ts'
import { GivenUp } from './given-up.ts'
import { loadStepsOf } from './load-cost.ts'
import { startThread } from './thread.ts'
import { createTurns } from './turns.ts'

/**
 * Bytes of updates up to which each job takes less than some 10 ms, and stays on the event loop: of those that build a
 * document, where that costs no more steps than below.
 */
const MAX_BYTES_ON_LOOP: Readonly<Record<JobKind, number>> = {
  compact: 8 * 1024,
  merge: 64 * 1024,
  difference: 64 * 1024,
  summarize: 64 * 1024,
  check: 64 * 1024,
  read: 64 * 1024,
  write: 64 * 1024,
  load: 0,
}

const BUILDS: ReadonlySet<JobKind> = new Set(['compact', 'difference', 'read', 'write'])
/** Steps of Yjs that take less than some 10 ms. */
const MAX_STEPS_ON_LOOP = 40_000
/** Not worth counting: whatever it is, it costs fewer steps than that. */
const MAX_BYTES_UNCOUNTED = 1024

/** An honest document of 8 MiB takes a second or two; one that is made for it takes Yjs hours. */
const MAX_JOB_MS = 20_000
const maxJobMs = () => MAX_JOB_MS

/** Does jobs: small ones at once, others on a thread that is started for the first of them. */
export interface DocumentWorker extends AsyncDisposable {
  /**
   * Does a job. Those on the thread are done one after the other.
   *
   * @throws CodedError `overloaded` when the thread ended over this job, for want of memory, for the time it took or by
   *   disposal; the next one gets a new thread. For want of memory or time the document is then given up for a while,
   *   and its jobs are refused at once
   */
  run<K extends JobKind>(kind: K, input: JobInputs[K], ref?: DocumentRef): Promise<JobOutputs[K]>
  /** Whether a job on these updates is a small one. */
  isQuick(kind: JobKind, updates: readonly Uint8Array[]): boolean
  /** Whether a document is given up at present. */
  hasGivenUp(ref: DocumentRef): boolean
}

/** What a thread is sent: the updates as one piece, since each piece of its own has its price. */
export interface Request<K extends JobKind> {
  readonly kind: K
  readonly input: Omit<JobInputs[K], 'updates'>
  readonly entry: Uint8Array
  readonly updates: number
}

/** What a thread says: that it has begun, since only then does the time run, and what came of it. */
export type Reply<K extends JobKind> =
  | { readonly begun: true }
  | { readonly output: JobOutputs[K] }
  | { readonly error: ErrorCode }

/** Makes a worker; its thread is started when there is something to do, with the heap of Node's choice unless given. */
export function createDocumentWorker({
  maxHeapMib,
  limitMs = maxJobMs,
  patience = 1,
}: {
  maxHeapMib?: number | undefined
  /** How long a job on these updates may take. */
  limitMs?: (updates: readonly Uint8Array[]) => number
  /** How many times as large as on the event loop a job may be that is done where it was asked for. */
  patience?: number
} = {}): DocumentWorker {
  const oneAfterTheOther = createTurns(1)
  const givenUp = new GivenUp()
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
    async run(kind, input, ref) {
      if (isQuick(kind, input.updates, patience)) return perform(kind, input)
      return await oneAfterTheOther(async () => {
        if (ref && givenUp.has(ref)) throw new CodedError('overloaded', 'This document takes too long.')
        try {
          return await ask(running(), kind, input, limitMs(input.updates))
        } catch (error) {
          if (ref && !disposed && error instanceof CodedError && error.code === 'overloaded') givenUp.add(ref)
          throw error
        }
      })
    },
    isQuick: (kind, updates) => isQuick(kind, updates, patience),
    hasGivenUp: ref => givenUp.has(ref),
    async [Symbol.asyncDispose]() {
      disposed = true
      await thread?.terminate()
    },
  }
}

function isQuick(kind: JobKind, updates: readonly Uint8Array[], patience: number): boolean {
  const size = sizeOf(updates)
  if (size > patience * MAX_BYTES_ON_LOOP[kind]) return false
  return (
    !BUILDS.has(kind) || size <= MAX_BYTES_UNCOUNTED || loadStepsOf(updates) <= patience * MAX_STEPS_ON_LOOP
  )
}

/** Reads and writes whole documents with a worker. */
export function wholeDocuments(worker: DocumentWorker): WholeDocuments {
  return {
    read: (ref, updates) => worker.run('read', { updates }, ref),
    async edit(ref, updates, compute) {
      if (worker.isQuick('write', updates)) return edit(updates, compute)
      const registers = compute((await worker.run('read', { updates }, ref)).registers)
      const { update } = await worker.run('write', { updates, registers }, ref)
      return { registers, update }
    },
  }
}

function ask<K extends JobKind>(
  thread: Worker,
  kind: K,
  input: JobInputs[K],
  limitMs: number,
): Promise<JobOutputs[K]> {
  return new Promise((resolve, reject) => {
    let late: NodeJS.Timeout | undefined
    let cause: unknown
    const onError = (error: unknown) => {
      cause = error
    }
    // Only work under way keeps a process from ending.
    thread.ref()
    const onExit = () => {
      clearTimeout(late)
      reject(new CodedError('overloaded', 'The document worker ended.', { cause }))
    }
    const onReply = (reply: Reply<K>) => {
      if ('begun' in reply) {
        late = setTimeout(() => void thread.terminate(), limitMs)
        return
      }
      clearTimeout(late)
      thread.off('error', onError).off('exit', onExit).off('message', onReply).unref()
      if ('error' in reply) reject(new CodedError(reply.error))
      else resolve(reply.output)
    }
    thread.once('error', onError).once('exit', onExit).on('message', onReply)
    const { updates, ...rest } = input
    // Copied where it would be the caller's own, for what is sent along is gone here.
    const entry = updates.length === 1 ? new Uint8Array(updates[0] ?? []) : encodeEntry(updates)
    const request: Request<K> = { kind, input: rest, entry, updates: updates.length }
    thread.postMessage(request, [entry.buffer as ArrayBuffer])
  })
}

const sizeOf = (updates: readonly Uint8Array[]) => updates.reduce((sum, { length }) => sum + length, 0)
