// Signing up: account, consents and what they open, in one transaction.
import {
  CodedError,
  type OpenableDocument,
  type PrivacyFlags,
  type RegisterRequest,
  type SessionResponse,
} from '@workforce-democracy/shared'
import { uuidv7 } from 'uuidv7'
import { insertAccount, type NewAccount } from '../db/accounts.ts'
import { insertConsent } from '../db/consents.ts'
import { type Db, inTransaction, type Pool } from '../db/database.ts'
import { accountScope } from '../encryption/account-scope.ts'
import type { DataKeys } from '../encryption/data-keys.ts'
import type { Lookup } from '../encryption/lookup.ts'
import { sealNames } from './account-names.ts'
import { hashLoginName, newLoginName } from './login-name.ts'
import type { Passwords } from './passwords.ts'
import { preloginSeed } from './prelogin.ts'
import type { Sessions } from './sessions.ts'

/** Which documents a flag opens when it is given. */
const OPENED_BY = {
  personalizedRecommendations: ['profile', 'bookmarks', 'progress'],
  civicEngagementTracking: ['votes'],
  learningAnalytics: [],
  communitySharing: [],
} as const satisfies Record<keyof PrivacyFlags, readonly OpenableDocument[]>

/** Opens documents that are still local, in a transaction of the caller's. */
export type OpenDocuments = (
  db: Db,
  personId: string,
  documents: readonly OpenableDocument[],
) => Promise<void>

/** What signing up needs. */
interface RegistrationServices {
  readonly pool: Pool
  readonly dataKeys: DataKeys
  readonly lookup: Lookup
  readonly preloginKey: Uint8Array
  readonly passwords: Passwords
  readonly sessions: Sessions
  readonly openDocuments: OpenDocuments
  readonly nowMs: () => number
}

/** Makes what signs people up. It throws CodedError `login-taken`, `invalid-input`, `overloaded`. */
export function createRegistration(
  services: RegistrationServices,
): (request: RegisterRequest) => Promise<SessionResponse> {
  const { pool, dataKeys, sessions, openDocuments, nowMs } = services
  return async request => {
    const account = await newAccount(services, request)
    const inserted = await inTransaction(pool, async db => {
      if (!(await insertAccount(db, account))) return undefined
      if (request.privacy) {
        await insertConsent(db, account.id, {
          id: uuidv7(),
          recordedAt: new Date(nowMs()),
          flags: request.privacy,
        })
        await openDocuments(db, account.id, openedBy(request.privacy))
      }
      return sessions.start(db, account.id)
    })
    if (!inserted) {
      await dataKeys.destroy([accountScope(account.id)])
      throw new CodedError('login-taken')
    }
    return { user: { id: account.id, ...namesOf(request) }, ...inserted }
  }
}

async function newAccount(services: RegistrationServices, request: RegisterRequest): Promise<NewAccount> {
  const { dataKeys, lookup, preloginKey, passwords, nowMs } = services
  const email = request.email === undefined ? undefined : newLoginName('email', request.email)
  const username = request.username === undefined ? undefined : newLoginName('username', request.username)
  // The seed belongs to the password, so there is one: with two names, the address keeps its own.
  const seedName = email ?? username
  if (!seedName) throw new CodedError('invalid-input', 'An email address or a username is needed.')

  const id = uuidv7()
  const passwordHash = await passwords.hash(request.password)
  return {
    id,
    emailHash: email && hashLoginName(lookup, email),
    usernameHash: username && hashLoginName(lookup, username),
    account: sealNames(await dataKeys.cipherFor(accountScope(id)), id, namesOf(request)),
    passwordHash,
    preloginSeed: preloginSeed(preloginKey, seedName),
    createdAt: new Date(nowMs()),
    lastLogin: isoDate(nowMs()),
  }
}

const namesOf = ({ email, username }: RegisterRequest) => ({
  email: email ?? null,
  username: username ?? null,
})

function openedBy(flags: PrivacyFlags): OpenableDocument[] {
  return (Object.keys(OPENED_BY) as (keyof PrivacyFlags)[]).flatMap(flag =>
    flags[flag] ? OPENED_BY[flag] : [],
  )
}

/** The UTC day of a time, as ISO 8601. */
export function isoDate(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10)
}
