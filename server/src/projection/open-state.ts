// The state of a person's open documents, as everything that was acknowledged has left it.
import type { OpenableDocument, ReadonlyState } from '@workforce-democracy/shared'
import { CodedError, isOpenable } from '@workforce-democracy/shared'
import { asPerson } from '../db/as-person.ts'
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

/** Each time a move has come in between. */
const MAX_READS = 10

/** Makes a reader of open state. */
export function createOpenState(services: {
  pool: Pool
  projector: Projector
  projected: ProjectedReader
}): OpenState {
  const { pool, projector, projected } = services

  /** `sealed` for what the server cannot read. */
  const read = async (personId: string, document: OpenableDocument): Promise<ReadonlyState | 'sealed'> => {
    for (let n = 0; n < MAX_READS; n++) {
      const row = await asPerson(pool, personId, db => findDocument(db, { personId, document }))
      if (!row) return new Map()
      if (row.mode === 'sealed') return 'sealed'
      await projector.catchUp(personId)
      const state = await asPerson(pool, personId, db => projected.read(db, personId, document))
      if (state) return state
    }
    throw new CodedError('overloaded', 'The document moves all the time.')
  }
  return {
    async read(personId, document) {
      const state = await read(personId, document)
      if (state === 'sealed') throw new CodedError('document-sealed')
      return state
    },
    async readAll(personId) {
      await projector.catchUp(personId)
      const found = await asPerson(pool, personId, async db => {
        const documents = (await listDocuments(db, personId)).flatMap(({ document, mode }) =>
          mode === 'open' && isOpenable(document) ? [document] : [],
        )
        const states: [OpenableDocument, ReadonlyState | undefined][] = []
        for (const document of documents)
          states.push([document, await projected.read(db, personId, document)])
        return states
      })
      const states: Partial<Record<OpenableDocument, ReadonlyState>> = {}
      for (const [document, projectedState] of found) {
        const state = projectedState ?? (await read(personId, document))
        if (state !== 'sealed') states[document] = state
      }
      return states
    },
  }
}
