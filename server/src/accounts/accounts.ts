// Accounts: signing up, signing in, and what the server knows about a person.
import {
  CodedError,
  type LoginRequest,
  type PreloginResponse,
  type RegisterRequest,
  type SessionResponse,
} from '@workforce-democracy/shared'
import type { JSONWebKeySet } from 'jose'
import { type AccountRow, findAccount, findAccountByName, updateLastLogin } from '../db/accounts.ts'
import { type ConsentRow, listConsents } from '../db/consents.ts'
import { inTransaction, type Pool } from '../db/database.ts'
import { listSessions, type SessionRow } from '../db/sessions.ts'
import { accountScope } from '../encryption/account-scope.ts'
import type { DataKeys } from '../encryption/data-keys.ts'
import type { Lookup } from '../encryption/lookup.ts'
import { type AccountNames, openNames } from './account-names.ts'
import { hashLoginName, type LoginName, parseLoginName } from './login-name.ts'
import { createPasswords } from './passwords.ts'
import { preloginSeed, toPreloginResponse } from './prelogin.ts'
import { createRegistration, isoDate, type OpenDocuments } from './registration.ts'
import { createSessions } from './sessions.ts'
import type { TokenHolder, Tokens } from './tokens.ts'

/** Everything an account consists of, for its person. */
export interface AccountDescription extends AccountNames {
  readonly id: string
  readonly status: string
  readonly emailVerified: boolean
  readonly createdAt: Date
  /** ISO 8601 date. */
  readonly lastLogin: string
  readonly consents: readonly ConsentRow[]
  readonly sessions: readonly SessionRow[]
}

/** The accounts of this server. */
export interface Accounts {
  /** Seed and parameters of the device's Argon2id: for every name the same form, and the same seed each time. */
  prelogin(login: string): Promise<PreloginResponse>
  /**
   * Makes an account, records its consents, opens the documents that they speak of, and signs in.
   *
   * @throws CodedError `login-taken`, `invalid-input`, `overloaded`
   */
  register(request: RegisterRequest): Promise<SessionResponse>
  /** @throws CodedError `wrong-credentials` alike for an unknown name and a wrong password; `forbidden`, `overloaded` */
  login(request: LoginRequest): Promise<SessionResponse>
  /** Exchanges a refresh token for its successor. @throws CodedError `unauthorized`, `account-deleted` */
  refresh(refreshToken: string): Promise<SessionResponse>
  /** Ends the session of a refresh token; a bad one changes nothing, and nobody is told. */
  logout(refreshToken: string): Promise<void>
  /**
   * Whom an access token of a live session speaks for, `undefined` for a bad, expired or revoked one.
   *
   * @throws CodedError `account-deleted`
   */
  authenticate(accessToken: string): Promise<TokenHolder | undefined>
  /** @throws CodedError `wrong-credentials`, `account-deleted`, `overloaded` */
  checkPassword(personId: string, password: string): Promise<void>
  /** @throws CodedError `not-found` */
  describe(personId: string): Promise<AccountDescription>
  /** What others verify access tokens with. */
  readonly publicKeys: JSONWebKeySet
}

/** Makes the accounts kept behind `pool`. */
export function createAccounts(options: {
  pool: Pool
  dataKeys: DataKeys
  lookup: Lookup
  /** Of the server's keys: makes the seeds of names without account. */
  preloginKey: Uint8Array
  /** Of the server's keys: goes into every password hash. */
  passwordKey: Uint8Array
  tokens: Tokens
  openDocuments: OpenDocuments
  nowMs?: () => number
}): Accounts {
  const {
    pool,
    dataKeys,
    lookup,
    preloginKey,
    passwordKey,
    tokens,
    openDocuments,
    nowMs = Date.now,
  } = options
  const passwords = createPasswords({ secret: passwordKey })
  const sessions = createSessions({ tokens, lookup, nowMs })
  const register = createRegistration({
    pool,
    dataKeys,
    lookup,
    preloginKey,
    passwords,
    sessions,
    openDocuments,
    nowMs,
  })

  const find = (name: LoginName) => findAccountByName(pool, name.kind, hashLoginName(lookup, name))
  const namesOf = async ({ id, account }: AccountRow): Promise<AccountNames> =>
    openNames(await dataKeys.existing(accountScope(id)), id, account)

  return {
    publicKeys: tokens.publicKeys,
    async prelogin(login) {
      const name = parseLoginName(login)
      const seedWithoutAccount = preloginSeed(preloginKey, name)
      const row = await find(name)
      return toPreloginResponse(row?.preloginSeed ?? seedWithoutAccount)
    },
    register,
    async login({ login, email, password }) {
      const row = await find(parseLoginName(login ?? email ?? ''))
      const matches = await passwords.verify(row?.passwordHash, password)
      if (!row || !matches) throw new CodedError('wrong-credentials')
      if (row.status !== 'active') throw new CodedError('forbidden', 'This account is suspended.')
      const names = await namesOf(row)
      const session = await inTransaction(pool, async db => {
        await updateLastLogin(db, row.id, isoDate(nowMs()))
        return sessions.start(db, row.id)
      })
      return { user: { id: row.id, ...names }, ...session }
    },
    async refresh(refreshToken) {
      const { personId, ...session } = await sessions.refresh(pool, refreshToken)
      const row = await findAccount(pool, personId)
      if (!row) throw new CodedError('unauthorized')
      return { user: { id: personId, ...(await namesOf(row)) }, ...session }
    },
    logout: refreshToken => sessions.end(pool, refreshToken),
    authenticate: accessToken => sessions.authenticate(pool, accessToken),
    async checkPassword(personId, password) {
      const row = await findAccount(pool, personId)
      if (!row) throw new CodedError('account-deleted')
      if (!(await passwords.verify(row.passwordHash, password))) throw new CodedError('wrong-credentials')
    },
    async describe(personId) {
      const row = await findAccount(pool, personId)
      if (!row) throw new CodedError('not-found')
      const { id, status, emailVerified, createdAt, lastLogin } = row
      return {
        id,
        ...(await namesOf(row)),
        status,
        emailVerified,
        createdAt,
        lastLogin,
        consents: await listConsents(pool, personId),
        sessions: await listSessions(pool, personId),
      }
    },
  }
}
