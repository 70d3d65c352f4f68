// The state of a person's open documents, as everything that was acknowledged has left it.
import {
  CodedError,
  OPENABLE_DOCUMENTS,
  type OpenableDocument,
  type ReadonlyState,
  type Uses,
} from '@workforce-democracy/shared'
import { asPerson } from '../db/as-person.ts'
import type { Pool } from '../db/database.ts'
import { listProjected, type ProjectedDocument } from '../db/projections.ts'
import { findUses } from '../db/uses.ts'
import type { ProjectedReader, States } from './projected-registers.ts'
import type { Projector } from './projector.ts'

/** Reads what a person has opened to the server. */
export interface OpenState {
  /**
   * The state of one document: empty for a local one, of which the server has nothing. What is a use of it, and not its
   * person's reading, gives `check`, which throws where the person has not agreed; then nothing is read.
   *
   * @throws CodedError `document-sealed`
   */
  read(personId: string, document: OpenableDocument, check?: (uses: Uses) => void): Promise<ReadonlyState>
  /** The states of those of these documents that the person has opened; or of those that the uses allow. */
  readAll(
    personId: string,
    documents?: readonly OpenableDocument[] | ((uses: Uses) => readonly OpenableDocument[]),
  ): Promise<States>
}

type Wanted = NonNullable<Parameters<OpenState['readAll']>[1]>

/** Each time a move has come in between. */
const MAX_READS = 10

/** Makes a reader of open state. */
export function createOpenState(services: {
  pool: Pool
  projector: Projector
  projected: ProjectedReader
}): OpenState {
  const { pool, projector, projected } = services

  const list = (personId: string, wanted: Wanted): Promise<readonly ProjectedDocument[]> =>
    asPerson(pool, personId, async db => {
      if (typeof wanted !== 'function') return listProjected(db, personId, wanted)
      const uses = await findUses(db, personId)
      if (!uses) throw new CodedError('account-deleted')
      return listProjected(db, personId, wanted(uses))
    })

  /** Open states, and which of the documents are sealed. */
  const load = async (personId: string, wanted: Wanted) => {
    let listed = await list(personId, wanted)
    for (let n = 0; n < MAX_READS; n++) {
      const open = listed.filter(({ mode }) => mode === 'open')
      // Once is enough: what is acknowledged only after that need not be seen.
      const isBehind = n === 0 && open.some(document => document.isBehind)
      const states = isBehind ? undefined : await projected.open(personId, open)
      if (states) return { states, listed }
      await projector.catchUp(personId)
      listed = await list(personId, wanted)
    }
    throw new CodedError('overloaded', 'The document moves all the time.')
  }

  return {
    async read(personId, document, check) {
      const { states, listed } = await load(
        personId,
        check
          ? uses => {
              check(uses)
              return [document]
            }
          : [document],
      )
      if (listed.some(({ mode }) => mode === 'sealed')) throw new CodedError('document-sealed')
      return states[document] ?? new Map()
    },
    async readAll(personId, wanted = OPENABLE_DOCUMENTS) {
      return (await load(personId, wanted)).states
    },
  }
}
