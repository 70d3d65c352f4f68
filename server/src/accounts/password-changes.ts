// Other passwords: changed by who knows the present one or the recovery code, or reset by who reads the account's mail.
import { randomUUID } from 'node:crypto'
import {
  type ChangePasswordRequest,
  CodedError,
  type RecoveryResponse,
  type ResetPasswordRequest,
  type SessionResponse,
} from '@workforce-democracy/shared'
import { uuidv7 } from 'uuidv7'
import { dropBundle, findAccountKeys } from '../db/account-keys.ts'
import { type AccountRow, insertAccount, lockAccount, updatePassword } from '../db/accounts.ts'
import { type Db, inTransaction } from '../db/database.ts'
import { deleteDevice, listDevices } from '../db/devices.ts'
import { deleteMailTokens } from '../db/mail-tokens.ts'
import { deleteSessions, findSessionDevice, type SessionRef } from '../db/sessions.ts'
import { insertUses } from '../db/uses.ts'
import { accountScope } from '../encryption/account-scope.ts'
import { openKeys, toSignInKeys } from './account-keys.ts'
import { sealNames, toUser } from './account-names.ts'
import {
  type AccountServices,
  accountOf,
  cipherOf,
  findByName,
  lockProven,
  namesOf,
  notify,
} from './account-services.ts'
import type { AttemptBy, Caller } from './attempts.ts'
import type { EraseRows } from './erasure.ts'
import { isoDate } from './iso-date.ts'
import { hashesOf, parseLoginName } from './login-name.ts'
import { newPasswordSeed } from './prelogin.ts'
import { DEFAULT_USES } from './uses.ts'

/** Changes and resets passwords (SPEC A17–A20). */
export interface PasswordChanges {
  /** What the recovery code opens. @throws CodedError `wrong-credentials`, `too-many` */
  recovery(login: string, recoverySecret: string, caller?: Caller): Promise<RecoveryResponse>
  /** @throws CodedError `invalid-token`, `wrong-credentials`, `record-conflict`, `record-refused`, `too-many`, `overloaded` */
  reset(request: ResetPasswordRequest, caller?: Caller): Promise<void>
  /** @throws CodedError `wrong-credentials`, `invalid-input`, `record-conflict`, `record-refused`, `too-many`, `overloaded` */
  change(session: SessionRef, request: ChangePasswordRequest, caller?: Caller): Promise<SessionResponse>
  /** @throws CodedError `wrong-credentials`, `account-deleted`, `too-many`, `overloaded` */
  check(personId: string, password: string, caller?: Caller): Promise<AccountRow>
}

type ResetByMail = Extract<ResetPasswordRequest, { readonly token: string }>
type ResetByCode = Exclude<ResetPasswordRequest, ResetByMail>

/** Mails that were asked for under the old password: who knew it may have wanted the address, and with it the account. */
const ENDED_BY_NEW_PASSWORD = ['reset-password', 'change-email'] as const

/** Makes what changes passwords. */
export function createPasswordChanges(
  services: AccountServices & { readonly eraseRows: EraseRows },
): PasswordChanges {
  const { pool, passwords, sessions, devices, accountKeys, mailTokens, attempts, nowMs, eraseRows } = services

  /** Proves a secret, as often as one may try. */
  const proven = async <T>(by: AttemptBy, prove: () => Promise<T | undefined>): Promise<T> => {
    await attempts.count('secret', by)
    const proof = await prove()
    if (proof === undefined) throw new CodedError('wrong-credentials')
    await attempts.succeeded('secret', by)
    return proof
  }
  const withCode = async (login: string, secret: string, caller: Caller | undefined) => {
    const name = parseLoginName(login)
    const row = await findByName(services, name)
    return proven({ account: row?.id ?? name.normalized, caller }, async () => {
      // Looked for without an account too: the answer takes as long.
      const keys = await findAccountKeys(pool, row?.id ?? randomUUID())
      const isRight = accountKeys.isRecoverySecret(keys, row?.id ?? '', secret)
      return row && keys && isRight ? { row, keys } : undefined
    })
  }
  const check = async (personId: string, password: string, caller?: Caller): Promise<AccountRow> => {
    const row = await accountOf(pool, personId)
    return proven({ account: personId, caller }, async () =>
      (await passwords.verify(row.passwordHash, password)) ? row : undefined,
    )
  }
  const checkCode = async (personId: string, secret: string, caller?: Caller): Promise<void> => {
    await proven({ account: personId, caller }, async () => {
      const keys = await findAccountKeys(pool, personId)
      return accountKeys.isRecoverySecret(keys, personId, secret) ? keys : undefined
    })
  }
  /** Password and seed as they are stored. */
  const hashed = async ({ newPassword, newSeed }: Pick<ResetPasswordRequest, 'newPassword' | 'newSeed'>) => ({
    passwordHash: await passwords.hash(newPassword),
    preloginSeed: newPasswordSeed(newSeed),
  })

  const resetByMail = async (request: ResetByMail, caller?: Caller): Promise<void> => {
    await attempts.count('token', { caller })
    const { personId } = await mailTokens.find(pool, request.token, ['reset-password'])
    const names = await namesOf(services, await accountOf(pool, personId))
    const password = await hashed(request)
    const finish = await inTransaction(pool, async db => {
      // The account before anything of it, as everywhere: two never wait for each other.
      const row = await lockAccount(db, personId)
      await mailTokens.take(db, request.token)
      if (!row) throw new CodedError('invalid-token')
      if (!row.emailVerified) return beginAnew(services, db, row, password, eraseRows)
      await updatePassword(db, personId, password)
      await dropBundle(db, personId)
      await deleteSessions(db, personId)
      await deleteMailTokens(db, personId, ENDED_BY_NEW_PASSWORD)
      await notify(services, db, row, names, { kind: 'password-reset' })
      return undefined
    })
    await finish?.()
  }
  const resetByCode = async (request: ResetByCode, caller?: Caller): Promise<void> => {
    const { login, recoverySecret, keys } = request
    const { row } = await withCode(login, recoverySecret, caller)
    const owner = { personId: row.id, cipher: await cipherOf(services, row.id) }
    const names = await namesOf(services, row)
    const password = await hashed(request)
    await inTransaction(pool, async db => {
      await lockAccount(db, row.id)
      const record = await accountKeys.replace(db, owner, keys)
      await updatePassword(db, row.id, password)
      await deleteSessions(db, row.id)
      await deleteMailTokens(db, row.id, ENDED_BY_NEW_PASSWORD)
      await forgetRevoked(db, row.id, record.devices)
      await notify(services, db, row, names, { kind: 'password-changed' })
    })
  }

  return {
    check,
    async recovery(login, recoverySecret, caller) {
      const { row, keys } = await withCode(login, recoverySecret, caller)
      const { record, recoveryBundle } = openKeys(
        { personId: row.id, cipher: await cipherOf(services, row.id) },
        keys,
      )
      return { record, recoveryBundle }
    },
    reset: (request, caller) =>
      'token' in request ? resetByMail(request, caller) : resetByCode(request, caller),
    async change({ personId, sessionId }, request, caller) {
      const { password, recoverySecret, keys, device } = request
      if (password === undefined && recoverySecret === undefined)
        throw new CodedError('invalid-input', 'The present password or the recovery secret is needed.')
      const proof = password === undefined ? undefined : await check(personId, password, caller)
      // With the code come keys, whose compare-and-swap fails where somebody was first.
      if (recoverySecret !== undefined && !proof) await checkCode(personId, recoverySecret, caller)
      const cipher = await cipherOf(services, personId)
      const owner = { personId, cipher }
      const next = await hashed(request)
      return inTransaction(pool, async db => {
        const row = proof ? await lockProven(db, proof) : await lockAccount(db, personId)
        if (!row) throw new CodedError('account-deleted')
        const current = await findSessionDevice(db, { personId, sessionId })
        if (current === undefined) throw new CodedError('unauthorized')
        const names = await namesOf(services, row)
        if (!keys && (await findAccountKeys(db, personId)))
          throw new CodedError('invalid-input', 'This account has keys: they change with its password.')
        const record = keys && (await accountKeys.replace(db, owner, { expectedNumber: 0, ...keys }))
        await updatePassword(db, personId, next)
        await deleteMailTokens(db, personId, ENDED_BY_NEW_PASSWORD)
        const kept = record?.devices.map(({ id }) => id) ?? []
        await deleteSessions(db, personId, { devices: kept, except: sessionId })
        // Without another name it goes on as the device that it was.
        const deviceId = device ? await devices.arrive(db, owner, device) : current
        await notify(services, db, row, names, { kind: 'password-changed' })
        const present = await accountKeys.find(db, owner)
        const session = await sessions.start(db, { personId, deviceId })
        if (record) await forgetRevoked(db, personId, record.devices)
        return {
          user: toUser(personId, names),
          ...session,
          ...(present && { keys: toSignInKeys(present) }),
        }
      })
    },
  }

  /** Takes devices off the list that have no session and are not in the record any more. */
  async function forgetRevoked(
    db: Db,
    personId: string,
    named: readonly { readonly id: string }[],
  ): Promise<void> {
    const kept = new Set(named.map(({ id }) => id))
    for (const { id, active } of await listDevices(db, personId, new Date(nowMs())))
      if (!active && !kept.has(id)) await deleteDevice(db, { personId, deviceId: id })
  }

  /**
   * Nobody has shown that the address is the owner's, so what the account holds may be somebody else's work: it goes,
   * and an empty account with the same names takes its place, under an id that no old token or key knows.
   */
  async function beginAnew(
    { dataKeys }: AccountServices,
    db: Db,
    row: AccountRow,
    password: Pick<AccountRow, 'passwordHash' | 'preloginSeed'>,
    erase: EraseRows,
  ): Promise<() => Promise<void>> {
    const names = await namesOf(services, row)
    const id = uuidv7()
    const cipher = await dataKeys.cipherFor(accountScope(id))
    const finish = await erase(db, row.id)
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
    return finish
  }
}
