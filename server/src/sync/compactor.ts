// Compacts on a thread with connections of its own: to read, open and fold in what was written costs the event loop as
// much as to take it did.
import type { Worker } from 'node:worker_threads'
import { CodedError } from '@workforce-democracy/shared'
import type { DocumentRef } from '../db/documents.ts'
import type { KeyringKey } from '../encryption/keyring.ts'
import type { Compacted } from './compact-document.ts'
import { startThread } from './thread.ts'

/** How long a thread that is told to stop has for it. */
const FAREWELL_MS = 2_000

/** How one document is compacted; see {@link compact}. */
export interface CompactionWish {
  readonly isConnected: boolean
  readonly takesAll: boolean
  readonly looksAnyway: boolean
}

/** Compacts documents. */
export interface Compactor extends AsyncDisposable {
  /** Rejects with the code of what the databases threw, or with `overloaded` when the thread ended over it. */
  compact(ref: DocumentRef, wish: CompactionWish): Promise<Compacted>
}

/** What the thread is made of. */
export interface CompactorSettings {
  readonly databaseUrl: string
  readonly keysDatabaseUrl: string
  /** Whether statements may be prepared by name. */
  readonly prepares: boolean
  readonly encryptionKeys: readonly KeyringKey[]
}

/** The same, with the heap of the thread that documents are built on. */
export interface CompactorThreadSettings extends CompactorSettings {
  readonly maxHeapMib: number | undefined
}

/** What the thread is sent. */
export type CompactorRequest =
  | {
      readonly type: 'compact'
      readonly id: number
      readonly ref: DocumentRef
      readonly wish: CompactionWish
    }
  | { readonly type: 'stop' }

/** What the thread says. */
export type CompactorReply =
  | { readonly type: 'done'; readonly id: number; readonly compacted: Compacted }
  /** `code` is a SQLSTATE, or one of the table of errors. */
  | { readonly type: 'failed'; readonly id: number; readonly code: string }
  | { readonly type: 'compacted' }
  | { readonly type: 'moved'; readonly ref: DocumentRef; readonly head: number }

interface Waiting {
  readonly resolve: (compacted: Compacted) => void
  readonly reject: (error: Error) => void
}

/**
 * Makes a compactor; its thread is started when there is something to do, and again when it has ended, with the heap of
 * Node's choice unless given.
 */
export function createCompactor(options: {
  readonly settings: CompactorSettings
  readonly onCompacted: () => void
  /** Called when a document has a new generation. */
  readonly onMoved: (ref: DocumentRef, head: number) => void
  readonly maxHeapMib?: number
}): Compactor {
  const { settings, onCompacted, onMoved, maxHeapMib } = options
  const waitingById = new Map<number, Waiting>()
  let lastId = 0
  let thread: Worker | undefined
  let isDisposed = false

  const onReply = (reply: CompactorReply): void => {
    if (reply.type === 'compacted') onCompacted()
    else if (reply.type === 'moved') onMoved(reply.ref, reply.head)
    else if (reply.type === 'done') take(reply.id)?.resolve(reply.compacted)
    else take(reply.id)?.reject(failure(reply.code))
  }
  const take = (id: number): Waiting | undefined => {
    const waiting = waitingById.get(id)
    waitingById.delete(id)
    // Only work under way keeps a process from ending.
    if (waitingById.size === 0) thread?.unref()
    return waiting
  }
  const onExit = (): void => {
    thread = undefined
    for (const { reject } of waitingById.values())
      reject(new CodedError('overloaded', 'The thread of compactions ended.'))
    waitingById.clear()
  }
  const start = (): Worker => {
    const started = startThread('compactor-thread', {
      workerData: { ...settings, maxHeapMib } satisfies CompactorThreadSettings,
    })
    started.on('message', onReply)
    // Told again by its exit.
    started.on('error', () => undefined)
    started.once('exit', onExit)
    return started
  }
  return {
    async compact(ref, wish) {
      if (isDisposed) throw new CodedError('overloaded', 'The compactor has been closed.')
      thread ??= start()
      thread.ref()
      const id = ++lastId
      thread.postMessage({ type: 'compact', id, ref, wish } satisfies CompactorRequest)
      return await new Promise((resolve, reject) => waitingById.set(id, { resolve, reject }))
    },
    async [Symbol.asyncDispose]() {
      isDisposed = true
      if (thread) await stop(thread)
    },
  }
}

const failure = (code: string) => Object.assign(new Error('A compaction failed on its thread.'), { code })

/** What is still being computed is given up: the log has it all. */
async function stop(thread: Worker): Promise<void> {
  thread.ref()
  const ended = new Promise(resolve => thread.once('exit', resolve))
  const timer = setTimeout(() => void thread.terminate(), FAREWELL_MS)
  thread.postMessage({ type: 'stop' } satisfies CompactorRequest)
  await ended
  clearTimeout(timer)
}
