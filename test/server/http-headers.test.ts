// What every answer says beside its body: its name, what browsers may do with it, who may keep it; and how many there are.
import { gunzipSync } from 'node:zlib'
import type { SessionResponse } from '@workforce-democracy/shared'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../../server/src/app.ts'
import { createContext } from '../../server/src/context.ts'
import { createPool, type Pool } from '../../server/src/db/database.ts'
import { importStarter } from '../../server/src/import/starter.ts'
import { registerAdmin } from '../support/admins.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let pool: Pool
let person: SessionResponse
beforeAll(async () => {
  server = await startTestServer()
  pool = createPool(server.databases.databaseUrl)
  await importStarter(pool)
  person = await server.register({ civicEngagementTracking: true })
})
afterAll(async () => {
  await pool.end()
  await server[Symbol.asyncDispose]()
})

const get = (path: string, headers: Record<string, string> = {}) => fetch(server.url + path, { headers })
const asPerson = () => ({ authorization: `Bearer ${person.accessToken}` })

describe('a request', () => {
  test('[O5] has a name of its own, which a client does not choose', async () => {
    const answers = await Promise.all([get('/health'), get('/api/civic/bills'), get('/api/nowhere')])
    const named = await get('/health', { 'x-request-id': 'made-up' })
    const ids = [...answers, named].map(({ headers }) => headers.get('x-request-id'))
    expect(new Set(ids).size).toBe(4)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f-]{36}$/)
    expect(await answers[2]?.json()).toMatchObject({ code: 'not-found', requestId: ids[2] })
  })

  test('[O5] that fails is found in the log by its name', async () => {
    const { accessToken } = await registerAdmin(server)
    await pool.query('alter table admin_audit_log rename to away')
    try {
      const answer = await get('/api/admin/audit-log', { authorization: `Bearer ${accessToken}` })
      const problem = await answer.json()
      expect(problem).toMatchObject({ status: 500, code: 'internal' })
      expect(problem.requestId).toBe(answer.headers.get('x-request-id'))
      const lines = server.log.filter(line => line.includes(problem.requestId))
      expect(lines.map(line => JSON.parse(line))).toMatchObject([
        { level: 50, method: 'GET', route: '/api/admin/audit-log', sqlState: '42P01' },
      ])
    } finally {
      await pool.query('alter table away rename to admin_audit_log')
    }
  })
})

describe('browsers', () => {
  test.each(['/health', '/api/civic/bills', '/api/nowhere', '/api/user/devices'])(
    '[O6] are told to load, frame and submit nothing of %s',
    async path => {
      const { headers } = await get(path)
      const policy = headers.get('content-security-policy')
      for (const rule of [
        "default-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
      ])
        expect(policy).toContain(rule)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('x-frame-options')).toBe('DENY')
      expect(headers.get('set-cookie')).toBe(null)
    },
  )

  test.each([
    ['without TLS', {}, undefined, null],
    ['where anybody says that there is TLS', {}, 'https', null],
    ['behind a trusted proxy without TLS', { trustProxy: true }, 'http', null],
    ['behind a trusted proxy with TLS', { trustProxy: true }, 'https', 'max-age=15552000'],
    ['at a public address with TLS', { publicUrl: 'https://example.org' }, undefined, 'max-age=15552000'],
  ])('[O6] %s are told so', async (_where, settings, proto, expected) => {
    await using context = await createContext({ ...server.config, ...settings }, pino({ level: 'silent' }))
    const headers: Record<string, string> = proto ? { 'X-Forwarded-Proto': proto } : {}
    const answer = await createApp(context).request('/health', { headers })
    expect(answer.headers.get('strict-transport-security')).toBe(expected)
  })

  test('[O5] of other origins may read the name of a request, and the ETag', async () => {
    const corsOrigins = ['https://example.org']
    await using context = await createContext({ ...server.config, corsOrigins }, pino({ level: 'silent' }))
    const answer = await createApp(context).request('/api/civic/bills', {
      headers: { Origin: 'https://example.org' },
    })
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://example.org')
    expect(answer.headers.get('access-control-expose-headers')).toContain('X-Request-Id')
    const foreign = await createApp(context).request('/api/civic/bills', {
      headers: { Origin: 'https://a.example' },
    })
    expect(foreign.headers.get('access-control-allow-origin')).toBe(null)
  })
})

describe('what is public', () => {
  const PATH = '/api/resources?limit=20'

  test('[O7] may be kept for a minute, and is not sent again to who has it', async () => {
    const first = await get(PATH)
    expect(first.headers.get('cache-control')).toMatch(/^public, max-age=60\b/)
    // Weak where it was compressed.
    const etag = first.headers.get('etag')?.replace('W/', '') ?? ''
    for (const held of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await get(PATH, { 'if-none-match': held })
      expect([again.status, await again.text()]).toEqual([304, ''])
      expect(again.headers.get('cache-control')).toBe(first.headers.get('cache-control'))
    }
    const other = await get('/api/resources?limit=19', { 'if-none-match': etag })
    expect(other.status).toBe(200)
    expect(other.headers.get('etag')).not.toBe(etag)
  })

  test('[O7] is compressed for who takes that, and the same', async () => {
    const plain = await get(PATH, { 'accept-encoding': 'identity' })
    const context = await createContext(server.config, pino({ level: 'silent' }))
    const app = createApp(context)
    const packed = await app.request(PATH, { headers: { 'accept-encoding': 'gzip' } })
    expect(packed.headers.get('content-encoding')).toBe('gzip')
    expect(packed.headers.get('vary')).toContain('Accept-Encoding')
    const bytes = Buffer.from(await packed.arrayBuffer())
    const text = await plain.text()
    expect(bytes.length).toBeLessThan(text.length / 2)
    expect(gunzipSync(bytes).toString()).toBe(text)
    const small = await app.request('/api/resources?limit=1', { headers: { 'accept-encoding': 'gzip' } })
    expect([small.headers.get('content-encoding'), (await small.text()).length < 1024]).toEqual([null, true])
    const tagged = { 'accept-encoding': 'gzip', 'if-none-match': packed.headers.get('etag') ?? '' }
    expect((await app.request(PATH, { headers: tagged })).status).toBe(304)
    await context[Symbol.asyncDispose]()
  })
})

test.each([
  '/api/civic/votes',
  '/api/civic/alignment',
  '/api/user/devices',
  '/api/user/privacy',
  '/api/user/data-export',
])('[O7] nobody keeps what is a person’s: %s', async path => {
  const answer = await get(path, asPerson())
  expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'private, no-store'])
  expect(answer.headers.get('etag')).toBe(null)
})

test('[O7] nobody keeps what went wrong, nor tokens', async () => {
  for (const path of ['/api/nowhere', '/api/civic/bills?limit=none', '/api/civic/votes'])
    expect((await get(path)).headers.get('cache-control')).toBe('no-store')
  const body = JSON.stringify({ refreshToken: person.refreshToken })
  const headers = { 'content-type': 'application/json', 'accept-encoding': 'gzip' }
  const refreshed = await fetch(`${server.url}/api/auth/refresh-token`, { method: 'POST', headers, body })
  expect(refreshed.status).toBe(200)
  expect(refreshed.headers.get('cache-control')).toBe('no-store')
  expect(refreshed.headers.get('content-encoding')).toBe(null)
})

describe('too many requests in a minute', () => {
  test('[O8] of one address are refused with the seconds to wait, and those of another are not', async () => {
    const requestLimits = { perPerson: 1e6, perAddress: 5 }
    const { encryptionKeys, jwtKeys } = server.config
    await using limited = await startTestServer({}, server.databases, {
      ...{ encryptionKeys, jwtKeys, requestLimits, trustProxy: true },
    })
    const ask = (address: string, path = '/api/civic/bills') =>
      fetch(limited.url + path, { headers: { 'x-forwarded-for': address } })
    const statuses: number[] = []
    for (let n = 0; n < 6; n++) statuses.push((await ask('203.0.113.7')).status)
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429])
    const refused = await ask('203.0.113.7', '/api/nowhere')
    expect(await refused.json()).toMatchObject({ code: 'too-many' })
    const seconds = Number(refused.headers.get('retry-after'))
    expect(seconds > 0 && seconds <= 60).toBe(true)
    expect((await ask('203.0.113.8')).status).toBe(200)
    // Whoever looks after the server is not locked out.
    expect((await ask('203.0.113.7', '/health')).status).toBe(200)
  })

  test('[O8] of one person are refused wherever they come from, and those of another are not', async () => {
    const requestLimits = { perPerson: 3, perAddress: 1e6 }
    const { encryptionKeys, jwtKeys } = server.config
    await using limited = await startTestServer({}, server.databases, {
      encryptionKeys,
      jwtKeys,
      requestLimits,
    })
    const other = await limited.register()
    const statusFor = async ({ accessToken: token }: SessionResponse, path: string) =>
      (await limited.call('GET', path, { token })).status
    const paths = ['/api/civic/votes', '/api/user/devices', '/api/user/privacy', '/api/civic/votes']
    const statuses: number[] = []
    for (const path of paths) statuses.push(await statusFor(person, path))
    expect(statuses).toEqual([200, 200, 200, 429])
    expect(await statusFor(other, '/api/user/devices')).toBe(200)
  })
})
