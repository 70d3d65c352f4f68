// Keys and devices over HTTP: records replaced by compare-and-swap, lost passwords, and devices taken away.
import { randomBytes, randomUUID } from 'node:crypto'
import type { AccountRecord, NewAccountKeys, SessionResponse } from '@workforce-democracy/shared'
import { CLOSE_CODES } from '@workforce-democracy/shared'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { recordDevice, TestIdentity } from '../support/account-records.ts'
import { connectRaw } from '../support/raw-client.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

const PASSWORD = 'correct horse battery'
const NEW_PASSWORD = 'another horse entirely'
const SEED = randomBytes(16).toString('base64url')

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const newEmail = () => `tilda.${randomBytes(6).toString('hex')}@example.org`
const post = (path: string, body: unknown, token?: string) =>
  server.call('POST', `/api/auth/${path}`, { body, ...(token && { token }) })
const codeOf = async (answer: Promise<{ status: number; body: { code?: string } | undefined }>) => {
  const { status, body } = await answer
  return body?.code ?? status
}

interface Person {
  readonly email: string
  readonly session: SessionResponse
  readonly token: string
  readonly deviceId: string
  readonly identity: TestIdentity
  readonly keys: NewAccountKeys
}

async function personWithKeys(): Promise<Person> {
  const email = newEmail()
  const deviceId = randomUUID()
  const identity = new TestIdentity({ devices: [recordDevice(deviceId)] })
  const keys = identity.keys()
  const device = { id: deviceId, name: 'Kitchen' }
  const { status, body } = await post('register', { email, password: PASSWORD, keys, device })
  expect(status).toBe(201)
  return { email, session: body, token: body.accessToken, deviceId, identity, keys }
}

const getKeys = async (token: string) => (await server.call('GET', '/api/user/keys', { token })).body
const putKeys = (token: string, body: unknown) =>
  codeOf(server.call('PUT', '/api/user/keys', { token, body }))
const login = (login: string, password: string, device?: object) => post('login', { login, password, device })

/** The token of the last mail to an address whose link names this page. */
async function mailToken(to: string, page: RegExp): Promise<string> {
  const mail = await until(() => server.mails.findLast(mail => mail.to === to && page.test(mail.text)))
  return /#token=([\w-]+)/.exec(mail.text)![1]!
}

const verify = async (email: string) =>
  expect((await post('verify-email', { token: await mailToken(email, /verify/) })).status).toBe(204)

async function resetByMail(email: string): Promise<void> {
  expect((await post('forgot-password', { login: email })).status).toBe(202)
  const token = await mailToken(email, /reset/)
  expect((await post('reset-password', { token, newPassword: NEW_PASSWORD, newSeed: SEED })).status).toBe(204)
  expect(await codeOf(post('reset-password', { token, newPassword: PASSWORD }))).toBe('invalid-token')
}

describe('keys', () => {
  test('[A16] are answered as they were given, at sign-up, at sign-in and by themselves', async () => {
    const { email, session, token, keys } = await personWithKeys()
    const { record, bundle, recoveryBundle } = keys
    expect(session.keys).toEqual({ record, bundle, rotationNeeded: false })
    expect((await login(email, PASSWORD)).body.keys).toEqual({ record, bundle, rotationNeeded: false })
    expect(await getKeys(token)).toEqual({ record, bundle, recoveryBundle, rotationNeeded: false })
  })

  test('[A16] of a plain account are not found, and may be given once', async () => {
    const { accessToken: token } = await server.register()
    expect(await codeOf(server.call('GET', '/api/user/keys', { token }))).toBe('not-found')
    const { record, ...rest } = new TestIdentity().keys()
    expect(await putKeys(token, { expectedNumber: 0, record })).toBe('invalid-input')
    expect(await putKeys(token, { expectedNumber: 0, record, ...rest })).toBe(204)
    expect(await putKeys(token, { expectedNumber: 0, record, ...rest })).toBe('record-conflict')
  })

  test('[A19] are replaced by the record that follows; what is left out stays', async () => {
    const { token, identity, keys } = await personWithKeys()
    const record = identity.sign({ number: 2, devices: [] })
    expect(await putKeys(token, { expectedNumber: 1, record })).toBe(204)
    expect(await getKeys(token)).toMatchObject({
      record,
      bundle: keys.bundle,
      recoveryBundle: keys.recoveryBundle,
    })
  })

  test('[A19] are replaced by one of two at once', async () => {
    const { token, identity } = await personWithKeys()
    const put = (epoch: number) =>
      putKeys(token, { expectedNumber: 1, record: identity.sign({ number: 2, epoch }) })
    expect((await Promise.all([put(0), put(1)])).sort()).toEqual([204, 'record-conflict'])
  })

  const follow = (change: Partial<AccountRecord>) => (identity: TestIdentity) =>
    identity.sign({ number: 2, ...change })
  test.each<[string, (identity: TestIdentity) => { body: string; signature: string }]>([
    ['the same number', follow({ number: 1 })],
    ['a number too high', follow({ number: 3 })],
    ['an epoch too high', follow({ epoch: 2 })],
    ['another vault', follow({ vaultId: 'A'.repeat(22) })],
    ['another identity', () => new TestIdentity().sign({ number: 2 })],
    [
      "another identity's signature",
      identity => ({
        body: identity.sign({ number: 2 }).body,
        signature: new TestIdentity().sign().signature,
      }),
    ],
    [
      'the signature of another record',
      identity => ({ body: identity.sign({ number: 2 }).body, signature: identity.sign().signature }),
    ],
    [
      'a body that is not canonical',
      identity => ({
        ...identity.sign(),
        body: Buffer.from(JSON.stringify({ ...identity.record, number: 2 }, null, 1)).toString('base64url'),
      }),
    ],
  ])('[A19] are not replaced by a record of %s', async (_, make) => {
    const { token, identity } = await personWithKeys()
    const before = await getKeys(token)
    expect(await putKeys(token, { expectedNumber: 1, record: make(identity) })).toBe('record-refused')
    expect(await getKeys(token)).toEqual(before)
  })

  test('[A19] never go down in epoch', async () => {
    const { token, identity } = await personWithKeys()
    expect(await putKeys(token, { expectedNumber: 1, record: identity.sign({ number: 2, epoch: 1 }) })).toBe(
      204,
    )
    const lower = identity.sign({ number: 3, epoch: 0 })
    expect(await putKeys(token, { expectedNumber: 2, record: lower })).toBe('record-refused')
  })
})

describe('a new password', () => {
  test('[A17] comes with new keys in one step, ends sessions of devices that are not in the record, and keeps the others', async () => {
    const { email, token, deviceId, identity } = await personWithKeys()
    const [kept, lost] = [randomUUID(), randomUUID()]
    const onKept = (await login(email, PASSWORD, { id: kept })).body
    const onLost = (await login(email, PASSWORD, { id: lost })).body
    const keys = identity.keys({
      ...{ number: 2, epoch: 1 },
      devices: [recordDevice(deviceId), recordDevice(kept)],
    })
    const body = {
      ...{ password: PASSWORD, newPassword: NEW_PASSWORD, newSeed: SEED },
      keys: { expectedNumber: 1, ...keys },
    }
    const { status, body: next } = await post('change-password', body, token)
    expect({ status, keys: next.keys }).toEqual({
      status: 200,
      keys: { record: keys.record, bundle: keys.bundle, rotationNeeded: false },
    })
    const sees = async (accessToken: string) =>
      (await server.call('GET', '/api/user/devices', { token: accessToken })).status
    expect(
      await Promise.all([token, onLost.accessToken, onKept.accessToken, next.accessToken].map(sees)),
    ).toEqual([401, 401, 200, 200])
    const { items } = (await server.call('GET', '/api/user/devices', { token: next.accessToken })).body
    expect(items.map((item: { id: string }) => item.id).sort()).toEqual([deviceId, kept].sort())
    expect(items.find((item: { current: boolean }) => item.current).id).toBe(deviceId)
    expect((await post('prelogin', { login: email })).body.seed).toBe(SEED)
    expect(await codeOf(login(email, PASSWORD))).toBe('wrong-credentials')
    expect(await codeOf(login(email, NEW_PASSWORD))).toBe(200)
  })

  test('[A17] changes nothing where another device was first, or where keys are missing', async () => {
    const { email, token, identity } = await personWithKeys()
    const body = { password: PASSWORD, newPassword: NEW_PASSWORD }
    expect(await codeOf(post('change-password', body, token))).toBe('invalid-input')
    const late = { expectedNumber: 2, ...identity.keys({ number: 3 }) }
    expect(await codeOf(post('change-password', { ...body, keys: late }, token))).toBe('record-conflict')
    expect(await codeOf(login(email, PASSWORD))).toBe(200)
    expect((await getKeys(token)).record).toEqual(identity.sign())
  })

  test('[A17] makes a plain account one with keys', async () => {
    const email = newEmail()
    const { accessToken } = (await post('register', { email, password: PASSWORD })).body
    const keys = new TestIdentity().keys()
    const body = { password: PASSWORD, newPassword: NEW_PASSWORD, newSeed: SEED, keys }
    expect((await post('change-password', body, accessToken)).body.keys.record).toEqual(keys.record)
    expect((await login(email, NEW_PASSWORD)).body.keys.bundle).toBe(keys.bundle)
  })
})

describe('the recovery code', () => {
  test('[A18] gives the bundle, and sets a password with new keys that end all sessions', async () => {
    const { email, token, identity, keys } = await personWithKeys()
    const { recoverySecret, recoveryBundle, record } = keys
    expect((await post('recovery', { login: email, recoverySecret })).body).toEqual({
      record,
      recoveryBundle,
    })
    const next = identity.keys({ number: 2, epoch: 1 })
    const request = {
      ...{ login: email, recoverySecret, newPassword: NEW_PASSWORD, newSeed: SEED },
      keys: { expectedNumber: 1, ...next },
    }
    expect((await post('reset-password', request)).status).toBe(204)
    expect((await server.call('GET', '/api/user/keys', { token })).status).toBe(401)
    expect((await login(email, NEW_PASSWORD)).body.keys.record).toEqual(next.record)
    // It is replaced by its use.
    expect(await codeOf(post('recovery', { login: email, recoverySecret }))).toBe('wrong-credentials')
  })

  test('[A18] that is wrong, of a plain account and of nobody are answered alike', async () => {
    const { email } = await personWithKeys()
    const plain = newEmail()
    await post('register', { email: plain, password: PASSWORD })
    const recoverySecret = randomBytes(32).toString('base64url')
    const answers = await Promise.all(
      [email, plain, newEmail()].map(async login => {
        const { status, body } = await post('recovery', { login, recoverySecret })
        // Each request has a name of its own.
        return { status, body: { ...body, requestId: undefined } }
      }),
    )
    expect(answers[0]).toMatchObject({ status: 401, body: { code: 'wrong-credentials' } })
    expect(answers.slice(1)).toEqual([answers[0], answers[0]])
  })
})

describe('a reset by mail', () => {
  test('[A20] ends all sessions and takes the bundle away; the recovery code brings another', async () => {
    const { email, token, identity, keys } = await personWithKeys()
    await verify(email)
    await resetByMail(email)
    expect((await server.call('GET', '/api/user/keys', { token })).status).toBe(401)
    const { body } = await login(email, NEW_PASSWORD)
    expect(body.keys).toEqual({ record: keys.record, bundle: null, rotationNeeded: false })
    const { recoverySecret } = keys
    expect((await post('recovery', { login: email, recoverySecret })).body.recoveryBundle).toBe(
      keys.recoveryBundle,
    )
    const { record, bundle } = identity.keys({ number: 2 })
    expect(await putKeys(body.accessToken, { expectedNumber: 1, record, bundle })).toBe(204)
    expect((await getKeys(body.accessToken)).bundle).toBe(bundle)
    expect(server.mails.filter(mail => mail.to === email).length).toBe(3)
  })

  test('[A19] lets another identity come, with all that goes with it, and only while there is no bundle', async () => {
    const { email } = await personWithKeys()
    await verify(email)
    await resetByMail(email)
    const token = (await login(email, NEW_PASSWORD)).body.accessToken
    const { record, ...rest } = new TestIdentity().keys({ number: 2 })
    expect(await putKeys(token, { expectedNumber: 1, record })).toBe('invalid-input')
    expect(await putKeys(token, { expectedNumber: 1, record, ...rest })).toBe(204)
    const third = new TestIdentity().keys({ number: 3 })
    expect(await putKeys(token, { expectedNumber: 2, ...third })).toBe('record-refused')
  })

  test('[A20] of an address that nobody has verified leaves nothing of the account but its names', async () => {
    const email = newEmail()
    const username = `quill-${randomBytes(6).toString('hex')}`
    const flags = { civicEngagementTracking: true, personalizedRecommendations: true }
    const keys = new TestIdentity().keys()
    const made = await post('register', { email, username, password: PASSWORD, privacy: flags, keys })
    const { accessToken: token, refreshToken, user } = made.body
    await server.call('POST', '/api/civic/vote', { token, body: { billId: 'hr1-119', choice: 'yes' } })
    await server.call('GET', '/api/civic/votes', { token })
    await resetByMail(email)

    expect(await codeOf(post('refresh-token', { refreshToken }))).toBe('account-deleted')
    for (const name of [email, username])
      expect(await codeOf(login(name, PASSWORD))).toBe('wrong-credentials')
    expect(await codeOf(post('recovery', { login: email, recoverySecret: keys.recoverySecret }))).toBe(
      'wrong-credentials',
    )
    const { body: next } = await login(username, NEW_PASSWORD)
    expect(next.user).toMatchObject({ email, username })
    expect(next.user.id).not.toBe(user.id)
    expect(next.keys).toBeUndefined()
    const { body: all } = await server.call('GET', '/api/user/data-export', { token: next.accessToken })
    expect(all).toMatchObject({ documents: [], account: { consents: [], emailVerified: true } })
    const { body: privacy } = await server.call('GET', '/api/user/privacy', { token: next.accessToken })
    expect(privacy).toMatchObject({ modes: {}, history: [], uses: { learningAnalytics: false } })
  })
})

describe('devices', () => {
  test('[A14] are listed by the id and name that they give, once, however often they sign in', async () => {
    const { email, deviceId, token } = await personWithKeys()
    await login(email, PASSWORD, { id: deviceId.toUpperCase() })
    await login(email, PASSWORD)
    const { items } = (await server.call('GET', '/api/user/devices', { token })).body
    const today = new Date().toISOString().slice(0, 10)
    const seen = { addedOn: today, lastSeenOn: today, active: true }
    expect(items).toHaveLength(2)
    expect(items).toContainEqual({ id: deviceId, name: 'Kitchen', current: true, ...seen })
    expect(items).toContainEqual({ id: expect.any(String), name: null, current: false, ...seen })
    await server.call('PUT', `/api/user/devices/${deviceId}`, { token, body: { name: 'Attic' } })
    const renamed = (await server.call('GET', '/api/user/devices', { token })).body.items
    expect(renamed.find((item: { id: string }) => item.id === deviceId).name).toBe('Attic')
  })

  test('[A15] that are taken away are signed out, their sockets closed, and the keys in want of a new epoch', async () => {
    const { email, deviceId, identity } = await personWithKeys()
    const first = (await login(email, PASSWORD, { id: deviceId })).body
    const { accessToken: token } = (await login(email, PASSWORD)).body
    await using socket = await connectRaw(server.url, 'votes', first.accessToken)
    expect((await server.call('DELETE', `/api/user/devices/${deviceId}`, { token })).status).toBe(204)
    expect(await codeOf(post('refresh-token', { refreshToken: first.refreshToken }))).toBe('unauthorized')
    expect(await socket.closed()).toBe(CLOSE_CODES.unauthorized)

    const isNeeded = async () => (await getKeys(token)).rotationNeeded
    expect(await isNeeded()).toBe(true)
    expect(await putKeys(token, { expectedNumber: 1, record: identity.sign({ number: 2 }) })).toBe(204)
    expect(await isNeeded()).toBe(true)
    const record = identity.sign({ number: 3, epoch: 1, devices: [] })
    expect(await putKeys(token, { expectedNumber: 2, record })).toBe(204)
    expect(await isNeeded()).toBe(false)
    expect(await codeOf(server.call('DELETE', `/api/user/devices/${deviceId}`, { token }))).toBe('not-found')
  })

  test('[A15] that no record names leave without a new epoch', async () => {
    const { email, token } = await personWithKeys()
    const id = randomUUID()
    await login(email, PASSWORD, { id })
    await server.call('DELETE', `/api/user/devices/${id}`, { token })
    expect((await getKeys(token)).rotationNeeded).toBe(false)
  })
})

test.each([
  ['POST', '/api/auth/verify-email', { token: 'short' }],
  ['POST', '/api/auth/reset-password', { token: 'A'.repeat(43) }],
  ['POST', '/api/auth/forgot-password', { login: '' }],
  ['POST', '/api/auth/recovery', { login: 'someone', recoverySecret: 'x' }],
  ['POST', '/api/auth/change-email', { password: PASSWORD, email: 'nobody' }],
  ['POST', '/api/auth/change-password', { newPassword: 'short' }],
  ['PUT', '/api/user/keys', { expectedNumber: 1 }],
  ['PUT', '/api/user/privacy', { uses: { recommendations: 'always' } }],
  ['PUT', '/api/user/devices/not-an-id', { name: 'x' }],
  ['DELETE', '/api/user/devices/not-an-id', undefined],
])('bad input to %s %s is invalid-input', async (method, path, body) => {
  const { accessToken: token } = await server.register()
  expect(await server.call(method, path, { token, body })).toMatchObject({
    status: 400,
    body: { code: 'invalid-input' },
  })
})

test('[A25] a mode that is named over HTTP is device-required', async () => {
  const { accessToken: token } = await server.register()
  const body = { uses: {}, modes: { votes: 'open' } }
  expect(await codeOf(server.call('PUT', '/api/user/privacy', { token, body }))).toBe('device-required')
})

test('[A10] an address is needed where the server is not run without', async () => {
  const { encryptionKeys, jwtKeys } = server.config
  await using strict = await startTestServer({}, server.databases, {
    encryptionKeys,
    jwtKeys,
    requireEmail: true,
  })
  const body = { username: 'ada-example', password: PASSWORD }
  expect(await codeOf(strict.call('POST', '/api/auth/register', { body }))).toBe('invalid-input')
  const withEmail = { ...body, email: newEmail() }
  expect((await strict.call('POST', '/api/auth/register', { body: withEmail })).status).toBe(201)
})
