import { createMemoryStore } from '@workforce-democracy/client/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.ts'
import { codeOf, openTestClient } from './clients.ts'
import { publicServer } from './public-server.ts'

const PASSWORD = 'a made-up password'

describe('an account on the real server', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  it('is made and entered with a password that never leaves the device', async () => {
    const bodies: string[] = []
    const fetch: typeof globalThis.fetch = (input, init) => {
      bodies.push(String(init?.body))
      return globalThis.fetch(input, init)
    }
    await using one = await openTestClient({ server: server.url, fetch })
    const { user } = await one.account.register({ username: 'Ada-Example', password: PASSWORD })
    expect(one.account.current()).toEqual(user)
    await using two = await openTestClient({ server: server.url, fetch })
    expect(await codeOf(two.account.login({ login: 'ada-example', password: 'another made-up one' }))).toBe(
      'wrong-credentials',
    )
    expect(await two.account.login({ login: ' ADA-EXAMPLE ', password: PASSWORD })).toEqual(user)
    expect(bodies.join()).toContain('password')
    expect(bodies.join()).not.toContain(PASSWORD)
    await using three = await openTestClient({ server: server.url, fetch })
    const taken = three.account.register({ username: 'ada-example', password: PASSWORD })
    expect(await codeOf(taken)).toBe('login-taken')
  })

  it('stays signed in across restarts, and out after logout', async () => {
    const storage = createMemoryStore()
    const client = await openTestClient({ storage, server: server.url })
    const { user } = await client.account.register({ username: 'bo-example', password: PASSWORD })
    await client.close()
    const again = await openTestClient({ storage, server: server.url })
    expect(again.account.current()).toEqual(user)
    const token = await again.account.accessToken()
    expect((await server.call('GET', '/api/civic/votes', { token })).status).toBe(200)
    expect(await again.account.accessToken()).toBe(token)
    await again.account.logout()
    expect(await codeOf(again.account.accessToken())).toBe('not-signed-in')
    await again.close()
    await using after = await openTestClient({ storage, server: server.url })
    expect(after.account.current()).toBeUndefined()
  })

  it('the flags at registration open the categories here as there', async () => {
    await using client = await openTestClient({ server: server.url })
    const privacy = { civicEngagementTracking: true }
    await client.account.register({ username: 'cy-example', password: PASSWORD, privacy })
    expect(client.privacy.get()).toMatchObject({ votes: 'open', profile: 'local' })
    await (await client.votes.cast('hr8-118', 'yes')).durable()
  })

  it('a store belongs to one account: another is refused, and its session ended', async () => {
    await using client = await openTestClient({ server: server.url })
    const { user: dee } = await client.account.register({ username: 'dee-example', password: PASSWORD })
    await client.account.logout()
    const other = client.account.register({ username: 'eli-example', password: PASSWORD })
    expect(await codeOf(other)).toBe('forbidden')
    await using elsewhere = await openTestClient({ server: server.url })
    await elsewhere.account.register({ username: 'eli-example', password: PASSWORD })
    expect(client.account.current()).toBeUndefined()
    expect(await client.account.login({ login: 'dee-example', password: PASSWORD })).toEqual(dee)
  })

  it('[K10] [K12] keys: two devices, a new password, a revoked device, the recovery code, and the end', async () => {
    await using one = await openTestClient({ server: server.url })
    await using two = await openTestClient({ server: server.url })
    await using three = await openTestClient({ server: server.url })
    const login = 'gil-example'
    await one.account.register({ username: login, password: PASSWORD, deviceName: 'Laptop' })
    await two.account.login({ login, password: PASSWORD, deviceName: 'Phone' })
    expect([one, two].map(({ account }) => account.keys.state)).toEqual(['ready', 'ready'])
    const devices = await one.account.devices.list()
    expect(devices.map(({ name }) => name).sort()).toEqual(['Laptop', 'Phone'])
    const phone = devices.find(({ current }) => !current)!.id
    await one.account.devices.rename(phone, 'Old phone')
    await one.account.changePassword({ password: PASSWORD, newPassword: 'a second made-up one' })
    // The other device stays signed in: the new record names it.
    await two.account.accessToken()
    const { recoveryCode } = await one.account.revokeDevice({
      id: phone,
      password: 'a second made-up one',
      newPassword: 'a third made-up one',
    })
    const token = await two.account.accessToken().catch(() => 'none')
    expect((await server.call('GET', '/api/user/keys', { token })).status).toBe(401)
    await three.account.recover({ login, recoveryCode, newPassword: 'a fourth made-up one' })
    expect(three.account.keys).toEqual({ state: 'ready', rotationNeeded: false })
    await three.account.delete('a fourth made-up one')
    expect(three.sync.status.problem).toBe('account-deleted')
    expect(await codeOf(three.account.login({ login, password: 'a fourth made-up one' }))).toBe(
      'wrong-credentials',
    )
  })

  it('[K11] a plain account is adopted', async () => {
    const body = { username: 'hal-example', password: PASSWORD }
    expect((await server.call('POST', '/api/auth/register', { body })).status).toBe(201)
    await using client = await openTestClient({ server: server.url })
    const adoption = { login: 'hal-example', oldPassword: PASSWORD, newPassword: 'a second made-up one' }
    await client.account.adopt(adoption)
    expect(client.account.keys.state).toBe('ready')
    await client.account.logout()
    await client.account.login({ login: 'hal-example', password: 'a second made-up one' })
  })

  it('a clock that is years wrong is corrected by the server’s, and tokens are not renewed all the time', async () => {
    for (const years of [-5, 5]) {
      const requests: string[] = []
      const fetch: typeof globalThis.fetch = (input, init) => {
        requests.push(new URL(String(input)).pathname)
        return globalThis.fetch(input, init)
      }
      const now = () => Date.now() + years * 365 * 86_400_000
      await using client = await openTestClient({ server: server.url, fetch, now })
      await client.account.register({ username: `fay-example${years}`, password: PASSWORD })
      await client.account.accessToken()
      expect(requests).not.toContain('/api/auth/refresh-token')
      await client.votes.cast('hr8-118', 'yes')
      const votedMs = Date.parse(client.votes.get('hr8-118')!.votedAt)
      expect(Math.abs(votedMs - Date.now())).toBeLessThan(60_000)
    }
  })
})

describe('without a server to trust', () => {
  const SERVER = 'http://accounts.example'
  const prelogin = (answer: object) =>
    publicServer(path => (path === '/api/auth/prelogin' ? Response.json(answer) : undefined))
  const SAFE = { seed: 'AAAAAAAAAAAAAAAAAAAAAA', memoryKiB: 65_536, iterations: 3, parallelism: 1 }

  it.each([
    { ...SAFE, memoryKiB: 1024 },
    { ...SAFE, iterations: 1 },
    { ...SAFE, memoryKiB: 4 * 1024 * 1024 },
    { ...SAFE, iterations: 1000 },
    { ...SAFE, parallelism: 0 },
    { ...SAFE, seed: 'AAAA' },
    { ...SAFE, seed: '' },
  ])(
    'parameters that are too weak or too costly are refused before anything is derived or sent: %j',
    async answer => {
      const { fetch, requests } = prelogin(answer)
      await using client = await openTestClient({ server: SERVER, fetch })
      expect(await codeOf(client.account.login({ login: 'ada-example', password: PASSWORD }))).toBe(
        'unsafe-derivation',
      )
      expect(requests.map(({ path }) => path)).toEqual(['/api/auth/prelogin'])
    },
  )

  it('no network is offline, whatever is asked', async () => {
    const { fetch, goOffline } = publicServer()
    goOffline()
    await using client = await openTestClient({ server: SERVER, fetch })
    expect(await codeOf(client.account.login({ login: 'ada-example', password: PASSWORD }))).toBe('offline')
    expect(await codeOf(client.account.register({ username: 'ada-example', password: PASSWORD }))).toBe(
      'offline',
    )
    await using alone = await openTestClient()
    expect(await codeOf(alone.account.login({ login: 'ada-example', password: PASSWORD }))).toBe('offline')
  })

  it('codes of the server pass through, and strangers’ answers become codes', async () => {
    let answer = Response.json({})
    const { fetch } = publicServer(() => answer)
    await using client = await openTestClient({ server: SERVER, fetch })
    const login = () => codeOf(client.account.login({ login: 'ada-example', password: PASSWORD }))
    const problem = { type: 'about:blank', title: 'Too many', status: 429, code: 'too-many' }
    answer = Response.json(problem, { status: 429 })
    expect(await login()).toBe('too-many')
    answer = new Response('<h1>Bad gateway</h1>', { status: 502 })
    expect(await login()).toBe('offline')
    answer = Response.json({ ...problem, code: 'constructor' }, { status: 400 })
    expect(await login()).toBe('internal')
    answer = new Response('not JSON')
    expect(await login()).toBe('internal')
  })

  it('a password under 8 characters makes no account, and nothing is sent', async () => {
    const { fetch, requests } = publicServer()
    await using client = await openTestClient({ server: SERVER, fetch })
    expect(await codeOf(client.account.register({ username: 'ada-example', password: 'short' }))).toBe(
      'invalid-input',
    )
    expect(await codeOf(client.account.register({ password: PASSWORD }))).toBe('invalid-input')
    expect(requests).toEqual([])
  })
})
