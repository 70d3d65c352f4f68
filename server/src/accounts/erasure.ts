// Deleting an account: rows, and the order to destroy what they were encrypted under, in one transaction.
import { CodedError } from '@workforce-democracy/shared'
import { findAccount } from '../db/accounts.ts'
import { orderDestruction } from '../db/data-key-destructions.ts'
import { type KeyScope, listDataKeys } from '../db/data-keys.ts'
import { inTransaction, type Pool } from '../db/database.ts'
import { deletePerson, insertErasedAccount, lockAccount } from '../db/erasure.ts'
import type { KeyDestructions } from '../documents/key-destructions.ts'
import { accountScope } from '../encryption/account-scope.ts'
import type { DataKeys } from '../encryption/data-keys.ts'
import type { Lookup } from '../encryption/lookup.ts'
import type { Mail, Outbox } from '../mail/outbox.ts'
import { openNames } from './account-names.ts'
import { isoDate } from './registration.ts'

/** How an account is named on the list of those that were deleted. */
export const erasedIdHash = (lookup: Lookup, personId: string): Buffer =>
  lookup.hash('erased-account', personId)

/** Deletes accounts. */
export interface Erasure {
  /**
   * Deletes all that the server holds of a person. Resolves once it is committed and the data keys are destroyed; where
   * the key store is away, every server goes on trying.
   *
   * @throws CodedError `wrong-credentials`, `account-deleted`, `overloaded`
   */
  erase(personId: string, password: string): Promise<void>
}

interface ErasureServices {
  readonly pool: Pool
  readonly keysPool: Pool
  readonly dataKeys: DataKeys
  readonly destructions: Pick<KeyDestructions, 'carryOut'>
  readonly lookup: Lookup
  /** Throws CodedError `wrong-credentials`, `account-deleted`, `overloaded`. */
  readonly checkPassword: (personId: string, password: string) => Promise<void>
  readonly outbox: Outbox
  readonly nowMs: () => number
  /** Called after commit. */
  readonly onErased: (personId: string) => void
}

/** Makes what deletes accounts. */
export function createErasure(services: ErasureServices): Erasure {
  const { pool, keysPool, lookup, checkPassword, outbox, destructions, nowMs, onErased } = services

  const commit = async (personId: string): Promise<readonly KeyScope[]> => {
    const notice = await noticeFor(services, personId)
    // Those of older generations too, should their destruction not be ordered.
    const known = await listDataKeys(keysPool, personId)
    return inTransaction(pool, async db => {
      if (!(await lockAccount(db, personId))) throw new CodedError('account-deleted')
      const scopes = distinct([accountScope(personId), ...known, ...(await deletePerson(db, personId))])
      for (const scope of scopes) await orderDestruction(db, scope)
      await insertErasedAccount(db, erasedIdHash(lookup, personId), isoDate(nowMs()))
      if (notice) await outbox.add(db, notice)
      return scopes
    })
  }
  return {
    async erase(personId, password) {
      await checkPassword(personId, password)
      const scopes = await commit(personId)
      onErased(personId)
      await destructions.carryOut(scopes).catch(cause => {
        throw new CodedError('overloaded', 'The account is deleted; its keys are still to be destroyed.', {
          cause,
        })
      })
    },
  }
}

/** What the person is told at the address that is known to be theirs. */
async function noticeFor({ pool, dataKeys }: ErasureServices, personId: string): Promise<Mail | undefined> {
  const account = await findAccount(pool, personId)
  if (!account?.emailVerified) return undefined
  const { email } = openNames(await dataKeys.existing(accountScope(personId)), personId, account.account)
  return email === null
    ? undefined
    : { personId, to: email, language: 'en', content: { kind: 'account-deleted' } }
}

function distinct(scopes: readonly KeyScope[]): readonly KeyScope[] {
  const byId = new Map(scopes.map(scope => [`${scope.document}/${scope.generation}`, scope]))
  return [...byId.values()]
}
