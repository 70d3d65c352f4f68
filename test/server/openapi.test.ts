// The document of the API, held against the running server: every route, every example, and requests that are hostile.
import type { SessionResponse } from '@workforce-democracy/shared'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../../server/src/app.ts'
import { createContext } from '../../server/src/context.ts'
import { createPool, type Pool } from '../../server/src/db/database.ts'
import { EXAMPLE_DEVICE, EXAMPLE_LOGIN, EXAMPLE_PASSWORD } from '../../server/src/http/examples.ts'
import type { ApiDocument } from '../../server/src/http/openapi.ts'
import { importStarter } from '../../server/src/import/starter.ts'
import { TestIdentity } from '../support/account-records.ts'
import { withAdmins } from '../support/admins.ts'
import {
  type DescribedOperation,
  exampleRequest,
  faultsOf,
  operationsOf,
  schemaFaults,
  send,
} from '../support/api-document.ts'
import { hostileRequests } from '../support/hostile-requests.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

let server: TestServer
let pool: Pool
let document: ApiDocument
let operations: readonly DescribedOperation[]
beforeAll(async () => {
  server = await startTestServer()
  pool = createPool(server.databases.databaseUrl)
  await importStarter(pool)
  document = (await server.call('GET', '/api/openapi.json')).body
  operations = operationsOf(document)
})
afterAll(async () => {
  await pool.end()
  await server[Symbol.asyncDispose]()
})

/** Who the examples speak of, newly signed up: names are free again each time. */
async function signUp(more: object = {}): Promise<SessionResponse> {
  await pool.query('delete from document_updates')
  await pool.query('delete from users')
  const privacy = {
    personalizedRecommendations: true,
    civicEngagementTracking: true,
    learningAnalytics: true,
  }
  const account = {
    username: EXAMPLE_LOGIN,
    password: EXAMPLE_PASSWORD,
    device: EXAMPLE_DEVICE,
    privacy,
    ...more,
  }
  const { status, body } = await server.call('POST', '/api/auth/register', { body: account })
  expect(status).toBe(201)
  await withAdmins(server, admins => admins.grant(EXAMPLE_LOGIN))
  return body
}

const tokenOfMail = async (kind: string): Promise<string> => {
  const mail = await until(() => server.mails.findLast(({ text }) => text.includes(`/${kind}#`)))
  return /#token=([\w-]+)/.exec(mail.text)?.[1] ?? ''
}

/** An account with keys, as an SDK makes one. */
async function signUpWithKeys() {
  const identity = new TestIdentity()
  const keys = identity.keys()
  return { identity, keys, session: await signUp({ keys }) }
}

/** Requests at once: passwords are hashed one or two at a time anyway. */
const AT_ONCE = 8
const ENDS_SESSIONS = /^\/api\/(auth|user\/(account|devices))\b/

/** Where an example cannot hold what is needed, such as a token: who asks, and what goes in its place. */
const PREPARED: Readonly<
  Record<string, () => Promise<{ session: SessionResponse | undefined; body?: object }>>
> = {
  'POST /api/auth/register': async () => {
    await signUp()
    await pool.query('delete from users')
    return { session: undefined }
  },
  'POST /api/auth/refresh-token': async () => {
    const session = await signUp()
    return { session, body: { refreshToken: session.refreshToken } }
  },
  'POST /api/auth/verify-email': async () => {
    const session = await signUp({ email: 'ada@mail.example' })
    return { session, body: { token: await tokenOfMail('verify-email') } }
  },
  'POST /api/auth/recovery': async () => {
    const { keys, session } = await signUpWithKeys()
    return { session, body: { login: EXAMPLE_LOGIN, recoverySecret: keys.recoverySecret } }
  },
  'POST /api/auth/reset-password': async () => {
    const session = await signUp({ email: 'ada@mail.example' })
    await server.call('POST', '/api/auth/forgot-password', { body: { login: EXAMPLE_LOGIN } })
    return { session, body: { token: await tokenOfMail('reset-password'), newPassword: EXAMPLE_PASSWORD } }
  },
  'GET /api/user/keys': signUpWithKeys,
  'PUT /api/user/keys': async () => ({
    session: await signUp(),
    body: { expectedNumber: 0, ...new TestIdentity().keys() },
  }),
  'POST /api/sync/{document}/generation': async () => {
    const session = await signUp({ privacy: {} })
    return { session }
  },
}

test('[O9] every route is documented, with a summary, its tokens, and nothing that does not exist', async () => {
  await using context = await createContext(server.config, pino({ level: 'silent' }))
  const routes = createApp(context)
    .routes.filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
  const described = operations.filter(({ summary, tags }) => summary && tags).map(({ name }) => name)
  expect(described.sort()).toEqual([...new Set(routes)].sort())
  for (const { name, security } of operations) {
    const { status } = await fetchBare(name)
    expect([name, status === 401]).toEqual([name, security.length > 0])
  }
})

/** Without a token, and with a good body: whatever is answered before that is looked at. */
async function fetchBare(name: string) {
  const operation = operations.find(each => each.name === name)
  if (!operation) throw new Error(name)
  // Wrong on purpose where an account would be signed in to.
  const isAuth = operation.path.startsWith('/api/auth/')
  return send(server.url, operation, {
    ...exampleRequest(operation),
    ...(isAuth && operation.security.length === 0 && { text: '{}' }),
  })
}

test('[O9] every example in the document is of its schema, and every operation has what it needs of them', () => {
  const faults = operations.flatMap(({ name, parameters = [], requestBody, responses }) => [
    ...parameters
      .filter(({ required, example }) => required && example === undefined)
      .map(parameter => `${name}: ${parameter.name} has no example`),
    ...parameters.flatMap(({ name: of, schema, example }) =>
      example === undefined
        ? []
        : schemaFaults(document, schema, example).map(fault => `${name} ${of}: ${fault}`),
    ),
    ...Object.values(requestBody?.content ?? {}).flatMap(({ schema = {}, example }) =>
      example === undefined
        ? [`${name} has no example`]
        : schemaFaults(document, schema, example).map(fault => `${name}: ${fault}`),
    ),
    ...Object.values(responses).flatMap(({ content = {} }) =>
      Object.values(content).flatMap(({ schema = {}, example, examples = {} }) =>
        [
          ...(example === undefined ? [] : [example]),
          ...Object.values(examples).map(({ value }) => value),
        ].flatMap(value => schemaFaults(document, schema, value).map(fault => `${name}: ${fault}`)),
      ),
    ),
  ])
  expect(faults).toEqual([])
})

test('[O9] every documented operation succeeds with its example, and answers as documented', async () => {
  const faults: string[] = []
  for (const operation of operations) {
    const { session, body }: { session: SessionResponse | undefined; body?: object } = await (
      PREPARED[operation.name] ?? (async () => ({ session: await signUp() }))
    )()
    const request = { ...exampleRequest(operation), ...(body && { text: JSON.stringify(body) }) }
    const token = operation.security.length > 0 ? session?.accessToken : undefined
    const answer = await send(server.url, operation, request, token)
    if (answer.status >= 300) faults.push(`${operation.name} answered ${answer.status} ${answer.text}`)
    faults.push(...faultsOf(document, operation, answer))
  }
  expect(faults).toEqual([])
}, 60_000)

test('[O10] hostile requests are refused as documented, or taken for what they are', async () => {
  const faults: string[] = []
  let sent = 0
  for (const operation of operations) {
    const requests = hostileRequests(document, operation)
    sent += requests.length
    let session: SessionResponse | undefined
    for (let from = 0; from < requests.length; from += AT_ONCE) {
      session ??= await signUp()
      const { accessToken } = session
      const outcomes = await Promise.all(
        requests.slice(from, from + AT_ONCE).map(async ({ what, mustFail, ...request }) => {
          const answer = await send(server.url, operation, request, accessToken)
          const found = faultsOf(document, operation, answer)
          if (answer.status >= 500) found.push(`${operation.name} ${answer.status}`)
          if (mustFail && answer.status < 400) found.push(`${operation.name}, taken with ${answer.status}`)
          faults.push(...found.map(fault => `${what}: ${fault}`))
          return answer.status
        }),
      )
      // What it was let do may have ended the session.
      if (ENDS_SESSIONS.test(operation.path) && outcomes.some(status => status < 300)) session = undefined
    }
  }
  expect(faults).toEqual([])
  expect(sent).toBeGreaterThan(400)
  const { rows } = await pool.query('select count(*)::int as people from users')
  expect(rows).toEqual([{ people: 1 }])
  const errors = server.log.filter(line => JSON.parse(line).level >= 50)
  expect(errors).toEqual([])
}, 120_000)

describe('the page for people', () => {
  test('[O9] names every operation, runs no script and loads nothing', async () => {
    const response = await fetch(`${server.url}/api/docs`)
    const page = await response.text()
    const rows = operations.map(({ name }) => name.replace(' ', ' ')).filter(name => !page.includes(name))
    expect(rows).toEqual([])
    expect(page).not.toMatch(/<script|<link|<img|<iframe|\bsrc=|@import|url\(/i)
    const policy = response.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toMatch(/style-src 'sha256-[\w+/]+='/)
    expect(policy).not.toContain('unsafe')
  })
})
