// What the server may do with documents that it can read, as a person has said.
import { CodedError, type PrivacyResponse, type Uses } from '@workforce-democracy/shared'
import { uuidv7 } from 'uuidv7'
import { asPerson } from '../db/as-person.ts'
import { insertConsent, listConsents } from '../db/consents.ts'
import type { Db, Pool } from '../db/database.ts'
import { listDocuments } from '../db/documents.ts'
import { findUses, updateUses } from '../db/uses.ts'

/** Reads and changes uses (SPEC A24, A25). */
export interface UsesOfPersons {
  /** @throws CodedError `account-deleted` */
  find(personId: string): Promise<Uses>
  /** Uses, modes, and all that was ever agreed to. @throws CodedError `account-deleted` */
  describe(personId: string): Promise<PrivacyResponse>
  /** Changes what is given, and puts on record what is another one by that. @throws CodedError `account-deleted` */
  change(personId: string, uses: Partial<Uses>): Promise<PrivacyResponse>
}

/** Makes what looks after uses. */
export function createUses({
  pool,
  nowMs,
}: {
  readonly pool: Pool
  readonly nowMs: () => number
}): UsesOfPersons {
  const find = async (db: Db, personId: string): Promise<Uses> => {
    const uses = await findUses(db, personId)
    if (!uses) throw new CodedError('account-deleted')
    return uses
  }
  const describe = async (db: Db, personId: string): Promise<PrivacyResponse> => {
    const uses = await find(db, personId)
    const documents = await listDocuments(db, personId)
    const consents = await listConsents(db, personId)
    return {
      uses,
      modes: Object.fromEntries(documents.map(({ document, mode }) => [document, mode])),
      history: consents.map(({ recordedAt, flags }) => ({
        recordedAt: recordedAt.toISOString(),
        flags: { ...flags },
      })),
    }
  }
  return {
    find: personId => asPerson(pool, personId, db => find(db, personId)),
    describe: personId => asPerson(pool, personId, db => describe(db, personId)),
    change: (personId, uses) =>
      asPerson(pool, personId, async db => {
        const present = await find(db, personId)
        const changed = { ...present, ...uses }
        // Devices say again what others have said before.
        if (JSON.stringify(changed) !== JSON.stringify(present)) {
          await updateUses(db, personId, uses)
          await insertConsent(db, personId, { id: uuidv7(), recordedAt: new Date(nowMs()), flags: { uses } })
        }
        return describe(db, personId)
      }),
  }
}
