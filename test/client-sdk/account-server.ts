// A made-up server of accounts and keys, as a `fetch`: it keeps the contract of /api/auth and /api/user, and can be made
// to lie, to lose answers and to be away. What it was sent is on record.
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import {
  CodedError,
  changePasswordRequestSchema,
  decodeRecordBody,
  ERROR_KINDS,
  type ErrorCode,
  errorCode,
  keysRequestSchema,
  loginRequestSchema,
  type NewAccountKeys,
  registerRequestSchema,
  resetPasswordRequestSchema,
  type SignedRecord,
} from '@workforce-democracy/shared'

interface StoredKeys {
  record: SignedRecord
  bundle: string | null
  recoveryBundle: string
  recoverySecret: string
}

interface Session {
  access: string
  refresh: string
  deviceId: string | undefined
}

interface StoredAccount {
  id: string
  email: string | null
  username: string | null
  password: string
  seed: string
  verified: boolean
  keys: StoredKeys | undefined
  rotationNeeded: boolean
  sessions: Session[]
  names: Map<string, string>
}

type Body = Readonly<Record<string, string>>
type Answer = { status: number; body?: unknown }

const COST = { memoryKiB: 65_536, iterations: 3, parallelism: 1 }
const seedOf = (text: string) =>
  createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url')
const token = () => randomBytes(24).toString('base64url')
const numberOf = (record: SignedRecord) => decodeRecordBody(record.body)!.number

export class AccountServer {
  readonly url = 'http://accounts.example'
  readonly requests: { method: string; path: string; body: string }[] = []
  readonly accounts: StoredAccount[] = []
  readonly mailTokens = new Map<string, StoredAccount>()
  readonly deleted = new Set<string>()
  isOnline = true
  /** The answer to the next request to this path is lost, after it was carried out. */
  loseAnswerTo: string | undefined
  /** Runs before the next request to this path is carried out. */
  before: { path: string; run: () => Promise<void> } | undefined
  /** Changes answers before they are sent. */
  lie: (path: string, body: unknown) => unknown = (_, body) => body

  readonly fetch: typeof globalThis.fetch = async (input, init = {}) => {
    const path = new URL(String(input)).pathname
    const method = init.method ?? 'GET'
    const text = String(init.body ?? '')
    this.requests.push({ method, path, body: text })
    if (!this.isOnline) throw new TypeError('fetch failed')
    if (this.before?.path === path) {
      const { run } = this.before
      this.before = undefined
      await run()
    }
    const answer = this.#answer(method, path, text ? JSON.parse(text) : {}, new Headers(init.headers))
    if (this.loseAnswerTo === path) {
      this.loseAnswerTo = undefined
      throw new TypeError('the answer was lost')
    }
    const body = answer.body === undefined ? undefined : this.lie(path, structuredClone(answer.body))
    return body === undefined
      ? new Response(null, { status: answer.status })
      : Response.json(body, { status: answer.status })
  }

  account(name: string): StoredAccount {
    const account = this.accounts.find(each => each.username === name || each.email === name)
    if (!account) throw new CodedError('wrong-credentials')
    return account
  }

  /** An account without keys, its password as a person typed it. */
  addPlain(username: string, password: string): StoredAccount {
    const account: StoredAccount = {
      id: randomUUID(),
      email: null,
      username,
      password,
      seed: seedOf(username),
      verified: false,
      keys: undefined,
      rotationNeeded: false,
      sessions: [],
      names: new Map(),
    }
    this.accounts.push(account)
    return account
  }

  mailTokenFor(name: string): string {
    const made = token()
    this.mailTokens.set(made, this.account(name))
    return made
  }

  #answer(method: string, path: string, body: Body, headers: Headers): Answer {
    try {
      return this.#route(method, path, body, headers)
    } catch (error) {
      const code: ErrorCode = errorCode(error)
      if (code === 'internal') throw error
      const { title, status } = ERROR_KINDS[code]
      return { status, body: { type: 'about:blank', title, status, code } }
    }
  }

  #route(method: string, path: string, body: Body, headers: Headers): Answer {
    switch (`${method} ${path}`) {
      case 'POST /api/auth/prelogin': {
        const known = this.accounts.find(each => each.username === body.login || each.email === body.login)
        return { status: 200, body: { seed: known?.seed ?? seedOf(body.login ?? ''), ...COST } }
      }
      case 'POST /api/auth/register':
        return this.#register(body)
      case 'POST /api/auth/login': {
        const { login = '', password, device } = loginRequestSchema.parse(body)
        const account = this.account(login)
        if (account.password !== password) throw new CodedError('wrong-credentials')
        return { status: 200, body: this.#session(account, device, { keys: true }) }
      }
      case 'POST /api/auth/refresh-token':
        return this.#refresh(body)
      case 'POST /api/auth/logout':
        for (const each of this.accounts)
          each.sessions = each.sessions.filter(({ refresh }) => refresh !== body.refreshToken)
        return { status: 204 }
      case 'POST /api/auth/recovery': {
        const { keys } = this.account(body.login ?? '')
        if (keys?.recoverySecret !== body.recoverySecret) throw new CodedError('wrong-credentials')
        return { status: 200, body: { record: keys!.record, recoveryBundle: keys!.recoveryBundle } }
      }
      case 'POST /api/auth/reset-password':
        return this.#reset(body)
      case 'POST /api/auth/forgot-password':
        return { status: 202 }
    }
    const { account, session } = this.#authenticated(headers)
    switch (`${method} ${path}`) {
      case 'POST /api/auth/change-password':
        return this.#changePassword(account, session, body)
      case 'GET /api/user/keys':
        if (!account.keys) throw new CodedError('not-found')
        return {
          status: 200,
          body: { ...this.#signInKeys(account), recoveryBundle: account.keys.recoveryBundle },
        }
      case 'PUT /api/user/keys':
        return this.#putKeys(account, body)
      case 'GET /api/user/devices':
        return {
          status: 200,
          body: {
            items: Array.from(account.names, ([id, name]) => ({
              id,
              name,
              addedOn: '2026-01-02',
              lastSeenOn: '2026-01-02',
              active: account.sessions.some(({ deviceId }) => deviceId === id),
              current: session.deviceId === id,
            })),
            nextCursor: null,
          },
        }
      case 'DELETE /api/user/account':
        if (account.password !== body.password) throw new CodedError('wrong-credentials')
        for (const { refresh } of account.sessions) this.deleted.add(refresh)
        this.accounts.splice(this.accounts.indexOf(account), 1)
        return { status: 204 }
    }
    const device = /^\/api\/user\/devices\/(.+)$/.exec(path)?.[1]
    if (!device || !account.names.has(device)) throw new CodedError('not-found')
    if (method === 'PUT') account.names.set(device, body.name ?? '')
    else {
      account.names.delete(device)
      account.sessions = account.sessions.filter(({ deviceId }) => deviceId !== device)
      account.rotationNeeded = account.keys !== undefined
    }
    return { status: 204 }
  }

  #authenticated(headers: Headers): { account: StoredAccount; session: Session } {
    const access = headers.get('authorization')?.replace('Bearer ', '')
    for (const account of this.accounts) {
      const session = account.sessions.find(each => each.access === access)
      if (session) return { account, session }
    }
    throw new CodedError('unauthorized')
  }

  #session(account: StoredAccount, device?: { id: string; name?: string }, { keys = false } = {}) {
    const session = { access: token(), refresh: token(), deviceId: device?.id }
    account.sessions.push(session)
    if (device) account.names.set(device.id, device.name ?? account.names.get(device.id) ?? '')
    const { id, email, username } = account
    return {
      user: { id, email, username },
      accessToken: session.access,
      accessTokenExpiresAt: new Date(Date.now() + 600_000).toISOString(),
      refreshToken: session.refresh,
      ...(keys && account.keys && { keys: this.#signInKeys(account) }),
    }
  }

  #signInKeys({ keys, rotationNeeded }: StoredAccount) {
    return { record: keys!.record, bundle: keys!.bundle, rotationNeeded }
  }

  #register(body: Body): Answer {
    const request = registerRequestSchema.parse(body)
    const taken = this.accounts.some(
      ({ email, username }) =>
        (request.email && email === request.email) || (request.username && username === request.username),
    )
    if (taken) throw new CodedError('login-taken')
    const account = this.addPlain(request.username ?? '', request.password)
    account.username = request.username ?? null
    account.email = request.email ?? null
    account.seed = seedOf(request.email ?? request.username ?? '')
    if (request.keys) account.keys = { ...request.keys }
    return { status: 201, body: this.#session(account, request.device) }
  }

  #refresh({ refreshToken }: { refreshToken?: string }): Answer {
    if (this.deleted.has(refreshToken ?? '')) throw new CodedError('account-deleted')
    const account = this.accounts.find(({ sessions }) =>
      sessions.some(({ refresh }) => refresh === refreshToken),
    )
    const session = account?.sessions.find(({ refresh }) => refresh === refreshToken)
    if (!account || !session) throw new CodedError('unauthorized')
    account.sessions = account.sessions.filter(each => each !== session)
    return {
      status: 200,
      body: this.#session(account, session.deviceId ? { id: session.deviceId } : undefined),
    }
  }

  #setKeys(account: StoredAccount, keys: NewAccountKeys, expectedNumber: number): void {
    if ((account.keys ? numberOf(account.keys.record) : 0) !== expectedNumber)
      throw new CodedError('record-conflict')
    if (numberOf(keys.record) !== expectedNumber + 1) throw new CodedError('invalid-input')
    const [before, next] = [account.keys, decodeRecordBody(keys.record.body)!]
    const body = before && decodeRecordBody(before.record.body)!
    // Another identity only where nobody has a bundle any more.
    if (body && body.identity !== next.identity && before.bundle !== null)
      throw new CodedError('record-refused')
    if (next.epoch !== body?.epoch) account.rotationNeeded = false
    account.keys = { ...keys }
  }

  #changePassword(account: StoredAccount, session: Session, body: Body): Answer {
    const request = changePasswordRequestSchema.parse(body)
    const isProven = request.recoverySecret
      ? request.recoverySecret === account.keys?.recoverySecret
      : request.password === account.password
    if (!isProven) throw new CodedError('wrong-credentials')
    if (request.keys) {
      const expected = 'expectedNumber' in request.keys ? request.keys.expectedNumber : 0
      this.#setKeys(account, request.keys, expected)
    }
    account.password = request.newPassword
    account.seed = request.newSeed ?? account.seed
    const named = new Set(decodeRecordBody(request.keys?.record.body ?? '')?.devices.map(({ id }) => id))
    account.sessions = account.sessions.filter(
      each => each !== session && each.deviceId !== undefined && named.has(each.deviceId),
    )
    return { status: 200, body: this.#session(account, request.device, { keys: true }) }
  }

  #putKeys(account: StoredAccount, body: Body): Answer {
    const { expectedNumber, record, bundle, recoveryBundle, recoverySecret } = keysRequestSchema.parse(body)
    const before = account.keys
    this.#setKeys(
      account,
      {
        record,
        bundle: bundle ?? (before?.bundle as string),
        recoveryBundle: recoveryBundle ?? before?.recoveryBundle ?? '',
        recoverySecret: recoverySecret ?? before?.recoverySecret ?? '',
      },
      expectedNumber,
    )
    return { status: 204 }
  }

  #reset(body: Body): Answer {
    const request = resetPasswordRequestSchema.parse(body)
    const account = 'token' in request ? this.mailTokens.get(request.token) : this.account(request.login)
    if (!account) throw new CodedError('invalid-token')
    if ('token' in request) {
      this.mailTokens.delete(request.token)
      if (account.keys) account.keys.bundle = null
    } else {
      if (request.recoverySecret !== account.keys?.recoverySecret) throw new CodedError('wrong-credentials')
      this.#setKeys(account, request.keys, request.keys.expectedNumber)
    }
    account.password = request.newPassword
    account.seed = request.newSeed ?? account.seed
    account.sessions = []
    return { status: 204 }
  }
}
