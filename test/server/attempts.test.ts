// Attempts at credentials are counted by account and by address, and no answer tells whether there is an account.
import { randomBytes } from 'node:crypto'
import { createClient } from '@redis/client'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { networkAddress } from '../../server/src/network-address.ts'
import { noRedis, startRedis } from '../support/redis.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const PASSWORD = 'correct horse battery'
const LIMITS = { perAccount: 3, perAddress: 8 }

let server: TestServer
let addresses = 0
beforeAll(async () => {
  server = await startTestServer({}, undefined, { attemptLimits: LIMITS, trustProxy: true })
})
afterAll(() => server[Symbol.asyncDispose]())

const newAddress = () => `198.51.100.${++addresses}`
const newName = () => `quill-${randomBytes(6).toString('hex')}`

async function post(path: string, body: unknown, address = newAddress(), at = server) {
  const response = await fetch(`${at.url}/api/auth/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': `203.0.113.77, ${address}` },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    body: text ? JSON.parse(text) : undefined,
  }
}

async function account() {
  const username = newName()
  const email = `${username}@example.org`
  expect((await post('register', { email, username, password: PASSWORD })).status).toBe(201)
  return { username, email }
}

const login = (name: string, password: string, address?: string, at?: TestServer) =>
  post('login', { login: name, password }, address, at)
const wrong = (name: string, address?: string, at?: TestServer) => login(name, 'wrong password', address, at)

describe('wrong passwords', () => {
  test('[A13] are counted for the account under both of its names and from anywhere, and the right one waits too', async () => {
    const { username, email } = await account()
    for (const name of [username, email, username]) expect((await wrong(name)).status).toBe(401)
    const refused = await login(email, PASSWORD)
    expect(refused).toMatchObject({ status: 429, body: { code: 'too-many' } })
    expect(Number(refused.retryAfter)).toBeGreaterThan(0)
    expect(Number(refused.retryAfter)).toBeLessThanOrEqual(15 * 60)
    const other = await account()
    expect((await login(other.email, PASSWORD)).status).toBe(200)
  })

  test('[A13] are forgotten once the right one is given', async () => {
    const { email } = await account()
    for (let n = 0; n < 3; n++) {
      expect((await wrong(email)).status).toBe(401)
      expect((await wrong(email)).status).toBe(401)
      expect((await login(email, PASSWORD)).status).toBe(200)
    }
  })

  test('[A13] are counted for the address whatever the name, an IPv6 one by its /64', async () => {
    const { email } = await account()
    const network = '2001:db8:5:7'
    for (let n = 0; n < LIMITS.perAddress; n++)
      expect((await wrong(newName(), `${network}::${n}`)).status).toBe(401)
    expect((await login(email, PASSWORD, `${network}:a:b:c:d`)).status).toBe(429)
    expect((await login(email, PASSWORD, '2001:db8:5:8::1')).status).toBe(200)
  })

  test('[A13] are not counted where they are right: many people may share an address', async () => {
    const { email } = await account()
    const address = newAddress()
    for (let n = 0; n < LIMITS.perAddress + 2; n++)
      expect((await login(email, PASSWORD, address)).status).toBe(200)
  })

  test('[A13] are counted by all servers together', async () => {
    const { encryptionKeys, jwtKeys } = server.config
    await using second = await startTestServer({}, server.databases, {
      ...{ encryptionKeys, jwtKeys, attemptLimits: LIMITS, trustProxy: true },
    })
    const { email } = await account()
    expect((await wrong(email)).status).toBe(401)
    expect((await wrong(email, newAddress(), second)).status).toBe(401)
    expect((await wrong(email)).status).toBe(401)
    expect((await login(email, PASSWORD, newAddress(), second)).status).toBe(429)
  })

  test('[A13] are counted where passwords are asked for again, together with those at sign-in', async () => {
    const { email } = await account()
    const { accessToken: token } = (await login(email, PASSWORD)).body
    const tries = [
      ['POST', '/api/auth/change-password', { password: 'wrong password', newPassword: PASSWORD }],
      ['POST', '/api/auth/change-email', { password: 'wrong password', email: 'a@example.org' }],
      ['DELETE', '/api/user/account', { password: 'wrong password' }],
    ] as const
    for (const [method, path, body] of tries)
      expect(await server.call(method, path, { token, body })).toMatchObject({
        status: 401,
        body: { code: 'wrong-credentials' },
      })
    expect((await login(email, PASSWORD)).status).toBe(429)
  })
})

test('[A13] sign-ups, mails and tokens are counted for the address', async () => {
  const tries = [
    ['register', () => ({ username: newName(), password: PASSWORD }), 201],
    ['forgot-password', () => ({ login: newName() }), 202],
    ['verify-email', () => ({ token: 'A'.repeat(43) }), 400],
    ['reset-password', () => ({ token: 'A'.repeat(43), newPassword: PASSWORD }), 400],
  ] as const
  for (const [path, body, status] of tries) {
    const address = newAddress()
    for (let n = 0; n < LIMITS.perAddress; n++)
      expect((await post(path, body(), address)).status).toBe(status)
    expect(await post(path, body(), address)).toMatchObject({ status: 429, body: { code: 'too-many' } })
  }
})

describe('no answer tells whether there is an account', () => {
  test.each([
    ['a wrong password', 'login', { password: 'wrong password' }],
    ['a wrong recovery secret', 'recovery', { recoverySecret: 'A'.repeat(43) }],
    ['a forgotten password', 'forgot-password', {}],
  ])('[A11] to %s, up to and over the limit', async (_, path, body) => {
    const { email } = await account()
    const answersTo = async (name: string) => {
      const answers = []
      for (let n = 0; n <= LIMITS.perAccount; n++) {
        const { status, body: answered } = await post(path, { login: name, ...body })
        // Every request has another.
        answers.push({ status, answered: { ...answered, requestId: undefined } })
      }
      return answers
    }
    expect(await answersTo(email)).toEqual(await answersTo(`nobody-${email}`))
  })

  test('[A11] but that of signing up', async () => {
    const { username, email } = await account()
    for (const taken of [{ email }, { username, email: `other-${email}` }, { email: email.toUpperCase() }])
      expect(await post('register', { ...taken, password: PASSWORD })).toMatchObject({
        status: 409,
        body: { code: 'login-taken' },
      })
  })
})

describe('what is counted under', () => {
  test('[S2] is a keyed hash, in which nobody finds a name or an address', async () => {
    const { email, username } = await account()
    const address = newAddress()
    await wrong(email, address)
    await wrong(newName(), '2001:db8:77::1')
    const keys = await inDatabase(`select key from attempts`)
    expect(keys.length).toBeGreaterThan(0)
    for (const { key } of keys) {
      expect(key).toMatch(/^(prelogin|secret|register|mail|token)\/(account|address):[\w-]{43}$/)
      for (const clear of [email, username, address, '2001:db8']) expect(key).not.toContain(clear)
    }
  })

  test('[A13] may be away: then nobody is locked out, and each server counts by itself', async () => {
    const { email } = await account()
    await inDatabase('alter table attempts rename to attempts_away')
    try {
      expect((await login(email, PASSWORD)).status).toBe(200)
      for (let n = 0; n < LIMITS.perAccount; n++) expect((await wrong(email)).status).toBe(401)
      expect((await login(email, PASSWORD)).status).toBe(429)
    } finally {
      await inDatabase('alter table attempts_away rename to attempts')
    }
  })

  test.skipIf(noRedis)('[A13] is in Redis where there is one, and may be away there too', async () => {
    await using redis = await startRedis()
    const redisUrl = `redis://127.0.0.1:${redis.port}`
    await using other = await startTestServer({}, undefined, {
      ...{ redisUrl, attemptLimits: LIMITS, trustProxy: true },
    })
    const name = newName()
    const made = await post('register', { username: name, password: PASSWORD }, newAddress(), other)
    expect(made.status).toBe(201)
    for (let n = 0; n < LIMITS.perAccount; n++)
      expect((await wrong(name, newAddress(), other)).status).toBe(401)
    expect((await login(name, PASSWORD, newAddress(), other)).status).toBe(429)
    const client = await createClient({ url: redisUrl }).connect()
    expect((await client.keys('attempts/*')).length).toBeGreaterThan(0)
    client.destroy()

    await redis.kill()
    expect((await login(name, PASSWORD, newAddress(), other)).status).toBe(200)
    for (let n = 0; n < LIMITS.perAccount; n++)
      expect((await wrong(name, newAddress(), other)).status).toBe(401)
    expect((await login(name, PASSWORD, newAddress(), other)).status).toBe(429)
  })
})

async function inDatabase(statement: string) {
  const client = new pg.Client({ connectionString: server.databases.databaseUrl })
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}

describe('the address that a request counts under', () => {
  const address = (remoteAddress: string | undefined, forwarded?: string, trustProxy = false) =>
    networkAddress(
      {
        socket: { remoteAddress },
        headers: { ...(forwarded !== undefined && { 'x-forwarded-for': forwarded }) },
      },
      trustProxy,
    )

  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::', '2001:db8:1:2'],
    ['2001:DB8::1', '2001:db8:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['::1', '0:0:0:0'],
    ['64:ff9b::192.0.2.33', '64:ff9b:0:0'],
    [undefined, ''],
  ])('[A13] of %s is %s', (remote, expected) => {
    expect(address(remote)).toBe(expected)
  })

  test('[A13] is what the proxy itself saw, behind one, and never what anybody may send', () => {
    expect(address('10.0.0.1', '203.0.113.9', false)).toBe('10.0.0.1')
    expect(address('10.0.0.1', '198.51.100.1, 203.0.113.9', true)).toBe('203.0.113.9')
    expect(address('10.0.0.1', '203.0.113.9, unknown', true)).toBe('10.0.0.1')
    expect(address('10.0.0.1', undefined, true)).toBe('10.0.0.1')
    expect(address('10.0.0.1', '2001:db8:1:2:3:4:5:6', true)).toBe('2001:db8:1:2')
  })
})
