// What a person wants done with what can be read: wished on a device, known to the server, the narrower of the two.
import { randomBytes } from 'node:crypto'
import { type Client, createMemoryStore, openClient } from '@workforce-democracy/client/node'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { fillWithStarter, startTestServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'
import { GoBetween } from './go-between.ts'

const PASSWORD = 'a made-up password'
const EVERYTHING = { profile: 'open', votes: 'open', bookmarks: 'open', progress: 'open' } as const

let server: TestServer
const opened: Client[] = []
beforeAll(async () => {
  server = await startTestServer()
  await fillWithStarter(server)
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map(client => client.close()))
})
afterAll(() => server[Symbol.asyncDispose]())

async function device(between = new GoBetween()): Promise<Client> {
  const client = await openClient({
    storage: createMemoryStore(),
    storeSecret: new Uint8Array(32).fill(7),
    server: server.url,
    fetch: between.fetch,
  })
  opened.push(client)
  return client
}

/** A device of a new account, and how the server describes what it may do. */
async function signedUp(privacy = {}, between = new GoBetween()) {
  const client = await device(between)
  const username = `made-up-${randomBytes(6).toString('hex')}`
  await client.account.register({ username, password: PASSWORD, privacy })
  const token = await client.account.accessToken()
  const atServer = async () => (await server.call('GET', '/api/user/privacy', { token })).body
  return { client, username, token, atServer }
}

test('[A24] what is wished on a device the server is told, and another device knows', async () => {
  const { client, username, atServer } = await signedUp({ civicEngagementTracking: false })
  expect(client.privacy.uses.get()).toMatchObject({
    recommendations: 'server',
    civicEngagementTracking: false,
  })
  const saved = await client.privacy.uses.set({ recommendations: 'device', learningAnalytics: true })
  await saved.done()
  const uses = {
    ...{ recommendations: 'device', civicEngagementTracking: false },
    ...{ learningAnalytics: true, communitySharing: false },
  }
  const { uses: known, history } = await atServer()
  expect(known).toEqual(uses)
  const other = await device()
  await other.account.login({ login: username, password: PASSWORD })
  await until(() => other.privacy.uses.get().recommendations === 'device')
  expect(other.privacy.uses.get()).toEqual(uses)
  await until(() => other.sync.status.state === 'durable')
  // Nothing was said twice.
  expect((await atServer()).history).toEqual(history)
})

test('[A24] what is wished without network the server is told later', async () => {
  const between = new GoBetween()
  const { client, atServer } = await signedUp({}, between)
  between.isOnline = false
  const saved = await client.privacy.uses.set({ recommendations: 'off' })
  await expect(saved.done()).rejects.toMatchObject({ code: 'offline' })
  expect((await atServer()).uses.recommendations).toBe('server')
  between.isOnline = true
  await client.privacy.uses.set({ communitySharing: false })
  await until(async () => (await atServer()).uses.recommendations === 'off')
})

test('[A24] what was made less at the server stays so, until a device says otherwise', async () => {
  const { client, username, token, atServer } = await signedUp()
  await (await client.privacy.uses.set({ learningAnalytics: true })).done()
  await server.call('PUT', '/api/user/privacy', { token, body: { uses: { learningAnalytics: false } } })
  const other = await device()
  await other.account.login({ login: username, password: PASSWORD })
  await until(() => other.privacy.uses.get().learningAnalytics)
  await until(() => other.sync.status.state === 'durable')
  await (await other.privacy.uses.set({ communitySharing: true })).done()
  expect((await atServer()).uses).toMatchObject({ learningAnalytics: false, communitySharing: true })
  await (await other.privacy.uses.set({ learningAnalytics: false })).done()
  await (await other.privacy.uses.set({ learningAnalytics: true })).done()
  expect((await atServer()).uses.learningAnalytics).toBe(true)
})

test('[A24] a device ranks by the same wish: not at all, by itself, or without votes', async () => {
  const { client } = await signedUp()
  await client.privacy.set(EVERYTHING)
  await client.votes.cast('hr1-119', 'yes', { billType: 'unions' })
  await until(() => client.sync.status.state === 'durable')
  const withVotes = await client.recommendations()
  expect(withVotes.rankedBy).toBe('server')
  await (await client.privacy.uses.set({ civicEngagementTracking: false })).done()
  await until(() => client.sync.status.state === 'durable')
  const without = await client.recommendations()
  expect(without.rankedBy).toBe('server')
  expect(without.items).not.toEqual(withVotes.items)
  await (await client.privacy.uses.set({ recommendations: 'device' })).done()
  await until(() => client.sync.status.state === 'durable')
  expect(await client.recommendations()).toMatchObject({ rankedBy: 'device', items: without.items })
  await client.privacy.uses.set({ recommendations: 'off' })
  await expect(client.recommendations()).rejects.toMatchObject({ code: 'consent-required' })
  await expect(client.privacy.uses.set({ recommendations: 'always' } as never)).rejects.toMatchObject({
    code: 'invalid-input',
  })
})
