// Accounts, sessions and tokens, on a real Postgres.
import { randomBytes } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { errorCode } from '@workforce-democracy/shared'
import { decodeJwt, importJWK, SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPasswords } from '../../server/src/accounts/passwords.ts'
import { createTokens } from '../../server/src/accounts/tokens.ts'
import type { Pool } from '../../server/src/db/database.ts'
import { createTestAccounts, newJwtKey, type TestAccounts } from '../support/accounts.ts'

const PASSWORD = 'correct horse battery'
const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

let t: TestAccounts
let people = 0

beforeAll(async () => {
  t = await createTestAccounts()
})
afterAll(() => t[Symbol.asyncDispose]())

const newEmail = () => `tilda.quill-${++people}@example.org`
const register = (email = newEmail()) => t.accounts.register({ email, password: PASSWORD })
const codeOf = (work: Promise<unknown>) => work.then(() => 'ok', errorCode)

describe('prelogin', () => {
  test('has one form for every name', async () => {
    const email = newEmail()
    await register(email)
    for (const login of [email, 'nobody@example.org', 'nobody']) {
      const { seed, ...cost } = await t.accounts.prelogin(login)
      expect(Buffer.from(seed, 'base64url')).toHaveLength(16)
      expect(cost).toEqual({ memoryKiB: 65_536, iterations: 3, parallelism: 1 })
    }
  })

  test('[A1] answers the same before and after a name gets its account', async () => {
    const [email, username] = [newEmail(), `quill-${++people}`]
    const before = await Promise.all([t.accounts.prelogin(email), t.accounts.prelogin(username)])
    await t.accounts.register({ email, password: PASSWORD })
    await t.accounts.register({ username, password: PASSWORD })
    expect(await Promise.all([t.accounts.prelogin(email), t.accounts.prelogin(username)])).toEqual(before)
    expect(before[0]).not.toEqual(before[1])
  })

  test('[A1] answers both names of one account with the seed of its password', async () => {
    const [email, username] = [newEmail(), `quill-${++people}`]
    await t.accounts.register({ email, username, password: PASSWORD })
    expect(await t.accounts.prelogin(username)).toEqual(await t.accounts.prelogin(email))
  })

  test('does not mind how a name is written', async () => {
    const seeds = await Promise.all(
      ['zed@example.org', ' ZED@Example.org ', 'ｚｅｄ＠example.org'].map(login =>
        t.accounts.prelogin(login),
      ),
    )
    expect(new Set(seeds.map(each => each.seed)).size).toBe(1)
  })
})

describe('registering', () => {
  test('signs in', async () => {
    const email = newEmail()
    const session = await register(email)
    expect(session.user).toMatchObject({ email, username: null })
    expect(await t.accounts.authenticate(session.accessToken)).toMatchObject({ personId: session.user.id })
  })

  test('refuses a name that is taken, however it is written', async () => {
    const [email, username] = [newEmail(), `Quill-${++people}`]
    await t.accounts.register({ email, username, password: PASSWORD })
    expect(await codeOf(t.accounts.register({ email: email.toUpperCase(), password: PASSWORD }))).toBe(
      'login-taken',
    )
    const again = { email: newEmail(), username: username.toLowerCase(), password: PASSWORD }
    expect(await codeOf(t.accounts.register(again))).toBe('login-taken')
  })

  test('of one name twice at once makes one account, and leaves no key of the other', async () => {
    const before = await accountKeys()
    const email = newEmail()
    const outcomes = await Promise.all([1, 2, 3].map(() => codeOf(register(email))))
    expect(outcomes.sort()).toEqual(['login-taken', 'login-taken', 'ok'])
    expect(await accountKeys()).toBe(before + 1)
  })

  test('refuses a username that would be an address once its letters are made plain', async () => {
    expect(await codeOf(t.accounts.register({ username: 'tilda＠example.org', password: PASSWORD }))).toBe(
      'invalid-input',
    )
  })

  test('opens nothing without a flag', async () => {
    const plain = await register()
    const refusing = await t.accounts.register({
      email: newEmail(),
      password: PASSWORD,
      privacy: { personalizedRecommendations: false, learningAnalytics: true, communitySharing: true },
    })
    expect(await openOf(plain.user.id)).toEqual([])
    expect(await openOf(refusing.user.id)).toEqual([])
  })

  test.each([
    [{ personalizedRecommendations: true }, ['bookmarks', 'profile', 'progress']],
    [{ civicEngagementTracking: true }, ['votes']],
    [
      { personalizedRecommendations: true, civicEngagementTracking: true },
      ['bookmarks', 'profile', 'progress', 'votes'],
    ],
  ])('with %j opens %j and records it', async (privacy, opened) => {
    const { user } = await t.accounts.register({ email: newEmail(), password: PASSWORD, privacy })
    expect(await openOf(user.id)).toEqual(opened)
    expect((await t.accounts.describe(user.id)).consents).toMatchObject([{ flags: privacy }])
  })

  test('leaves nothing when a document cannot be opened', async () => {
    await using failing = await createTestAccounts({ openDocuments: () => Promise.reject(new Error('no')) })
    const request = { email: newEmail(), password: PASSWORD, privacy: { civicEngagementTracking: true } }
    expect(await codeOf(failing.accounts.register(request))).toBe('internal')
    for (const table of ['users', 'consents', 'sessions']) expect(await count(failing.pool, table)).toBe(0)
  })
})

describe('signing in', () => {
  test('takes either name, however it is written', async () => {
    const [email, username] = [newEmail(), `Quill-${++people}`]
    const { user } = await t.accounts.register({ email, username, password: PASSWORD })
    for (const login of [email, email.toUpperCase(), username, ` ${username.toLowerCase()}`]) {
      expect((await t.accounts.login({ login, password: PASSWORD })).user).toEqual(user)
    }
    expect((await t.accounts.login({ email, password: PASSWORD })).user).toEqual(user)
  })

  test('refuses a wrong password and an unknown name alike, and after about the same time', async () => {
    const email = newEmail()
    await register(email)
    const timeOf = async (login: string) => {
      const startedAt = performance.now()
      expect(await codeOf(t.accounts.login({ login, password: 'wrong password' }))).toBe('wrong-credentials')
      return performance.now() - startedAt
    }
    // The shortest of many, taken by turns: what else this machine does only ever adds.
    const [known, unknown]: number[][] = [[], []]
    for (let n = 0; n < 12; n++) {
      known!.push(await timeOf(email))
      unknown!.push(await timeOf('nobody@example.org'))
    }
    const ratio = Math.min(...unknown!) / Math.min(...known!)
    expect(ratio).toBeGreaterThan(0.5)
    expect(ratio).toBeLessThan(2)
  })

  test('is forbidden while an account is suspended, and only then says so', async () => {
    const email = newEmail()
    const { user } = await register(email)
    await t.pool.query(`update users set account_status = 'suspended' where id = $1`, [user.id])
    expect(await codeOf(t.accounts.login({ email, password: PASSWORD }))).toBe('forbidden')
    expect(await codeOf(t.accounts.login({ email, password: 'wrong password' }))).toBe('wrong-credentials')
  })

  test('notes the day and not the time', async () => {
    const email = newEmail()
    const { user } = await register(email)
    t.clock.nowMs += DAY_MS
    await t.accounts.login({ email, password: PASSWORD })
    const day = new Date(t.clock.nowMs).toISOString().slice(0, 10)
    expect((await t.accounts.describe(user.id)).lastLogin).toBe(day)
  })

  test('by many at once leaves the event loop free', async () => {
    const email = newEmail()
    await register(email)
    const before = performance.eventLoopUtilization()
    const logins = await Promise.all(
      Array.from({ length: 40 }, () => t.accounts.login({ email, password: PASSWORD })),
    )
    const { utilization } = performance.eventLoopUtilization(before)
    expect(new Set(logins.map(each => each.refreshToken)).size).toBe(40)
    expect(utilization).toBeLessThan(0.6)
  })
})

describe('a refresh token', () => {
  test('is exchanged for its successor', async () => {
    const { refreshToken, user } = await register()
    const next = await t.accounts.refresh(refreshToken)
    expect(next.user).toEqual(user)
    expect(next.refreshToken).not.toBe(refreshToken)
    expect(await t.accounts.authenticate(next.accessToken)).toMatchObject({ personId: user.id })
  })

  test('[A7] stays good until its successor is first presented: an answer that got lost signs nobody out', async () => {
    const { refreshToken } = await register()
    await t.accounts.refresh(refreshToken)
    const second = await t.accounts.refresh(refreshToken)
    const third = await t.accounts.refresh(second.refreshToken)
    expect(await codeOf(t.accounts.refresh(third.refreshToken))).toBe('ok')
  })

  test('[A7] presented again after that ends the session', async () => {
    const first = await register()
    const second = await t.accounts.refresh(first.refreshToken)
    const third = await t.accounts.refresh(second.refreshToken)
    expect(await codeOf(t.accounts.refresh(first.refreshToken))).toBe('unauthorized')
    expect(await codeOf(t.accounts.refresh(third.refreshToken))).toBe('unauthorized')
    expect(await t.accounts.authenticate(third.accessToken)).toBeUndefined()
  })

  test('whose successor was replaced is noticed when a copy of it is presented', async () => {
    const { refreshToken } = await register()
    const thief = await t.accounts.refresh(refreshToken)
    const owner = await t.accounts.refresh(refreshToken)
    expect(await codeOf(t.accounts.refresh(thief.refreshToken))).toBe('unauthorized')
    expect(await codeOf(t.accounts.refresh(owner.refreshToken))).toBe('unauthorized')
  })

  test('[A7] is good for sixty days after its last use', async () => {
    const { refreshToken } = await register()
    t.clock.nowMs += 59 * DAY_MS
    const next = await t.accounts.refresh(refreshToken)
    t.clock.nowMs += 59 * DAY_MS
    const last = await t.accounts.refresh(next.refreshToken)
    t.clock.nowMs += 61 * DAY_MS
    expect(await codeOf(t.accounts.refresh(last.refreshToken))).toBe('unauthorized')
  })

  test.each(['', 'x'.repeat(86), 'not a token at all', Buffer.alloc(64).toString('base64url')])(
    'made up as "%s" is refused',
    async token => {
      expect(await codeOf(t.accounts.refresh(token))).toBe('unauthorized')
    },
  )

  test('is stored as a hash, and never itself', async () => {
    const { refreshToken } = await register()
    const next = await t.accounts.refresh(refreshToken)
    const stored = await everything(t.pool)
    for (const token of [refreshToken, next.refreshToken]) {
      const secret = Buffer.from(token, 'base64url').subarray(32).toString('hex')
      expect(stored).not.toContain(token)
      expect(stored).not.toContain(secret)
    }
  })
})

describe('signing out', () => {
  test('ends the session at once, and only this one', async () => {
    const email = newEmail()
    const first = await register(email)
    const second = await t.accounts.login({ email, password: PASSWORD })
    await t.accounts.logout(first.refreshToken)
    expect(await t.accounts.authenticate(first.accessToken)).toBeUndefined()
    expect(await codeOf(t.accounts.refresh(first.refreshToken))).toBe('unauthorized')
    expect(await t.accounts.authenticate(second.accessToken)).toBeDefined()
  })

  test('with a token that is not of the session changes nothing', async () => {
    const session = await register()
    const forged = Buffer.from(session.refreshToken, 'base64url')
    randomBytes(32).copy(forged, 32)
    await t.accounts.logout(forged.toString('base64url'))
    await t.accounts.logout('nonsense')
    expect(await t.accounts.authenticate(session.accessToken)).toBeDefined()
  })

  test('leaves no trace of the session after the next sign-in', async () => {
    const email = newEmail()
    const { refreshToken, user } = await register(email)
    await t.accounts.logout(refreshToken)
    await t.accounts.login({ email, password: PASSWORD })
    expect((await t.accounts.describe(user.id)).sessions).toHaveLength(1)
  })
})

describe('an access token', () => {
  const session = {
    personId: '0197f3c5-0000-7000-8000-000000000001',
    sessionId: '0197f3c5-0000-7000-8000-000000000002',
  }
  const nowMs = () => t.clock.nowMs
  const [a, b] = [newJwtKey('a'), newJwtKey('b')]
  const issuer = 'http://127.0.0.1'

  test('names its person, session and audience, and lasts ten minutes', async () => {
    const tokens = await createTokens({ jwtKeys: [a], issuer, nowMs })
    const { accessToken, expiresAt } = await tokens.issue(session)
    expect(decodeJwt(accessToken)).toMatchObject({
      iss: issuer,
      aud: 'workforce-democracy',
      sub: session.personId,
      sid: session.sessionId,
    })
    expect(await tokens.verify(accessToken)).toEqual({ ...session, expiresAt })
    t.clock.nowMs += 10 * MINUTE_MS - 1000
    expect(await tokens.verify(accessToken)).toBeDefined()
    t.clock.nowMs += 1000
    expect(await tokens.verify(accessToken)).toBeUndefined()
  })

  test('is verified by every key and signed by the first', async () => {
    const old = await createTokens({ jwtKeys: [a], issuer, nowMs })
    const rotated = await createTokens({ jwtKeys: [b, a], issuer, nowMs })
    expect(await rotated.verify((await old.issue(session)).accessToken)).toBeDefined()
    expect(await old.verify((await rotated.issue(session)).accessToken)).toBeUndefined()
  })

  test('of another issuer, audience, type, key or of no algorithm is refused', async () => {
    const tokens = await createTokens({ jwtKeys: [a], issuer, nowMs })
    const key = await importJWK(a, 'EdDSA')
    const claims = { sid: session.sessionId, sub: session.personId, iss: issuer, aud: 'workforce-democracy' }
    const sign = (change: object, header = {}) =>
      new SignJWT({ ...claims, exp: t.clock.nowMs / 1000 + 60, ...change })
        .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: 'a', ...header })
        .sign(key)
    expect(await tokens.verify(await sign({}))).toBeDefined()
    for (const change of [{ iss: 'http://else' }, { aud: 'else' }, { exp: undefined }, { sid: undefined }]) {
      expect(await tokens.verify(await sign(change))).toBeUndefined()
    }
    for (const header of [{ typ: 'JWT' }, { kid: 'b' }]) {
      expect(await tokens.verify(await sign({}, header))).toBeUndefined()
    }
    expect(await tokens.verify(new UnsecuredJWT(claims).setExpirationTime('1h').encode())).toBeUndefined()
    for (const nonsense of ['', 'a.b.c', 'nonsense']) expect(await tokens.verify(nonsense)).toBeUndefined()
  })

  test('is verified by public keys that hold nothing secret', async () => {
    const { publicKeys } = await createTokens({ jwtKeys: [a, b], issuer, nowMs })
    expect(publicKeys.keys.map(key => key.kid)).toEqual(['a', 'b'])
    for (const key of publicKeys.keys)
      expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x'])
  })
})

describe('passwords', () => {
  test('hash to Argon2id that only the same secret verifies', async () => {
    const passwords = createPasswords({ secret: randomBytes(32) })
    const hash = await passwords.hash(PASSWORD)
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect(await passwords.verify(hash, PASSWORD)).toBe(true)
    expect(await passwords.verify(hash, 'wrong password')).toBe(false)
    expect(await passwords.verify(undefined, PASSWORD)).toBe(false)
    expect(await createPasswords({ secret: randomBytes(32) }).verify(hash, PASSWORD)).toBe(false)
  })

  test('wait in a line of bounded length', async () => {
    const passwords = createPasswords({ secret: randomBytes(32), concurrency: 1, maxWaiting: 2 })
    const outcomes = await Promise.all([1, 2, 3, 4, 5].map(() => codeOf(passwords.hash(PASSWORD))))
    expect(outcomes).toEqual(['ok', 'ok', 'ok', 'overloaded', 'overloaded'])
    expect(await codeOf(passwords.hash(PASSWORD))).toBe('ok')
  })
})

describe('at rest', () => {
  test('no column of any table holds a login name or an address in clear', async () => {
    const [email, username] = ['Ottoline.Brack@example.org', 'ottoline-brack']
    const { user } = await t.accounts.register({ email, username, password: PASSWORD, privacy: {} })
    await t.accounts.login({ login: username, password: PASSWORD })
    const stored = `${await everything(t.pool)}${await everything(t.keysPool)}`.toLowerCase()
    expect(stored).toContain(user.id)
    for (const name of [email, email.toLowerCase(), username, 'ottoline', PASSWORD]) {
      expect(stored).not.toContain(name.toLowerCase())
      expect(stored).not.toContain(Buffer.from(name).toString('hex'))
    }
  })

  test('names that were moved to another account do not open there', async () => {
    const email = newEmail()
    const [mine, other] = [await register(email), await register()]
    await t.pool.query(`update users set account = (select account from users where id = $1) where id = $2`, [
      other.user.id,
      mine.user.id,
    ])
    expect(await codeOf(t.accounts.login({ email, password: PASSWORD }))).toBe('at-rest-damaged')
  })
})

async function accountKeys(): Promise<number> {
  return count(t.keysPool, `data_keys where document = 'account'`)
}

async function count(pool: Pool, from: string): Promise<number> {
  const { rows } = await pool.query(`select count(*)::int as count from ${from}`)
  return rows[0].count
}

async function openOf(personId: string): Promise<string[]> {
  const { rows } = await t.pool.query(
    `select document from documents where person_id = $1 and mode = 'open' order by document`,
    [personId],
  )
  return rows.map(row => row.document)
}

/** Every row of every table as text; bytes are in hexadecimal. */
async function everything(pool: Pool): Promise<string> {
  const { rows: tables } = await pool.query(`select relid::regclass::text as name from pg_stat_user_tables`)
  const texts = await Promise.all(
    tables.map(({ name }) => pool.query(`select t::text as text from ${name} t`)),
  )
  return texts.flatMap(({ rows }) => rows.map(row => row.text)).join('\n')
}
