// Passwords changed by who knows the present one or has the recovery code, and what that code opens.
import {
  type ChangePasswordRequest,
  CodedError,
  type RecoveryResponse,
  type SessionResponse,
} from '@workforce-democracy/shared'
import { findAccountKeys } from '../db/account-keys.ts'
import { lockAccount, updatePassword } from '../db/accounts.ts'
import { inTransaction } from '../db/database.ts'
import { deleteMailTokens } from '../db/mail-tokens.ts'
import { deleteSessions, findSessionDevice, type SessionRef } from '../db/sessions.ts'
import { openKeys, toSignInKeys } from './account-keys.ts'
import { toUser } from './account-names.ts'
import { type AccountServices, cipherOf, lockProven, namesOf, notify } from './account-services.ts'
import type { Caller } from './attempts.ts'
import { ENDED_BY_NEW_PASSWORD, hashedPassword } from './new-password.ts'
import type { Proofs } from './proofs.ts'

/** Changes passwords (SPEC A17–A19). */
export interface PasswordChanges {
  /** What the recovery code opens. @throws CodedError `wrong-credentials`, `too-many` */
  recovery(login: string, recoverySecret: string, caller?: Caller): Promise<RecoveryResponse>
  /** @throws CodedError `wrong-credentials`, `invalid-input`, `record-conflict`, `record-refused`, `too-many`, `overloaded` */
  change(session: SessionRef, request: ChangePasswordRequest, caller?: Caller): Promise<SessionResponse>
}

/** Makes what changes passwords. */
export function createPasswordChanges(
  services: AccountServices & { readonly proofs: Proofs },
): PasswordChanges {
  const { pool, passwords, sessions, devices, accountKeys, proofs } = services

  const prove = async (
    personId: string,
    { password, recoverySecret }: ChangePasswordRequest,
    caller?: Caller,
  ) => {
    if (password !== undefined) return proofs.password(personId, password, caller)
    if (recoverySecret === undefined)
      throw new CodedError('invalid-input', 'The present password or the recovery secret is needed.')
    // With the code come keys, whose compare-and-swap fails where somebody was first.
    await proofs.code(personId, recoverySecret, caller)
    return undefined
  }
  return {
    async recovery(login, recoverySecret, caller) {
      const { row, keys } = await proofs.codeOf(login, recoverySecret, caller)
      const owner = { personId: row.id, cipher: await cipherOf(services, row.id) }
      const { record, recoveryBundle } = openKeys(owner, keys)
      return { record, recoveryBundle }
    },
    async change({ personId, sessionId }, request, caller) {
      const { keys, device } = request
      const proof = await prove(personId, request, caller)
      const owner = { personId, cipher: await cipherOf(services, personId) }
      const next = await hashedPassword(passwords, request)
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
        if (record) await devices.forgetUnnamed(db, personId, record)
        return {
          user: toUser(personId, names),
          ...session,
          ...(present && { keys: toSignInKeys(present) }),
        }
      })
    },
  }
}
