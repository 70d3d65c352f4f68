// Moves that devices ask for: their content is checked before anything changes (SPEC G4).
import { CodedError, type DocumentMode, isOpenable } from '@workforce-democracy/shared'
import type { Pool } from '../db/database.ts'
import { readPersonBytes } from '../db/document-log.ts'
import type { DocumentRef } from '../db/documents.ts'
import type { DocumentPlace, Generations, MoveOutcome } from '../documents/generations.ts'
import type { DocumentWorker } from './document-worker.ts'
import type { SyncLimits } from './limits.ts'
import type { Trials } from './trials.ts'

/** A move as a device asks for it. */
export interface DeviceMove {
  readonly from: DocumentPlace
  readonly mode: DocumentMode
  /** One update of a fresh Yjs document. */
  readonly content: Uint8Array
}

/** Makes moves for devices. */
export interface DeviceMoves {
  /**
   * Moves a document, where it stands where the device thinks.
   *
   * @throws CodedError `forbidden` for the mode open of a document that is always sealed; `too-large`; `too-costly`;
   *   `malformed-message` for content that is no update; `invalid-input` for content that is not a whole document of
   *   that mode
   */
  move(ref: DocumentRef, move: DeviceMove): Promise<MoveOutcome>
}

/** Makes what makes moves for devices. */
export function createDeviceMoves(services: {
  readonly pool: Pool
  readonly generations: Generations
  readonly worker: DocumentWorker
  readonly trials: Trials
  readonly limits: Pick<SyncLimits, 'documentBytes' | 'personBytes'>
}): DeviceMoves {
  const { pool, generations, worker, trials, limits } = services
  return {
    async move(ref, { from, mode, content }) {
      if (mode === 'open' && !isOpenable(ref.document)) throw new CodedError('forbidden')
      if (content.length > limits.documentBytes) throw new CodedError('too-large')
      const { summary, isUntried } = await worker.run('check', { updates: [content], mode })
      if (!summary) throw new CodedError('invalid-input', 'The content is not a whole document of this mode.')
      if (isUntried && !(await trials.passes(ref, [content]))) throw new CodedError('too-costly')
      const others = await readPersonBytes(pool, ref.personId, { except: ref.document })
      if (others + content.length > limits.personBytes) throw new CodedError('too-large')
      return generations.move(ref, { from, mode, content: { update: content, summary } })
    },
  }
}
