// Passwords reset by who reads the account's mail, or has the recovery code.
import { CodedError, DEFAULT_USES, type ResetPasswordRequest } from '@workforce-democracy/shared'
import { uuidv7 } from 'uuidv7'
import { dropBundle } from '../db/account-keys.ts'
import { type AccountRow, insertAccount, lockAccount, updatePassword } from '../db/accounts.ts'
import { type Db, inTransaction } from '../db/database.ts'
import { deleteMailTokens } from '../db/mail-tokens.ts'
import { deleteSessions } from '../db/sessions.ts'
import { insertUses } from '../db/uses.ts'
import { accountScope } from '../encryption/account-scope.ts'
import { sealNames } from './account-names.ts'
import { type AccountServices, accountOf, cipherOf, namesOf, notify } from './account-services.ts'
import type { Caller } from './attempts.ts'
import type { EraseRows } from './erasure.ts'
import { isoDate } from './iso-date.ts'
import { hashesOf } from './login-name.ts'
import { ENDED_BY_NEW_PASSWORD, hashedPassword } from './new-password.ts'
import type { Proofs } from './proofs.ts'

/**
 * Resets a password (SPEC A18, A20).
 *
 * @throws CodedError `invalid-token`, `wrong-credentials`, `record-conflict`, `record-refused`, `too-many`, `overloaded`
 */
export type ResetPassword = (request: ResetPasswordRequest, caller?: Caller) => Promise<void>

type ResetByMail = Extract<ResetPasswordRequest, { readonly token: string }>
type ResetByCode = Exclude<ResetPasswordRequest, ResetByMail>

/** Makes what resets passwords. */
export function createPasswordResets(
  services: AccountServices & { readonly proofs: Proofs; readonly eraseRows: EraseRows },
): ResetPassword {
  const { pool, passwords, devices, accountKeys, dataKeys, mailTokens, attempts, proofs } = services
  const { eraseRows, nowMs } = services

  /**
   * Nobody has shown that the address is the owner's, so what the account holds may be somebody else's work: it goes,
   * and an empty account with the same names takes its place, under an id that no old token or key knows.
   */
  const beginAnew = async (
    db: Db,
    row: AccountRow,
    password: Pick<AccountRow, 'passwordHash' | 'preloginSeed'>,
  ): Promise<() => Promise<void>> => {
    const names = await namesOf(services, row)
    const id = uuidv7()
    const cipher = await dataKeys.cipherFor(accountScope(id))
    const destroyKeys = await eraseRows(db, row.id)
    await insertAccount(db, {
      id,
      ...hashesOf(services, names),
      account: sealNames(cipher, id, names),
      ...password,
      // Whoever has the token reads the mail of this address.
      emailVerified: true,
      createdAt: new Date(nowMs()),
      lastLogin: isoDate(nowMs()),
    })
    await insertUses(db, id, DEFAULT_USES)
    return destroyKeys
  }
  const byMail = async (request: ResetByMail, caller?: Caller): Promise<void> => {
    await attempts.count('token', { caller })
    const { personId } = await mailTokens.find(pool, request.token, ['reset-password'])
    const names = await namesOf(services, await accountOf(pool, personId))
    const password = await hashedPassword(passwords, request)
    const destroyKeys = await inTransaction(pool, async db => {
      // The account before anything of it, as everywhere: two never wait for each other.
      const row = await lockAccount(db, personId)
      await mailTokens.take(db, request.token)
      if (!row) throw new CodedError('invalid-token')
      if (!row.emailVerified) return beginAnew(db, row, password)
      await updatePassword(db, personId, password)
      await dropBundle(db, personId)
      await deleteSessions(db, personId)
      await deleteMailTokens(db, personId, ENDED_BY_NEW_PASSWORD)
      await notify(services, db, row, names, { kind: 'password-reset' })
      return undefined
    })
    await destroyKeys?.()
  }
  const byCode = async (request: ResetByCode, caller?: Caller): Promise<void> => {
    const { login, recoverySecret, keys } = request
    const { row } = await proofs.codeOf(login, recoverySecret, caller)
    const owner = { personId: row.id, cipher: await cipherOf(services, row.id) }
    const names = await namesOf(services, row)
    const password = await hashedPassword(passwords, request)
    await inTransaction(pool, async db => {
      await lockAccount(db, row.id)
      const record = await accountKeys.replace(db, owner, keys)
      await updatePassword(db, row.id, password)
      await deleteSessions(db, row.id)
      await deleteMailTokens(db, row.id, ENDED_BY_NEW_PASSWORD)
      await devices.forgetUnnamed(db, row.id, record)
      await notify(services, db, row, names, { kind: 'password-changed' })
    })
  }
  return (request, caller) => ('token' in request ? byMail(request, caller) : byCode(request, caller))
}
