// Accounts: signing up, signing in, and what the server knows about a person.
import {
  CodedError,
  type DeviceDescription,
  type KeysRequest,
  type KeysResponse,
  type LoginRequest,
  type PreloginResponse,
  type RegisterRequest,
  type SessionResponse,
  type Uses,
} from '@workforce-democracy/shared'
import type { JSONWebKeySet } from 'jose'
import { findAccount, lockAccount, updateLastLogin } from '../db/accounts.ts'
import { isAdmin } from '../db/admins.ts'
import { asPerson } from '../db/as-person.ts'
import { type ConsentRow, listConsents } from '../db/consents.ts'
import { inTransaction, type Pool } from '../db/database.ts'
import { listSessions, type SessionRow } from '../db/sessions.ts'
import type { DataKeys } from '../encryption/data-keys.ts'
import type { Lookup } from '../encryption/lookup.ts'
import type { Outbox } from '../mail/outbox.ts'
import { createAccountKeys, toSignInKeys } from './account-keys.ts'
import { type AccountNames, toUser } from './account-names.ts'
import { type AccountServices, cipherOf, findByName, lockProven, namesOf } from './account-services.ts'
import { type Addresses, createAddresses } from './addresses.ts'
import type { Attempts, Caller } from './attempts.ts'
import { createDevices, type Devices } from './devices.ts'
import type { EraseRows } from './erasure.ts'
import { isoDate } from './iso-date.ts'
import { parseLoginName } from './login-name.ts'
import { createMailTokens } from './mail-tokens.ts'
import { createPasswordChanges, type PasswordChanges } from './password-changes.ts'
import { createPasswordResets, type ResetPassword } from './password-resets.ts'
import { createPasswords } from './passwords.ts'
import { preloginSeed, toPreloginResponse } from './prelogin.ts'
import { createProofs, type Proofs } from './proofs.ts'
import { createRegistration, type OpenDocuments } from './registration.ts'
import { createSessions } from './sessions.ts'
import type { TokenHolder, Tokens } from './tokens.ts'
import { createUses, type UsesOfPersons } from './uses.ts'

/** Everything an account consists of, for its person. */
export interface AccountDescription extends AccountNames {
  readonly id: string
  readonly status: string
  readonly emailVerified: boolean
  readonly createdAt: Date
  /** ISO 8601 date. */
  readonly lastLogin: string
  /** Whether it has the role. */
  readonly admin: boolean
  readonly uses: Uses
  readonly consents: readonly ConsentRow[]
  readonly devices: readonly DeviceDescription[]
  readonly sessions: readonly SessionRow[]
}

/** The accounts of this server. Who tries too often is told `too-many`. */
export interface Accounts {
  /** Seed and parameters of the device's Argon2id: for every name the same form, and the same seed each time. */
  prelogin(login: string, caller?: Caller): Promise<PreloginResponse>
  /**
   * Makes an account, records its consents, opens the documents that they speak of, and signs in.
   *
   * @throws CodedError `login-taken`, `invalid-input`, `record-refused`, `overloaded`
   */
  register(request: RegisterRequest, caller?: Caller): Promise<SessionResponse>
  /** @throws CodedError `wrong-credentials` alike for an unknown name and a wrong password; `forbidden`, `overloaded` */
  login(request: LoginRequest, caller?: Caller): Promise<SessionResponse>
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
  readonly proofs: Proofs
  readonly passwords: PasswordChanges & { readonly reset: ResetPassword }
  readonly addresses: Addresses
  readonly devices: Devices
  readonly uses: UsesOfPersons
  /** @throws CodedError `not-found` for a plain account */
  keys(personId: string): Promise<KeysResponse>
  /** @throws CodedError `record-conflict`, `record-refused`, `invalid-input` */
  replaceKeys(personId: string, request: KeysRequest): Promise<void>
  /** @throws CodedError `not-found` */
  describe(personId: string): Promise<AccountDescription>
  /** What others verify access tokens with. */
  readonly publicKeys: JSONWebKeySet
}

/** What accounts are made of. */
export interface AccountsOptions {
  readonly pool: Pool
  readonly dataKeys: DataKeys
  readonly lookup: Lookup
  /** Of the server's keys: makes the seeds of names without account. */
  readonly preloginKey: Uint8Array
  /** Of the server's keys: goes into every password hash. */
  readonly passwordKey: Uint8Array
  readonly tokens: Tokens
  readonly attempts: Attempts
  readonly outbox: Outbox
  readonly logger: AccountServices['logger']
  readonly openDocuments: OpenDocuments
  readonly eraseRows: EraseRows
  readonly requireEmail: boolean
  readonly nowMs?: () => number
}

/** Makes the accounts kept behind `pool`. */
export function createAccounts(options: AccountsOptions): Accounts {
  const { pool, dataKeys, lookup, preloginKey, passwordKey, tokens, attempts, outbox } = options
  const { logger, openDocuments, eraseRows, requireEmail, nowMs = Date.now } = options
  const passwords = createPasswords({ secret: passwordKey })
  const sessions = createSessions({ tokens, lookup, nowMs })
  const accountKeys = createAccountKeys({ lookup })
  const mailTokens = createMailTokens({ lookup, nowMs })
  const devices = createDevices({
    ...{ pool, accountKeys, nowMs },
    cipherOf: personId => cipherOf({ dataKeys }, personId),
  })
  const services: AccountServices = {
    ...{
      pool,
      dataKeys,
      lookup,
      passwords,
      sessions,
      devices,
      accountKeys,
      mailTokens,
      attempts,
      outbox,
      logger,
      nowMs,
    },
  }
  const uses = createUses({ pool, nowMs })
  const proofs = createProofs(services)

  const login: Accounts['login'] = async ({ login, email, password, device }, caller) => {
    const row = await proofs.passwordOf(login ?? email ?? '', password, caller)
    const owner = { personId: row.id, cipher: await cipherOf(services, row.id) }
    const names = await namesOf(services, row)
    const { session, keys } = await inTransaction(pool, async db => {
      const { status } = await lockProven(db, row)
      if (status !== 'active') throw new CodedError('forbidden', 'This account is suspended.')
      await updateLastLogin(db, row.id, isoDate(nowMs()))
      const deviceId = await devices.arrive(db, owner, device)
      return {
        session: await sessions.start(db, { personId: row.id, deviceId }),
        keys: await accountKeys.find(db, owner),
      }
    })
    return { user: toUser(row.id, names), ...session, ...(keys && { keys: toSignInKeys(keys) }) }
  }

  return {
    publicKeys: tokens.publicKeys,
    proofs,
    passwords: {
      ...createPasswordChanges({ ...services, proofs }),
      reset: createPasswordResets({ ...services, proofs, eraseRows }),
    },
    addresses: createAddresses({ ...services, proofs }),
    devices,
    uses,
    async prelogin(login, caller) {
      const name = parseLoginName(login)
      const seedWithoutAccount = preloginSeed(preloginKey, name)
      await attempts.count('prelogin', { caller })
      const row = await findByName(services, name)
      return toPreloginResponse(row?.preloginSeed ?? seedWithoutAccount)
    },
    register: createRegistration({ ...services, preloginKey, openDocuments, requireEmail }),
    login: (request, caller) => passwords.inTurn(() => login(request, caller)),
    async refresh(refreshToken) {
      const { personId, ...session } = await sessions.refresh(pool, refreshToken)
      const row = await findAccount(pool, personId)
      if (!row) throw new CodedError('unauthorized')
      return { user: toUser(personId, await namesOf(services, row)), ...session }
    },
    logout: refreshToken => sessions.end(pool, refreshToken),
    authenticate: accessToken => sessions.authenticate(pool, accessToken),
    async keys(personId) {
      const cipher = await cipherOf(services, personId)
      const keys = await asPerson(pool, personId, db => accountKeys.find(db, { personId, cipher }))
      if (!keys) throw new CodedError('not-found', 'This account has no keys.')
      return keys
    },
    async replaceKeys(personId, request) {
      const owner = { personId, cipher: await cipherOf(services, personId) }
      await asPerson(pool, personId, async db => {
        await lockAccount(db, personId)
        await accountKeys.replace(db, owner, request)
      })
    },
    async describe(personId) {
      const { row, ...rows } = await asPerson(pool, personId, async db => ({
        row: await findAccount(db, personId),
        admin: await isAdmin(db, personId),
        consents: await listConsents(db, personId),
        sessions: await listSessions(db, personId),
      }))
      if (!row) throw new CodedError('not-found')
      const { id, status, emailVerified, createdAt, lastLogin } = row
      return {
        id,
        ...(await namesOf(services, row)),
        status,
        emailVerified,
        createdAt,
        lastLogin,
        ...rows,
        uses: await uses.find(personId),
        devices: await devices.list(personId),
      }
    },
  }
}
