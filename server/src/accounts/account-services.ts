// What the parts of accounts share, and how an account is found and opened.
import { CodedError } from '@workforce-democracy/shared'
import type { Logger } from 'pino'
import { type AccountRow, findAccount, findAccountByName, lockAccount } from '../db/accounts.ts'
import type { Db, Pool } from '../db/database.ts'
import { accountScope } from '../encryption/account-scope.ts'
import type { DataCipher, DataKeys } from '../encryption/data-keys.ts'
import type { Lookup } from '../encryption/lookup.ts'
import type { MailContent, Outbox } from '../mail/outbox.ts'
import type { AccountKeys } from './account-keys.ts'
import { type AccountNames, missingKey, openNames } from './account-names.ts'
import type { Attempts } from './attempts.ts'
import type { Devices } from './devices.ts'
import { hashLoginName, type LoginName } from './login-name.ts'
import type { MailTokens } from './mail-tokens.ts'
import type { Passwords } from './passwords.ts'
import type { Sessions } from './sessions.ts'

/** What the parts of accounts are made of. */
export interface AccountServices {
  readonly pool: Pool
  readonly dataKeys: DataKeys
  readonly lookup: Lookup
  readonly passwords: Passwords
  readonly sessions: Sessions
  readonly devices: Devices
  readonly accountKeys: AccountKeys
  readonly mailTokens: MailTokens
  readonly attempts: Attempts
  readonly outbox: Outbox
  readonly logger: Pick<Logger, 'error'>
  readonly nowMs: () => number
}

/** The account that a login name is of. */
export function findByName(
  { pool, lookup }: Pick<AccountServices, 'pool' | 'lookup'>,
  name: LoginName,
): Promise<AccountRow | undefined> {
  return findAccountByName(pool, name.kind, hashLoginName(lookup, name))
}

/** @throws CodedError `account-deleted` */
export async function accountOf(db: Db, personId: string): Promise<AccountRow> {
  const row = await findAccount(db, personId)
  if (!row) throw new CodedError('account-deleted')
  return row
}

/**
 * The account whose password was proven, locked until the transaction ends. Between the two somebody may have set another
 * one, to end all that the old one was good for: what it proved counts no longer.
 *
 * @throws CodedError `wrong-credentials`, `account-deleted`
 */
export async function lockProven(db: Db, { id, passwordHash }: AccountRow): Promise<AccountRow> {
  const row = await lockAccount(db, id)
  if (!row) throw new CodedError('account-deleted')
  if (row.passwordHash !== passwordHash) throw new CodedError('wrong-credentials')
  return row
}

/** What seals an account's rows. @throws CodedError `at-rest-damaged` */
export async function cipherOf(
  { dataKeys }: Pick<AccountServices, 'dataKeys'>,
  personId: string,
): Promise<DataCipher> {
  const cipher = await dataKeys.existing(accountScope(personId))
  if (!cipher) throw missingKey()
  return cipher
}

/** The names of an account. @throws CodedError `at-rest-damaged` */
export async function namesOf(
  services: Pick<AccountServices, 'dataKeys'>,
  { id, account }: AccountRow,
): Promise<AccountNames> {
  return openNames(await cipherOf(services, id), id, account)
}

/** Tells a person something at the address that is known to be theirs, if there is one. */
export async function notify(
  { outbox }: Pick<AccountServices, 'outbox'>,
  db: Db,
  { id, emailVerified }: AccountRow,
  { email, language }: AccountNames,
  content: MailContent,
): Promise<void> {
  if (email !== null && emailVerified) await outbox.add(db, { personId: id, to: email, language, content })
}
