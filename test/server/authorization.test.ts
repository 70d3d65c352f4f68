// Who may call what: every route of the app, with every kind of token.
import { randomUUID } from 'node:crypto'
import type { SessionResponse } from '@workforce-democracy/shared'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../../server/src/app.ts'
import { createContext } from '../../server/src/context.ts'
import { newJwtKey } from '../support/accounts.ts'
import { withAdmins } from '../support/admins.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const TEN_MINUTES_MS = 10 * 60_000

/** Routes that a token says nothing to; what they take instead is in their bodies. */
const PUBLIC = [
  'GET /health',
  'GET /api/openapi.json',
  'GET /api/docs',
  'GET /.well-known/jwks.json',
  'POST /api/auth/prelogin',
  'POST /api/auth/register',
  'POST /api/auth/login',
  'POST /api/auth/refresh-token',
  'POST /api/auth/logout',
  'POST /api/auth/verify-email',
  'POST /api/auth/forgot-password',
  'POST /api/auth/recovery',
  'POST /api/auth/reset-password',
  'GET /api/resources',
  'GET /api/resources/catalog',
  'GET /api/resources/search',
  'GET /api/resources/:id',
  'GET /api/learning/paths',
  'GET /api/learning/paths/:id',
  'GET /api/civic/bills',
  'GET /api/civic/bills/:id',
  'GET /api/civic/catalog',
  'GET /api/civic/districts',
  'GET /api/civic/representatives',
  'GET /api/civic/representatives/:id',
  'GET /api/local/catalog',
  'GET /api/local/resources',
  'GET /api/local/resources/:id',
]

/** Has a token of its own, see the tests of metrics. */
const SCRAPED = 'GET /metrics'

/** Routes of the person whose token it is, and what they answer to a person who has nothing yet. */
const OWN: Readonly<Record<string, { status: number; body?: unknown }>> = {
  'POST /api/auth/change-password': { status: 400, body: { newPassword: 'made-up-password' } },
  'POST /api/auth/change-email': { status: 401, body: { password: 'not-the-one', email: 'a@example.org' } },
  'GET /api/user/data-export': { status: 200 },
  'GET /api/user/stored': { status: 200 },
  'DELETE /api/user/account': { status: 401, body: { password: 'not-the-one' } },
  'GET /api/user/devices': { status: 200 },
  'PUT /api/user/devices/:id': { status: 404, body: { name: 'Kitchen' } },
  'DELETE /api/user/devices/:id': { status: 404 },
  'GET /api/user/keys': { status: 404 },
  'PUT /api/user/keys': {
    status: 409,
    body: { expectedNumber: 7, record: { body: 'AAAA', signature: 'A'.repeat(86) } },
  },
  'GET /api/user/profile': { status: 200 },
  'PUT /api/user/profile': { status: 409, body: { occupation: 'baker' } },
  'GET /api/user/dashboard': { status: 200 },
  'GET /api/user/privacy': { status: 200 },
  'PUT /api/user/privacy': { status: 200, body: { uses: {} } },
  'GET /api/admin/audit-log': { status: 403 },
  'GET /api/admin/imports': { status: 403 },
  'GET /api/admin/resources': { status: 403 },
  'POST /api/resources': { status: 403, body: {} },
  'PUT /api/resources/:id': { status: 403, body: {} },
  'DELETE /api/resources/:id': { status: 403 },
  'POST /api/learning/paths': { status: 403, body: {} },
  'PUT /api/learning/paths/:id': { status: 403, body: {} },
  'DELETE /api/learning/paths/:id': { status: 403 },
  'GET /api/admin/local-resources': { status: 403 },
  'PUT /api/admin/local-resources/:id': { status: 403, body: {} },
  'POST /api/local/resources': { status: 201, body: { name: 'A made-up place', type: 'food' } },
  'POST /api/local/resources/:id/rate': { status: 404, body: { rating: 3 } },
  'GET /api/local/submissions': { status: 200 },
  'GET /api/local/ratings': { status: 200 },
  'POST /api/sync/:document/generation': { status: 400, body: {} },
  'POST /api/sync/upload': { status: 409, body: { votes: { 'hr1-119': 'yes' } } },
  'GET /api/sync/download': { status: 200 },
  'POST /api/learning/view': { status: 409, body: { resourceId: 'video1' } },
  'POST /api/learning/progress': { status: 409, body: { resourceId: 'video1', seconds: 1 } },
  'POST /api/learning/complete': { status: 409, body: { resourceId: 'video1' } },
  'POST /api/learning/rate': { status: 409, body: { resourceId: 'video1', rating: 3 } },
  'POST /api/learning/bookmark': { status: 409, body: { resourceId: 'video1' } },
  'DELETE /api/learning/bookmark/:id': { status: 409 },
  'GET /api/learning/history': { status: 200 },
  'GET /api/learning/stats': { status: 409 },
  'GET /api/resources/recommended': { status: 200 },
  'POST /api/civic/vote': { status: 409, body: { billId: 'hr1-119', choice: 'yes' } },
  'GET /api/civic/votes': { status: 200 },
  'GET /api/civic/alignment': { status: 200 },
  'GET /api/civic/alignment/:id': { status: 404 },
}

let server: TestServer
let person: SessionResponse
let admin: SessionResponse
let tokens: Readonly<Record<string, string | undefined>>
const clock = { nowMs: Date.now() }

beforeAll(async () => {
  server = await startTestServer({ nowMs: () => clock.nowMs })
  clock.nowMs -= TEN_MINUTES_MS
  const expired = await server.register()
  clock.nowMs += TEN_MINUTES_MS
  const revoked = await server.register()
  await server.call('POST', '/api/auth/logout', { body: { refreshToken: revoked.refreshToken } })
  person = await server.register()
  admin = await server.register()
  await withAdmins(server, admins => admins.grant(admin.user.username ?? ''))
  tokens = {
    'no token': undefined,
    'what is no token': 'nonsense',
    'a token of nobody here': `${person.accessToken.slice(0, -4)}AAAA`,
    'an expired token': expired.accessToken,
    'a token of an ended session': revoked.accessToken,
  }
})
afterAll(() => server[Symbol.asyncDispose]())

function send(route: string, token: string | undefined, id: string = randomUUID()) {
  const [method = '', path = ''] = route.split(' ')
  return server.call(method, path.replace(':id', id).replace(':document', 'votes'), {
    ...(token && { token }),
    ...(OWN[route]?.body !== undefined && { body: OWN[route].body }),
  })
}

test('every route has its place in the table', async () => {
  await using context = await createContext(server.config, pino({ level: 'silent' }))
  const routes = createApp(context)
    .routes.filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => `${method} ${path}`)
  expect([...new Set(routes)].sort()).toEqual([SCRAPED, ...PUBLIC, ...Object.keys(OWN)].sort())
})

describe.each(Object.keys(OWN))('%s', route => {
  test('[A6] is unauthorized without a good token', async () => {
    for (const [kind, token] of Object.entries(tokens)) {
      expect({ kind, ...(await send(route, token)) }).toMatchObject({
        kind,
        status: 401,
        body: { code: 'unauthorized' },
      })
    }
  })

  test('answers the person whose token it is', async () => {
    const { status, body } = await send(route, person.accessToken)
    expect({ status, code: body?.code }).not.toMatchObject({ code: 'unauthorized' })
    expect(status).toBe(OWN[route]!.status)
  })

  test('[O1] answers an admin what it answers anybody, and lets in nobody else where it is for admins', async () => {
    const { status, body } = await send(route, admin.accessToken)
    if (OWN[route]!.status === 403)
      expect({ status, code: body?.code }).not.toMatchObject({ code: 'forbidden' })
    else expect(status).toBe(OWN[route]!.status)
  })
})

test.each(PUBLIC)('%s does not ask for a token', async route => {
  const { body } = await send(route, undefined)
  expect(body?.code).not.toBe('unauthorized')
})

describe("another person's device", () => {
  test.each(['PUT /api/user/devices/:id', 'DELETE /api/user/devices/:id'])(
    '[A15] is not found by %s, and stays as it is',
    async route => {
      const owner = await server.register()
      const listed = () => server.call('GET', '/api/user/devices', { token: owner.accessToken })
      const before = (await listed()).body
      const answer = await send(route, person.accessToken, before.items[0].id)
      expect(answer).toMatchObject({ status: 404, body: { code: 'not-found' } })
      expect((await listed()).body).toEqual(before)
    },
  )
})

test('[A6] what is signed by a key that is taken out is good no longer, and what by an old one is until then', async () => {
  const { databases, config } = server
  const newKey = newJwtKey('new')
  const secrets = { encryptionKeys: config.encryptionKeys }
  const old = person.accessToken
  const ask = (at: TestServer, token: string) => at.call('GET', '/api/user/devices', { token })
  const options = { nowMs: () => clock.nowMs }
  await using rotated = await startTestServer(options, databases, {
    ...secrets,
    jwtKeys: [newKey, ...config.jwtKeys],
  })
  expect((await ask(rotated, old)).status).toBe(200)
  const fresh = await rotated.register()
  expect((await ask(server, fresh.accessToken)).status).toBe(401)
  const { keys } = (await rotated.call('GET', '/.well-known/jwks.json')).body
  expect(keys.map(({ kid }: { kid: string }) => kid)).toEqual(['new', 'test'])
  await using done = await startTestServer(options, databases, { ...secrets, jwtKeys: [newKey] })
  expect((await ask(done, old)).status).toBe(401)
  expect((await ask(done, fresh.accessToken)).status).toBe(200)
})
