// Every limit of the sync server, reached over real sockets: refusals close with their code and are counted.
import { CLOSE_CODES, RegisterArray } from '@workforce-democracy/shared'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import type { OpenTransport } from '../../server/src/bus/bus.ts'
import { createIntake } from '../../server/src/sync/intake.ts'
import { Session } from '../../server/src/sync/session.ts'
import { lockLog } from '../support/log-lock.ts'
import { readMetric, readRefusals } from '../support/metrics.ts'
import { createTestDatabases } from '../support/postgres.ts'
import { connectRaw, type RawClient } from '../support/raw-client.ts'
import { connectSynced, OPEN, received, registerWriter } from '../support/register-writer.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'
import { upgradeAndIgnore } from '../support/upgrade-and-ignore.ts'

const LIMITS = {
  updateBytes: 40_000,
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

const refusals = (reason: string) => readRefusals(server.url, reason)

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

test('[P15] an update or awareness over its limit closes 4413, is counted, and a step 2 may be larger', async () => {
  const { accessToken } = await server.register()
  const before = await refusals('too-large')
  const update = updateOf(LIMITS.updateBytes + 1)
  await using one = await connected(accessToken)
  one.send({ type: 'update', update })
  expect(await one.closed()).toBe(CLOSE_CODES.tooLarge)
  await using two = await connected(accessToken)
  two.send({ type: 'awareness', update })
  expect(await two.closed()).toBe(CLOSE_CODES.tooLarge)
  expect(await refusals('too-large')).toBe(before + 2)
  await using three = await connected(accessToken)
  three.send({ type: 'step2', update })
  await three.durable(1)
  three.send({ type: 'step2', update: updateOf(LIMITS.documentBytes + 1) })
  expect(await three.closed()).toBe(CLOSE_CODES.tooLarge)
})

test('[P15] a message longer than any may be closes 4413 too, and is counted', async () => {
  const { accessToken } = await server.register()
  const before = await refusals('too-large')
  await using client = await connected(accessToken)
  client.send({ type: 'step2', update: updateOf(LIMITS.documentBytes + 100_000) })
  expect(await client.closed()).toBe(CLOSE_CODES.tooLarge)
  expect(await refusals('too-large')).toBe(before + 1)
})

/** A well-formed update of some more than so many bytes. */
function updateOf(bytes: number): Uint8Array {
  const doc = new Y.Doc()
  doc.getArray('registers').push(['x'.repeat(bytes)])
  return Y.encodeStateAsUpdate(doc)
}

test('[P15] history does not count: overwriting one key for ever stays within the limit', async () => {
  const { accessToken } = await server.register()
  await using client = await connected(accessToken)
  const write = writerOf(client)
  for (let n = 1; n <= 30; n++) write('hr1-119', 20_000)
  await client.durable(30)
})

test('[P15] what is written over HTTP is refused beyond the limit of its document, and nothing is lost', async () => {
  const { accessToken: token } = await server.register({ civicEngagementTracking: true })
  await fill(token, 'votes', 90_000)
  const { answer, accepted } = await voteUntilRefused(token)
  expect(answer).toMatchObject({ status: 413, body: { code: 'too-large' } })
  const { body } = await server.call('GET', '/api/civic/votes?limit=100', { token })
  expect([accepted > 5, body.items.length]).toEqual([true, accepted])
})

test('[P15] what is written over HTTP is refused beyond the limit of its person, and nothing is lost', async () => {
  const { accessToken: token } = await server.register({ civicEngagementTracking: true })
  await fill(token, 'bookmarks', 90_000)
  await fill(token, 'votes', 50_000)
  const { answer, accepted } = await voteUntilRefused(token)
  expect(answer).toMatchObject({ status: 413, body: { code: 'too-large' } })
  const { body } = await server.call('GET', '/api/civic/votes?limit=100', { token })
  expect([accepted > 5, body.items.length]).toEqual([true, accepted])
})

/** Writes registers of so many bytes in all. */
async function fill(token: string, document: string, bytes: number): Promise<void> {
  await using client = await connected(token, document)
  const write = writerOf(client)
  const count = bytes / 10_000
  for (let n = 1; n <= count; n++) write(`us-zz:filling-${n}`, 10_000)
  await client.durable(count)
}

/** Votes of some half a kilobyte, at most 40. */
async function voteUntilRefused(token: string) {
  for (let accepted = 0; ; accepted++) {
    const body = { billId: `us-zz:unlisted-${accepted}`, choice: 'yes', billName: 'x'.repeat(480) }
    const answer = await server.call('POST', '/api/civic/vote', { token, body })
    if (answer.status !== 200 || accepted === 40) return { answer, accepted }
  }
}

test('[P15] a document near its limit is compacted after each sixteenth of it, not at every write', async () => {
  const { accessToken } = await server.register()
  await using client = await connected(accessToken)
  const write = writerOf(client)
  for (let n = 1; n <= 9; n++) write(`hr${n}-119`, 10_900)
  await client.durable(9)
  const before = await readMetric(server.url, 'wd_compactions_total')
  for (let n = 1; n <= 200; n++) write('hr10-119', 100)
  await client.durable(209)
  const compactions = (await readMetric(server.url, 'wd_compactions_total')) - before
  expect(compactions).toBeGreaterThan(1)
  expect(compactions).toBeLessThan(9)
  write('hr11-119', 10_000)
  expect(await client.closed()).toBe(CLOSE_CODES.tooLarge)
})

test('[P15] all documents of a person together have a limit too', async () => {
  const { accessToken } = await server.register()
  await using votes = await connected(accessToken)
  const writeVotes = writerOf(votes)
  for (let n = 1; n <= 4; n++) writeVotes(`hr${n}-119`, 20_000)
  await votes.durable(4)
  const before = await refusals('too-large')
  await using bookmarks = await connected(accessToken, 'bookmarks')
  const write = writerOf(bookmarks)
  for (let n = 1; n <= 5; n++) write(`bill/hr${n}-119`, 18_000)
  expect(await bookmarks.closed()).toBe(CLOSE_CODES.tooLarge)
  expect(await refusals('too-large')).toBe(before + 1)
  expect(bookmarks.of('durable').at(-1)?.count).toBeGreaterThanOrEqual(3)
})

test('[P15] what other servers write to a document counts too', async () => {
  const { accessToken } = await server.register()
  await using other = await startTestServer({ limits: LIMITS }, server.databases, server.config)
  await using here = await connected(accessToken)
  await using there = await connectSynced(other.url, accessToken)
  const write = writerOf(there)
  for (let n = 1; n <= 4; n++) write(`hr${n}-119`, 20_000)
  await until(() => received(here).getArray('registers').length === 4)
  writerOf(here)('hr5-119', 30_000)
  expect(await here.closed()).toBe(CLOSE_CODES.tooLarge)
})

test('[P15] also to what rests on a write that this server has only just looked for', async () => {
  // Neither hears of what the other writes.
  const deaf: OpenTransport = () => ({
    maxTextBytes: 1_000,
    publish: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  })
  await using databases = await createTestDatabases()
  await using one = await startTestServer({ limits: LIMITS, transport: deaf }, databases)
  await using other = await startTestServer({ limits: LIMITS, transport: deaf }, databases, one.config)
  const { accessToken } = await one.register()
  await using here = await connectSynced(one.url, accessToken)
  await using there = await connectSynced(other.url, accessToken)
  let at = there
  const { write } = registerWriter({ send: message => at.send(message) })
  for (let n = 1; n <= 4; n++) write(`hr${n}-119`, 'x'.repeat(20_000))
  await there.durable(4)
  at = here
  write('hr5-119', 'x'.repeat(30_000))
  expect(await here.closed()).toBe(CLOSE_CODES.tooLarge)
})

test('[P15] more messages than allowed close 4529', async () => {
  const { accessToken } = await server.register()
  const before = await refusals('too-many')
  await using client = await connected(accessToken)
  for (let n = 0; n < LIMITS.messageBurst + 10; n++) client.send({ type: 'query-awareness' })
  expect(await client.closed()).toBe(CLOSE_CODES.tooMany)
  expect(await refusals('too-many')).toBe(before + 1)
})

test('[P15] a person has a limited number of connections, and gets one back when one closes', async () => {
  const { accessToken } = await server.register()
  const clients = [await connected(accessToken), await connected(accessToken), await connected(accessToken)]
  const before = await refusals('too-many')
  await using refused = await connectRaw(server.url, 'votes', accessToken, { query: OPEN })
  expect(await refused.closed()).toBe(CLOSE_CODES.tooMany)
  expect(await refusals('too-many')).toBe(before + 1)
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
  const idle = await Promise.all(
    Array.from({ length: LIMITS.unauthenticatedPerAddress }, () => upgradeAndIgnore(server.url)),
  )
  await using refused = await connectRaw(server.url, 'votes', accessToken, { query: OPEN })
  expect(await refused.closed()).toBe(CLOSE_CODES.tooMany)
  for (const socket of idle) socket.destroy()
  await until(async () => {
    await using again = await connectRaw(server.url, 'votes', accessToken, { query: OPEN })
    await until(() => again.closeCode !== undefined || again.of('step1').length > 0)
    return again.closeCode === undefined
  })
})

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

test('[P16] while Postgres takes nothing sockets are left unread, then refused; what was read is durable after all', async () => {
  const limits = { pauseAtBytes: 1_000_000, refuseAtBytes: 2_000_000 }
  await using narrow = await startTestServer({ limits })
  const enter = async () => connectSynced(narrow.url, (await narrow.register()).accessToken)
  await using first = await enter()
  await using second = await enter()
  await using third = await enter()
  const queued = () => readMetric(narrow.url, 'wd_queued_bytes')
  const before = await readRefusals(narrow.url, 'overloaded')
  await using lock = await lockLog(narrow.databases.databaseUrl)
  const write = writerOf(first)
  for (let n = 1; n <= 60; n++) write(`hr${n}-119`, 25_000)
  await until(async () => (await queued()) >= limits.pauseAtBytes)
  writerOf(second)('hr1-119', 1_000_000)
  await until(async () => (await queued()) >= limits.refuseAtBytes)
  writerOf(third)('hr1-119', 10)
  expect(await third.closed()).toBe(CLOSE_CODES.overloaded)
  expect(await readRefusals(narrow.url, 'overloaded')).toBe(before + 1)
  // Of the first one's 1.5 MB the last part is still in the network's buffers.
  expect(await queued()).toBeLessThan(2_400_000)
  await lock.release()
  await first.durable(60)
  await second.durable(1)
  await until(async () => (await queued()) === 0)
})

test('[P21] asking again gives no more time for an answer, and one that was taken is late no more', () => {
  let nowMs = 0
  const closeCodes: number[] = []
  // What the network has not taken.
  const socket = {
    bufferedAmount: 0,
    send(frame: Uint8Array) {
      this.bufferedAmount += frame.length
    },
    close: (code: number) => void closeCodes.push(code),
  }
  const session = new Session({
    ...{
      socket,
      personId: 'p',
      document: 'votes',
      receipts: false,
      accountSessionId: 's',
      durableMessages: true,
      cursor: undefined,
    },
    limits: { unreadBytes: 100, answerMs: 1_000 },
    nowMs: () => nowMs,
    onRefused: () => undefined,
  })
  const answer = () => session.sendAnswer([{ type: 'step2', update: new Uint8Array(10) }], 1)
  const pass = (ms: number) => {
    nowMs += ms
    session.closeIfLate()
  }
  answer()
  socket.bufferedAmount = 0
  pass(2_000)
  expect([session.isTakingAnswer, closeCodes]).toEqual([false, []])
  answer()
  pass(900)
  answer()
  pass(100)
  expect([session.isTakingAnswer, closeCodes]).toEqual([true, []])
  pass(1)
  expect(closeCodes).toEqual([CLOSE_CODES.overloaded])
})
