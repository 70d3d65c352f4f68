// The state of a person's open documents, as everything that was acknowledged has left it.
import type { OpenableDocument, ReadonlyState } from '@workforce-democracy/shared'
import { CodedError, OPENABLE_DOCUMENTS } from '@workforce-democracy/shared'
import type { Pool } from '../db/database.ts'
import { findDocument, listDocuments } from '../db/documents.ts'
import type { ProjectedReader } from './projected-registers.ts'
import type { Projector } from './projector.ts'

/** Reads what a person has opened to the server. */
export interface OpenState {
  /**
   * The state of one document: empty for a local one, of which the server has nothing.
   *
   * @throws CodedError `document-sealed`
   */
  read(personId: string, document: OpenableDocument): Promise<ReadonlyState>
  /** The states of all documents that the person has opened. */
  readAll(personId: string): Promise<Partial<Record<OpenableDocument, ReadonlyState>>>
}

/** Makes a reader of open state. */
export function createOpenState(services: {
  pool: Pool
  projector: Projector
  projected: ProjectedReader
}): OpenState {
  const { pool, projector, projected } = services
  return {
    async read(personId, document) {
      const row = await findDocument(pool, { personId, document })
      if (row?.mode === 'sealed') throw new CodedError('document-sealed')
      await projector.catchUp(personId)
      return projected.read(pool, personId, document)
    },
    async readAll(personId) {
      await projector.catchUp(personId)
      const modes = new Map(
        (await listDocuments(pool, personId)).map(({ document, mode }) => [document, mode]),
      )
      const states: Partial<Record<OpenableDocument, ReadonlyState>> = {}
      for (const document of OPENABLE_DOCUMENTS) {
        if (modes.get(document) === 'open') states[document] = await projected.read(pool, personId, document)
      }
      return states
    },
  }
}
