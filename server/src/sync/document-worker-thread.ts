// The thread of a document worker: does one job after the other.
import { parentPort } from 'node:worker_threads'
import { errorCode } from '@workforce-democracy/shared'
import { decodeEntry } from '../documents/log-entry.ts'
import { type JobInputs, type JobKind, perform } from './document-jobs.ts'
import type { Reply, Request } from './document-worker.ts'

parentPort?.on('message', (request: Request<JobKind>) => {
  parentPort?.postMessage({ begun: true } satisfies Reply<JobKind>)
  const reply = replyTo(request)
  parentPort?.postMessage(reply, 'output' in reply ? buffersOf(reply.output) : [])
})

function replyTo({ kind, input, entry, updates }: Request<JobKind>): Reply<JobKind> {
  try {
    return { output: perform(kind, { ...input, updates: decodeEntry(entry, updates) } as JobInputs[JobKind]) }
  } catch (error) {
    return { error: errorCode(error) }
  }
}

/** What is handed over without a copy: results are arrays of their own. */
function buffersOf(output: object): ArrayBuffer[] {
  return Object.values(output).flatMap((bytes: unknown) =>
    bytes instanceof Uint8Array && bytes.buffer instanceof ArrayBuffer ? [bytes.buffer] : [],
  )
}
