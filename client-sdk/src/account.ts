// The account of a person: made and entered with a password that never leaves the device.
import {
  CodedError,
  type OpenableDocument,
  type PrivacyFlags,
  preloginResponseSchema,
  type SessionResponse,
  sessionResponseSchema,
} from '@workforce-democracy/shared'
import { type Http, readBody } from './http.ts'
import { loginSecret } from './keys/login-secret.ts'
import type { Sodium } from './keys/sodium.ts'
import { modeKey } from './modes.ts'
import type { Replica } from './replica.ts'
import type { Session, User } from './session.ts'

/** What {@link Account.register} takes: at least one of email address and username. */
export interface Registration {
  readonly email?: string
  readonly username?: string
  /** At least 8 characters. */
  readonly password: string
  /** Opens the categories that each flag speaks of, on the server and on this device. */
  readonly privacy?: PrivacyFlags
}

/** A person's account. */
export interface Account {
  /**
   * Makes an account and signs in.
   *
   * @throws CodedError `invalid-input`, `login-taken`, `offline`, `unsafe-derivation`, `forbidden` when this store
   * belongs to another account
   * @example
   * await client.account.register({ username: 'ada-example', password })
   */
  register(registration: Registration): Promise<User>
  /**
   * Signs in with email address or username.
   *
   * @throws CodedError `wrong-credentials`, `too-many`, `offline`, `unsafe-derivation`, `forbidden` when this store
   * belongs to another account
   */
  login(credentials: { readonly login: string; readonly password: string }): Promise<User>
  /** Signs out. What is saved on this device stays; without network the server learns of it when the token expires. */
  logout(): Promise<void>
  /** Who is signed in. */
  current(): User | undefined
  /** A token for requests of one's own: good for another minute at least. See {@link Session.accessToken}. */
  accessToken(): Promise<string>
  /** Calls `listener` when somebody signs in or out; returns how to stop that. */
  subscribe(listener: () => void): () => void
}

/** What {@link createAccount} takes. */
export interface AccountOptions {
  readonly replica: Replica
  readonly http: Http
  readonly session: Session
  readonly sodium: Sodium
}

const MIN_PASSWORD_LENGTH = 8
/** The account that this store was first used with. */
const OWNER = 'owner'

const DOCUMENTS_BY_FLAG: Readonly<Record<keyof PrivacyFlags, readonly OpenableDocument[]>> = {
  personalizedRecommendations: ['profile', 'bookmarks', 'progress'],
  civicEngagementTracking: ['votes'],
  learningAnalytics: [],
  communitySharing: [],
}

export function createAccount({ replica, http, session, sodium }: AccountOptions): Account {
  const post = (path: string, body: unknown) => http.send({ method: 'POST', path, body })
  const secretFor = async (login: string, password: string) => {
    const answer = await readBody(await post('/api/auth/prelogin', { login }), preloginResponseSchema)
    return loginSecret(sodium, password, answer)
  }
  const owner = () => replica.meta.get(OWNER) ?? undefined
  const enter = async (response: SessionResponse) => {
    if (owner() !== undefined && owner() !== response.user.id) {
      await post('/api/auth/logout', { refreshToken: response.refreshToken }).catch(() => undefined)
      throw storeTaken()
    }
    await replica.meta.set(OWNER, response.user.id)
    await session.start(response)
    return response.user
  }
  return {
    async register({ email, username, password, privacy }) {
      // Before anything is sent: an account that this store cannot use must not come to be.
      if (owner() !== undefined) throw storeTaken()
      const login = email ?? username
      if (!login) throw new CodedError('invalid-input', 'An email address or a username is needed.')
      if (password.length < MIN_PASSWORD_LENGTH)
        throw new CodedError('invalid-input', `A password has at least ${MIN_PASSWORD_LENGTH} characters.`)
      const secret = await secretFor(login, password)
      const body = { email, username, password: secret, privacy }
      const user = await enter(await readBody(await post('/api/auth/register', body), sessionResponseSchema))
      await openFlagged(replica, privacy ?? {})
      return user
    },
    async login({ login, password }) {
      const body = { login, password: await secretFor(login, password) }
      return enter(await readBody(await post('/api/auth/login', body), sessionResponseSchema))
    },
    async logout() {
      const refreshToken = await session.end()
      if (refreshToken) await post('/api/auth/logout', { refreshToken }).catch(() => undefined)
    },
    current: () => session.user,
    accessToken: () => session.accessToken(),
    subscribe: listener => session.onChange(listener),
  }
}

const storeTaken = () => new CodedError('forbidden', 'This store belongs to another account.')

async function openFlagged(replica: Replica, privacy: PrivacyFlags): Promise<void> {
  const flags = Object.keys(DOCUMENTS_BY_FLAG) as (keyof PrivacyFlags)[]
  const values = flags
    .filter(flag => privacy[flag])
    .flatMap(flag => DOCUMENTS_BY_FLAG[flag])
    .map(document => ({ key: modeKey(document), value: 'open' }))
  if (values.length > 0) await replica.write('settings', () => values)
}
