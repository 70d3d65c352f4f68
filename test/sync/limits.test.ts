// Every limit of the sync server, reached over real sockets: refusals close with their code and are counted.
import { request } from 'node:http'
import type { Duplex } from 'node:stream'
import { CLOSE_CODES, RegisterArray } from '@workforce-democracy/shared'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createIntake } from '../../server/src/sync/intake.ts'
import { connectRaw, type RawClient } from '../support/raw-client.ts'
import { connectSynced, OPEN, received, registerWriter } from '../support/register-writer.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

const LIMITS = {
  documentBytes: 100_000,
  personBytes: 150_000,
  messagesPerSecond: 1,
  messageBurst: 300,
  connectionsPerPerson: 3,
  unauthenticatedPerAddress: 5,
}

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ limits: LIMITS })
})
afterAll(() => server[Symbol.asyncDispose]())

const connected = (token: string, document = 'votes') => connectSynced(server.url, token, { document })

/** A client that writes registers of `bytes` each. */
function writerOf(client: RawClient) {
  const { write } = registerWriter(client)
  return (key: string, bytes: number) => write(key, 'x'.repeat(bytes))
}

const refusals = async (reason: string): Promise<number> => {
  const text = await (await fetch(`${server.url}/metrics`)).text()
  return Number(new RegExp(`wd_refusals_total\\{reason="${reason}"\\} (\\d+)`).exec(text)?.[1] ?? 0)
}

test('[P15] a document over its limit closes 4413, is counted, and keeps what was acknowledged', async () => {
  const { accessToken } = await server.register()
  const before = await refusals('too-large')
  await using client = await connected(accessToken)
  const write = writerOf(client)
  for (let n = 1; n <= 4; n++) write(`hr${n}-119`, 20_000)
  await client.durable(4)
  write('hr5-119', 30_000)
  expect(await client.closed()).toBe(CLOSE_CODES.tooLarge)
  expect(await refusals('too-large')).toBe(before + 1)
  await using again = await connected(accessToken)
  expect(new RegisterArray(received(again)).state().size).toBe(4)
})

test('[P15] history does not count: overwriting one key for ever stays within the limit', async () => {
  const { accessToken } = await server.register()
  await using client = await connected(accessToken)
  const write = writerOf(client)
  for (let n = 1; n <= 30; n++) write('hr1-119', 20_000)
  await client.durable(30)
})

test('[P15] all documents of a person together have a limit too', async () => {
  const { accessToken } = await server.register()
  await using votes = await connected(accessToken)
  const writeVotes = writerOf(votes)
  for (let n = 1; n <= 4; n++) writeVotes(`hr${n}-119`, 20_000)
  await votes.durable(4)
  await using bookmarks = await connected(accessToken, 'bookmarks')
  const write = writerOf(bookmarks)
  for (let n = 1; n <= 5; n++) write(`bill/hr${n}-119`, 18_000)
  expect(await bookmarks.closed()).toBe(CLOSE_CODES.tooLarge)
  expect(bookmarks.of('durable').at(-1)?.count).toBeGreaterThanOrEqual(3)
})

test('[P15] more messages than allowed close 4529', async () => {
  const { accessToken } = await server.register()
  await using client = await connected(accessToken)
  for (let n = 0; n < LIMITS.messageBurst + 10; n++) client.send({ type: 'query-awareness' })
  expect(await client.closed()).toBe(CLOSE_CODES.tooMany)
})

test('[P15] a person has a limited number of connections, and gets one back when one closes', async () => {
  const { accessToken } = await server.register()
  const clients = [await connected(accessToken), await connected(accessToken), await connected(accessToken)]
  await using refused = await connectRaw(server.url, 'votes', accessToken, { query: OPEN })
  expect(await refused.closed()).toBe(CLOSE_CODES.tooMany)
  await clients[0]![Symbol.asyncDispose]()
  await until(async () => {
    const again = await connectRaw(server.url, 'votes', accessToken, { query: OPEN })
    await until(() => again.closeCode !== undefined || again.of('step1').length > 0)
    const { closeCode } = again
    await again[Symbol.asyncDispose]()
    return closeCode === undefined
  })
  for (const client of clients) await client[Symbol.asyncDispose]()
})

test('[P15] an address has a limited number of connections that have shown no good token', async () => {
  const { accessToken } = await server.register()
  // These never answer the server's close, so they stay until it gives up on them.
  const idle = await Promise.all(Array.from({ length: LIMITS.unauthenticatedPerAddress }, upgradeAndIgnore))
  await using refused = await connectRaw(server.url, 'votes', accessToken, { query: OPEN })
  expect(await refused.closed()).toBe(CLOSE_CODES.tooMany)
  for (const socket of idle) socket.destroy()
  await until(async () => {
    await using again = await connectRaw(server.url, 'votes', accessToken, { query: OPEN })
    await until(() => again.closeCode !== undefined || again.of('step1').length > 0)
    return again.closeCode === undefined
  })
})

/** A WebSocket with a bad token whose frames nobody reads. */
function upgradeAndIgnore(): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const asked = request(`${server.url}/api/sync/votes`, {
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': Buffer.alloc(16, 1).toString('base64'),
        'sec-websocket-protocol': 'y-websocket, bearer.bad',
      },
    })
    asked.on('upgrade', (_response, socket) => resolve(socket))
    asked.on('error', reject)
    asked.end()
  })
}

test('[P14] ending a session closes its sockets within five seconds, and no others', async () => {
  const person = await server.register()
  await using mine = await connected(person.accessToken)
  await using others = await connected((await server.register()).accessToken)
  const endedAtMs = Date.now()
  await server.call('POST', '/api/auth/logout', { body: { refreshToken: person.refreshToken } })
  expect(await mine.closed()).toBe(CLOSE_CODES.unauthorized)
  expect(Date.now() - endedAtMs).toBeLessThan(5_000)
  expect(others.closeCode).toBeUndefined()
})

test('[P16] when too much is received and not committed, sockets are left unread until half of it is', () => {
  const calls: string[] = []
  const socket = (name: string) => ({
    pause: () => calls.push(`pause ${name}`),
    resume: () => calls.push(`resume ${name}`),
  })
  const [a, b] = [socket('a'), socket('b')]
  const intake = createIntake({ pauseAtBytes: 100, refuseAtBytes: 200 })
  intake.add(99)
  expect(intake.admit(a)).toBe('take')
  expect(calls).toEqual([])
  intake.add(1)
  expect([intake.admit(a), intake.admit(a), intake.admit(b)]).toEqual(['take', 'take', 'take'])
  expect(calls).toEqual(['pause a', 'pause b'])
  intake.add(100)
  expect(intake.admit(a)).toBe('refuse')
  intake.forget(b)
  intake.remove(140)
  expect(calls).toEqual(['pause a', 'pause b'])
  intake.remove(10)
  expect(calls).toEqual(['pause a', 'pause b', 'resume a'])
})
