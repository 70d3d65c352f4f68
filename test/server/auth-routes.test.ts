// /api/auth, /health and what every route stands on, through the app itself.
import { voteRequestSchema } from '@workforce-democracy/shared'
import { Hono } from 'hono'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod/mini'
import { createPool } from '../../server/src/db/database.ts'
import { createAuthRoutes } from '../../server/src/http/auth-routes.ts'
import { type AuthenticatedEnv, authenticate } from '../../server/src/http/authenticate.ts'
import { createHealthRoutes } from '../../server/src/http/health-routes.ts'
import { createProblemHandler, notFound } from '../../server/src/http/problem-handler.ts'
import { limitBody, validated } from '../../server/src/http/validate.ts'
import { createTestAccounts, type TestAccounts } from '../support/accounts.ts'

const PASSWORD = 'correct horse battery'

let t: TestAccounts
let app: Hono
let logged: string[]
let people = 0

beforeAll(async () => {
  t = await createTestAccounts()
  logged = []
  app = createApp()
})
afterAll(() => t[Symbol.asyncDispose]())

/** The routes under test, and some whose handlers go wrong. */
function createApp(): Hono {
  const whole = new Hono()
  whole.onError(createProblemHandler({ logger: pino({}, { write: line => void logged.push(line) }) }))
  whole.notFound(notFound)
  whole.use('/api/*', limitBody())
  whole.route('/', createHealthRoutes({ pool: t.pool }))
  whole.route('/', createAuthRoutes({ accounts: t.accounts, config: { trustProxy: false } }))
  whole.post('/checked', validated('json', voteRequestSchema), c => c.json(c.req.valid('json')))
  whole.get('/listed', validated('query', z.object({ limit: z.coerce.number() })), c =>
    c.json(c.req.valid('query')),
  )
  whole.get('/broken/:id', c => {
    throw new TypeError(`Cannot read ${c.req.param('id')}`, { cause: new Error(c.req.param('id')) })
  })
  whole.get('/failing/:id', c => t.pool.query('select $1::uuid', [c.req.param('id')]).then(() => c.text('')))
  const own = new Hono<AuthenticatedEnv>()
  own.use(authenticate(t.accounts))
  own.get('/', c => c.json(c.var.person))
  whole.route('/own', own)
  return whole
}

async function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await app.request(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' || body instanceof ReadableStream ? body : JSON.stringify(body),
    duplex: 'half',
  } as RequestInit)
  return { response, status: response.status, body: await bodyOf(response) }
}

async function get(path: string, authorization?: string) {
  const response = await app.request(path, authorization === undefined ? {} : { headers: { authorization } })
  return { response, status: response.status, body: await bodyOf(response) }
}

async function bodyOf(response: Response) {
  const text = await response.text()
  return text ? JSON.parse(text) : undefined
}

const newEmail = () => `marnie.vole-${++people}@example.org`
const register = (body: object = {}) =>
  post('/api/auth/register', { email: newEmail(), password: PASSWORD, ...body })

describe('/api/auth', () => {
  test('registers, signs in, refreshes, and signs out', async () => {
    const email = newEmail()
    const registered = await register({ email })
    expect(registered.status).toBe(201)
    expect(registered.response.headers.get('cache-control')).toBe('no-store')
    expect(registered.body.user).toMatchObject({ email, username: null })

    const signedIn = await post('/api/auth/login', { email, password: PASSWORD })
    expect(signedIn.status).toBe(200)
    expect(signedIn.body.user).toEqual(registered.body.user)

    const refreshed = await post('/api/auth/refresh-token', { refreshToken: signedIn.body.refreshToken })
    expect(refreshed.status).toBe(200)
    const own = await get('/own', `Bearer ${refreshed.body.accessToken}`)
    expect(own).toMatchObject({ status: 200, body: { id: registered.body.user.id } })

    const out = await post('/api/auth/logout', { refreshToken: refreshed.body.refreshToken })
    expect(out.status).toBe(204)
    expect(await get('/own', `Bearer ${refreshed.body.accessToken}`)).toMatchObject({ status: 401 })
    expect(await get('/own', `Bearer ${registered.body.accessToken}`)).toMatchObject({ status: 200 })
  })

  test('answers prelogin for names that nobody has', async () => {
    const { status, body } = await post('/api/auth/prelogin', { login: 'nobody' })
    expect(status).toBe(200)
    expect(Object.keys(body)).toEqual(['seed', 'memoryKiB', 'iterations', 'parallelism'])
  })

  test.each([
    ['wrong-credentials', 401, 'login', { login: 'nobody', password: PASSWORD }],
    ['unauthorized', 401, 'refresh-token', { refreshToken: 'x'.repeat(86) }],
    ['invalid-input', 400, 'register', { password: PASSWORD }],
    ['invalid-input', 400, 'register', { email: 'nobody', password: PASSWORD }],
    ['invalid-input', 400, 'register', { username: 'no@body', password: PASSWORD }],
    ['invalid-input', 400, 'register', { username: 'nobody', password: 'short' }],
    ['invalid-input', 400, 'login', { password: PASSWORD }],
    ['invalid-input', 400, 'logout', {}],
    ['invalid-input', 400, 'prelogin', { login: 7 }],
    ['invalid-input', 400, 'prelogin', 'null'],
  ])('answers %s with status %i to %s %j', async (code, status, path, body) => {
    const answer = await post(`/api/auth/${path}`, body)
    expect(answer).toMatchObject({ status, body: { status, code } })
    expect(answer.response.headers.get('content-type')).toBe('application/problem+json')
  })

  test('answers login-taken to a name that is taken', async () => {
    const email = newEmail()
    await register({ email })
    expect(await register({ email })).toMatchObject({ status: 409, body: { code: 'login-taken' } })
  })

  test('publishes the public keys of its tokens', async () => {
    const { status, body } = await get('/.well-known/jwks.json')
    expect(status).toBe(200)
    expect(body.keys).toMatchObject([{ kty: 'OKP', crv: 'Ed25519', use: 'sig' }])
    expect(JSON.stringify(body)).not.toContain('"d"')
  })
})

describe('a bad request', () => {
  test('names the fields that are wrong and never what they hold', async () => {
    const { body } = await post('/checked', { billId: 'secret'.repeat(50), choice: 'secret', billName: 1 })
    expect(body).toMatchObject({ code: 'invalid-input' })
    expect(body.errors.map((error: { path: string }) => error.path)).toEqual(['billId', 'choice', 'billName'])
    for (const { message } of body.errors) expect(message).not.toBe('Invalid input')
    expect(JSON.stringify(body)).not.toContain('secret')
  })

  test.each([
    ['text that is not JSON', '{"choice": secret', {}],
    ['nothing', '', {}],
    ['another media type', '{}', { 'content-type': 'text/plain' }],
  ])('of %s is invalid-input', async (_, sent, headers) => {
    const { status, body } = await post('/checked', sent, headers)
    expect(status).toBe(400)
    expect(body).toMatchObject({ code: 'invalid-input' })
    expect(body.errors.length).toBeGreaterThan(0)
    expect(JSON.stringify(body)).not.toContain('secret')
  })

  test('in the query is invalid-input', async () => {
    expect(await get('/listed?limit=many')).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'limit' }] },
    })
    expect(await get('/listed?limit=7')).toMatchObject({ status: 200, body: { limit: 7 } })
  })

  test('over 64 KiB is too-large, also when it does not say how long it is', async () => {
    const long = JSON.stringify({ login: 'x'.repeat(64 * 1024) })
    expect(await post('/api/auth/prelogin', long)).toMatchObject({ status: 413, body: { code: 'too-large' } })
    const streamed = new Blob([long]).stream()
    expect(await post('/api/auth/prelogin', streamed)).toMatchObject({
      status: 413,
      body: { code: 'too-large' },
    })
  })

  test('for what there is not is not-found', async () => {
    expect(await get('/nowhere')).toMatchObject({ status: 404, body: { code: 'not-found' } })
  })
})

describe('a request without a good token', () => {
  test.each([
    ['no header', undefined],
    ['another scheme', 'Basic bWFybmll'],
    ['no token', 'Bearer '],
    ['a token that is none', 'Bearer nonsense'],
    ['two tokens', 'Bearer a b'],
  ])('is unauthorized: %s', async (_, authorization) => {
    const { response, status, body } = await get('/own', authorization)
    expect({ status, code: body.code }).toEqual({ status: 401, code: 'unauthorized' })
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
  })

  test('is unauthorized once the token is ten minutes old', async () => {
    const { body } = await register()
    t.clock.nowMs += 10 * 60_000
    expect(await get('/own', `Bearer ${body.accessToken}`)).toMatchObject({ status: 401 })
  })
})

describe('a failure inside the server', () => {
  test.each(['broken', 'failing'])('shows no details and logs no content: %s', async path => {
    logged.length = 0
    const { status, body } = await get(`/${path}/hr8-118-secret`)
    expect(status).toBe(500)
    expect(body).toEqual({
      type: 'urn:workforce-democracy:error:internal',
      title: expect.any(String),
      status: 500,
      code: 'internal',
    })
    expect(logged).toHaveLength(1)
    expect(logged[0]).not.toContain('secret')
    const entry = JSON.parse(logged[0]!)
    expect(entry).toMatchObject({ method: 'GET', route: `/${path}/:id`, errorClass: expect.any(String) })
    expect(entry.stack.length).toBeGreaterThan(0)
  })

  test('keeps the detail of a damaged row to itself', async () => {
    const email = newEmail()
    const { body } = await register({ email })
    await t.pool.query(`update users set account = '\\x01' where id = $1`, [body.user.id])
    const answer = await post('/api/auth/login', { email, password: PASSWORD })
    expect(answer).toMatchObject({ status: 500, body: { code: 'at-rest-damaged' } })
    expect(answer.body).not.toHaveProperty('detail')
  })

  test('is not what a bad request is logged as', async () => {
    logged.length = 0
    await get('/nowhere')
    await post('/checked', '{')
    await get('/own')
    expect(logged).toEqual([])
  })
})

describe('/health', () => {
  test('is ok while Postgres answers', async () => {
    expect(await get('/health')).toMatchObject({ status: 200, body: { status: 'ok' } })
  })

  test('is degraded while Postgres is away', async () => {
    const away = createPool('postgres://nobody@127.0.0.1:1/nothing')
    const response = await createHealthRoutes({ pool: away }).request('/health')
    expect(response.status).toBe(503)
    expect(await response.json()).toEqual({ status: 'degraded' })
    await away.end()
  })

  test('is degraded while Postgres does not answer in time', async () => {
    const silent = { query: () => new Promise(() => undefined) } as unknown as typeof t.pool
    const response = await createHealthRoutes({ pool: silent, timeoutMs: 20 }).request('/health')
    expect(response.status).toBe(503)
  })
})
