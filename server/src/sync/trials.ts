// Documents whose cost is not sure to be small are loaded once on a thread of their own, before they are stored (SPEC P31).
import { CodedError } from '@workforce-democracy/shared'
import type { DocumentRef } from '../db/documents.ts'
import { createDocumentWorker } from './document-worker.ts'
import { trialMs } from './trial-time.ts'

/** Who waits has a document in memory. */
const MAX_WAITING = 8

/** Tries documents, one after the other. */
export interface Trials extends AsyncDisposable {
  /**
   * Whether Yjs gets through with a document of these updates in time.
   *
   * @throws CodedError `overloaded` when it cannot be tried now: too many wait, or one of this document has just failed
   */
  passes(ref: DocumentRef, updates: readonly Uint8Array[]): Promise<boolean>
}

/** Makes them; the thread is started for the first. */
export function createTrials(options: { readonly limitMs?: typeof trialMs } = {}): Trials {
  const worker = createDocumentWorker({ limitMs: options.limitMs ?? trialMs })
  let waiting = 0
  return {
    async passes(ref, updates) {
      if (waiting >= MAX_WAITING) throw new CodedError('overloaded', 'Too many documents are being tried.')
      if (worker.hasGivenUp(ref)) throw new CodedError('overloaded', 'This document was tried a moment ago.')
      waiting++
      try {
        await worker.run('load', { updates }, ref)
        return true
      } catch (error) {
        if (worker.hasGivenUp(ref)) return false
        throw error
      } finally {
        waiting--
      }
    },
    [Symbol.asyncDispose]: () => worker[Symbol.asyncDispose](),
  }
}
