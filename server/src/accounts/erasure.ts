// Deleting an account: rows, and the order to destroy what they were encrypted under, in one transaction.
import { CodedError } from '@workforce-democracy/shared'
import type { AccountRow } from '../db/accounts.ts'
import { orderDestruction } from '../db/data-key-destructions.ts'
import { type KeyScope, listDataKeys } from '../db/data-keys.ts'
import { type Db, inTransaction, type Pool } from '../db/database.ts'
import { deletePerson, insertErasedAccount, lockPerson } from '../db/erasure.ts'
import type { KeyDestructions } from '../documents/key-destructions.ts'
import { accountScope } from '../encryption/account-scope.ts'
import type { DataKeys } from '../encryption/data-keys.ts'
import type { Lookup } from '../encryption/lookup.ts'
import type { Mail, Outbox } from '../mail/outbox.ts'
import { lockProven, namesOf } from './account-services.ts'
import type { Caller } from './attempts.ts'
import { isoDate } from './iso-date.ts'
import type { Proofs } from './proofs.ts'

/** How an account is named on the list of those that were deleted. */
export const erasedIdHash = (lookup: Lookup, personId: string): Buffer =>
  lookup.hash('erased-account', personId)

/** Deletes accounts. */
export interface Erasure {
  /**
   * Deletes all that the server holds of a person. Resolves once it is committed and the data keys are destroyed; where
   * the key store is away, every server goes on trying.
   *
   * @throws CodedError `wrong-credentials`, `account-deleted`, `too-many`, `overloaded`
   */
  erase(personId: string, password: string, caller?: Caller): Promise<void>
}

/**
 * Deletes all rows of a person in a transaction of the caller's, orders the data keys destroyed, and puts the account on
 * the list. Returns what carries out the orders, to be called after commit.
 *
 * @throws CodedError `account-deleted`
 */
export type EraseRows = (db: Db, personId: string) => Promise<() => Promise<void>>

interface RowsServices {
  readonly keysPool: Pool
  readonly destructions: Pick<KeyDestructions, 'carryOut'>
  readonly lookup: Lookup
  readonly nowMs: () => number
}

/** Makes what deletes a person's rows. */
export function createRowErasure({ keysPool, destructions, lookup, nowMs }: RowsServices): EraseRows {
  return async (db, personId) => {
    // Those of older generations too, should their destruction not be ordered.
    const known = await listDataKeys(keysPool, personId)
    if (!(await lockPerson(db, personId))) throw new CodedError('account-deleted')
    const scopes = distinct([accountScope(personId), ...known, ...(await deletePerson(db, personId))])
    for (const scope of scopes) await orderDestruction(db, scope)
    await insertErasedAccount(db, erasedIdHash(lookup, personId), isoDate(nowMs()))
    return () => destructions.carryOut(scopes)
  }
}

interface ErasureServices {
  readonly pool: Pool
  readonly dataKeys: DataKeys
  readonly eraseRows: EraseRows
  readonly proofs: Pick<Proofs, 'password'>
  readonly outbox: Outbox
  /** Called after commit. */
  readonly onErased: (personId: string) => void
}

/** Makes what deletes accounts. */
export function createErasure(services: ErasureServices): Erasure {
  const { pool, eraseRows, proofs, outbox, onErased } = services

  const commit = async (proven: AccountRow): Promise<() => Promise<void>> => {
    const notice = await noticeFor(services, proven)
    return inTransaction(pool, async db => {
      await lockProven(db, proven)
      const carryOut = await eraseRows(db, proven.id)
      if (notice) await outbox.add(db, notice)
      return carryOut
    })
  }
  return {
    async erase(personId, password, caller) {
      const carryOut = await commit(await proofs.password(personId, password, caller))
      onErased(personId)
      await carryOut().catch(cause => {
        throw new CodedError('overloaded', 'The account is deleted; its keys are still to be destroyed.', {
          cause,
        })
      })
    },
  }
}

/** What the person is told at the address that is known to be theirs. */
async function noticeFor(
  services: Pick<ErasureServices, 'dataKeys'>,
  account: AccountRow,
): Promise<Mail | undefined> {
  if (!account.emailVerified) return undefined
  const { email, language } = await namesOf(services, account)
  if (email === null) return undefined
  return { personId: account.id, to: email, language, content: { kind: 'account-deleted' } }
}

function distinct(scopes: readonly KeyScope[]): readonly KeyScope[] {
  const byId = new Map(scopes.map(scope => [`${scope.document}/${scope.generation}`, scope]))
  return [...byId.values()]
}
