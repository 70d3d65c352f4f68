// Signing up: account, consents and what they open, in one transaction.
import {
  CodedError,
  type OpenableDocument,
  openedByFlags,
  type PrivacyFlags,
  type RegisterRequest,
  type SessionResponse,
  type SignedRecord,
  usesByFlags,
} from '@workforce-democracy/shared'
import { uuidv7 } from 'uuidv7'
import { insertAccount, type NewAccount } from '../db/accounts.ts'
import { insertConsent } from '../db/consents.ts'
import { type Db, inTransaction } from '../db/database.ts'
import { insertUses } from '../db/uses.ts'
import { accountScope } from '../encryption/account-scope.ts'
import { type KeysOwner, toSignInKeys } from './account-keys.ts'
import { type AccountNames, sealNames, toUser } from './account-names.ts'
import type { AccountServices } from './account-services.ts'
import type { Caller } from './attempts.ts'
import { isoDate } from './iso-date.ts'
import { hashesOf, parseLoginName } from './login-name.ts'
import { preloginSeed } from './prelogin.ts'
import { mayFollow, verifyRecord } from './record-check.ts'

/** Opens documents that are still local, in a transaction of the caller's. */
export type OpenDocuments = (
  db: Db,
  personId: string,
  documents: readonly OpenableDocument[],
) => Promise<void>

/** What signing up needs beside what all parts of accounts do. */
interface RegistrationServices extends AccountServices {
  readonly preloginKey: Uint8Array
  readonly openDocuments: OpenDocuments
  readonly requireEmail: boolean
}

/** Makes what signs people up. It throws CodedError `login-taken`, `invalid-input`, `record-refused`, `too-many`, `overloaded`. */
export function createRegistration(
  services: RegistrationServices,
): (request: RegisterRequest, caller?: Caller) => Promise<SessionResponse> {
  const { pool, dataKeys, attempts, requireEmail } = services
  return async (request, caller) => {
    if (requireEmail && request.email === undefined)
      throw new CodedError('invalid-input', 'An email address is needed.')
    await attempts.count('register', { caller })
    // Before anything is made: what is refused leaves no data key behind.
    if (request.keys) checkFirstRecord(request.keys.record)
    const { account, owner, names } = await newAccount(services, request)
    const signedIn = await inTransaction(pool, async db => {
      if (!(await insertAccount(db, account))) return undefined
      await recordChoices(services, db, account.id, request.privacy)
      if (request.keys) await services.accountKeys.replace(db, owner, { expectedNumber: 0, ...request.keys })
      await askForProof(services, db, account.id, names)
      return startFirstSession(services, db, owner, request)
    })
    if (!signedIn) {
      await dataKeys.destroy([accountScope(account.id)])
      throw new CodedError('login-taken')
    }
    return { user: toUser(account.id, names), ...signedIn }
  }
}

function checkFirstRecord(signed: SignedRecord): void {
  const record = verifyRecord(signed)
  if (!record || !mayFollow(undefined, record, false)) throw new CodedError('record-refused')
}

/** Puts on record what a person has agreed to, and opens the documents that it speaks of. */
async function recordChoices(
  { nowMs, openDocuments }: RegistrationServices,
  db: Db,
  personId: string,
  flags: PrivacyFlags | undefined,
): Promise<void> {
  await insertUses(db, personId, usesByFlags(flags ?? {}))
  if (!flags) return
  await insertConsent(db, personId, { id: uuidv7(), recordedAt: new Date(nowMs()), flags })
  await openDocuments(db, personId, openedByFlags(flags))
}

async function askForProof(
  { mailTokens, outbox }: AccountServices,
  db: Db,
  personId: string,
  { email, language }: AccountNames,
): Promise<void> {
  if (email === null) return
  const token = await mailTokens.issue(db, { personId, purpose: 'verify-email', email: null })
  await outbox.add(db, { personId, to: email, language, content: { kind: 'verify-email', token } })
}

async function startFirstSession(
  { devices, sessions, accountKeys }: AccountServices,
  db: Db,
  owner: KeysOwner,
  { device }: RegisterRequest,
) {
  const deviceId = await devices.arrive(db, owner, device)
  const keys = await accountKeys.find(db, owner)
  return {
    ...(await sessions.start(db, { personId: owner.personId, deviceId })),
    ...(keys && { keys: toSignInKeys(keys) }),
  }
}

async function newAccount(
  services: RegistrationServices,
  request: RegisterRequest,
): Promise<{ account: NewAccount; owner: KeysOwner; names: AccountNames }> {
  const { dataKeys, preloginKey, passwords, nowMs } = services
  const names: AccountNames = {
    email: request.email ?? null,
    username: request.username ?? null,
    language: request.language ?? 'en',
  }
  // The seed belongs to the password, so there is one: with two names, the address keeps its own.
  const hashes = hashesOf(services, names)
  const seedName = request.email ?? request.username
  if (seedName === undefined)
    throw new CodedError('invalid-input', 'An email address or a username is needed.')

  const id = uuidv7()
  const passwordHash = await passwords.hash(request.password)
  const cipher = await dataKeys.cipherFor(accountScope(id))
  const account: NewAccount = {
    id,
    ...hashes,
    account: sealNames(cipher, id, names),
    passwordHash,
    preloginSeed: preloginSeed(preloginKey, parseLoginName(seedName)),
    emailVerified: false,
    createdAt: new Date(nowMs()),
    lastLogin: isoDate(nowMs()),
  }
  return { account, owner: { personId: id, cipher }, names }
}
