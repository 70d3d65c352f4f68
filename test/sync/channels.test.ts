// Several documents over one socket, frame by frame, on a real server and a real Postgres.
import { CLOSE_CODES, encodeChannelFrame, encodeMessage, RegisterArray } from '@workforce-democracy/shared'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readMetric, readRefusals } from '../support/metrics.ts'
import { execute } from '../support/postgres.ts'
import { connectChannels, type RawChannel } from '../support/raw-channels.ts'
import { connectSynced, received, registerWriter } from '../support/register-writer.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const NORMAL = 1000
const connect = (accessToken: string) => connectChannels(server.url, accessToken)

/** The registers of what a channel was sent. */
const keysIn = (channel: RawChannel) => [...new RegisterArray(received(channel)).state().keys()].sort()

/** Whether a channel is served, as seen from outside: an update of it becomes durable. */
async function isServed(channel: RawChannel): Promise<boolean> {
  const before = channel.of('durable').at(-1)?.count ?? 0
  registerWriter(channel).write(`hr${Math.trunc(Math.random() * 1e9)}-119`, 'yes')
  await until(() => channel.closeCode !== undefined || (channel.of('durable').at(-1)?.count ?? 0) > before)
  return channel.closeCode === undefined
}

describe('several documents over one socket', () => {
  test('[P24] [P28] are each synced as over a socket of their own, and count as one', async () => {
    const { accessToken } = await server.register()
    await using socket = await connect(accessToken)
    const documents = ['votes', 'bookmarks', 'progress', 'profile']
    const channels = await Promise.all(documents.map(document => socket.synced(document)))
    expect(await readMetric(server.url, 'wd_sockets')).toBe(1)
    expect(await readMetric(server.url, 'wd_sessions')).toBe(4)
    const writers = channels.map(registerWriter)
    for (let n = 1; n <= 20; n++) for (const { write } of writers) write(`key${n}`, 'x')
    await Promise.all(channels.map(channel => channel.durable(20)))
    for (const document of documents) {
      await using alone = await connectSynced(server.url, accessToken, { document })
      expect(new RegisterArray(received(alone)).state().size).toBe(20)
    }
  })

  test('[P24] relay to and from sockets of one document, and never into another document’s channel', async () => {
    const { accessToken } = await server.register()
    await using socket = await connect(accessToken)
    const [votes, bookmarks] = [await socket.synced('votes'), await socket.synced('bookmarks')]
    await using alone = await connectSynced(server.url, accessToken)
    registerWriter(votes).write('hr1-119', 'yes')
    expect((await alone.nth('update')).update.length).toBeGreaterThan(0)
    registerWriter(alone).write('hr2-119', 'no')
    await votes.nth('update')
    expect(keysIn(votes)).toEqual(['hr2-119'])
    expect(keysIn(bookmarks)).toEqual([])
    expect(bookmarks.of('update')).toEqual([])
  })

  test('[P25] may be written to before the server has said anything', async () => {
    const { accessToken } = await server.register()
    await using socket = await connect(accessToken)
    const votes = socket.open('votes')
    votes.send({ type: 'step1', stateVector: new Uint8Array([0]) })
    const { write } = registerWriter(votes)
    for (let n = 1; n <= 5; n++) write(`hr${n}-119`, 'yes')
    await votes.durable(5)
  })

  test('[P28] a token that is renewed in one channel goes on for all; a bad one closes the socket 4401', async () => {
    const { accessToken } = await server.register()
    await using socket = await connect(accessToken)
    const [votes, bookmarks] = [await socket.synced('votes'), await socket.synced('bookmarks')]
    votes.send({ type: 'renew-token', accessToken })
    expect([await isServed(votes), await isServed(bookmarks)]).toEqual([true, true])
    votes.send({ type: 'renew-token', accessToken: 'bad' })
    expect(await socket.closed()).toBe(CLOSE_CODES.unauthorized)
    expect(await bookmarks.closed()).toBe(CLOSE_CODES.unauthorized)
  })
})

describe('the end of a channel', () => {
  test('[P26] closed by the client: the server confirms, lets go, and the id can be used again', async () => {
    const { accessToken } = await server.register()
    await using socket = await connect(accessToken)
    const votes = await socket.synced('votes')
    const bookmarks = await socket.synced('bookmarks')
    registerWriter(votes).write('hr1-119', 'yes')
    await votes.durable(1)
    votes.close()
    expect(await votes.closed()).toBe(NORMAL)
    await until(async () => (await readMetric(server.url, 'wd_sessions')) === 1)
    const again = socket.open('votes', { id: votes.id })
    again.send({ type: 'step1', stateVector: new Uint8Array([0]) })
    await again.nth('step2')
    expect(keysIn(again)).toEqual(['hr1-119'])
    expect(await isServed(bookmarks)).toBe(true)
  })

  test('[P26] closed by the server: what was on its way is ignored until the client confirms', async () => {
    const { accessToken } = await server.register()
    await using socket = await connect(accessToken)
    const [votes, bookmarks] = [await socket.synced('votes'), await socket.synced('bookmarks')]
    votes.sendBytes(new Uint8Array([99]))
    for (let n = 0; n < 5; n++) votes.send({ type: 'query-awareness' })
    expect(await votes.closed()).toBe(CLOSE_CODES.malformed)
    votes.send({ type: 'query-awareness' })
    votes.close()
    const again = socket.open('votes', { id: votes.id })
    again.send({ type: 'step1', stateVector: new Uint8Array([0]) })
    await again.nth('step2')
    expect(await isServed(bookmarks)).toBe(true)
    expect(socket.closeCode).toBeUndefined()
  })

  test.each([
    [
      'data of a channel that was never opened',
      encodeChannelFrame({ type: 'data', channel: 9, bytes: encodeMessage({ type: 'query-awareness' }) }),
    ],
    [
      'the close of a channel that was never opened',
      encodeChannelFrame({ type: 'close', channel: 9, code: 1000, reason: '' }),
    ],
    ['opening what is open', encodeChannelFrame({ type: 'open', channel: 1, target: 'bookmarks' })],
    [
      'a part, which only the server sends',
      encodeChannelFrame({ type: 'part', channel: 1, bytes: new Uint8Array(3) }),
    ],
    ['an unknown type', new Uint8Array([4, 1])],
    ['an empty message', new Uint8Array()],
    ['a name that is no text', new Uint8Array([0, 2, 2, 0xff, 0xff])],
    ['an open that ends early', new Uint8Array([0, 2, 9, 0x76])],
    ['an id that is no number', new Uint8Array([0, ...Array(10).fill(0xff)])],
    ['text', 'hello'],
  ])('[P26] %s closes the socket 4400', async (_name, message) => {
    const { accessToken } = await server.register()
    await using socket = await connect(accessToken)
    const votes = await socket.synced('votes')
    const before = await readRefusals(server.url, 'malformed-message')
    socket.sendBytes(message)
    expect(await socket.closed()).toBe(CLOSE_CODES.malformed)
    expect(await votes.closed()).toBe(CLOSE_CODES.malformed)
    expect(await readRefusals(server.url, 'malformed-message')).toBe(before + 1)
  })
})

describe('what concerns one document leaves the others alone', () => {
  test.each([
    ['a document that does not exist', 'secrets', '?mode=open', undefined, CLOSE_CODES.notFound],
    ['a path in the place of a name', '../votes', '', undefined, CLOSE_CODES.notFound],
    ['a mode that does not exist', 'bookmarks', '?mode=public', undefined, CLOSE_CODES.malformed],
    ['an old generation', 'bookmarks', '?mode=open&generation=7', undefined, CLOSE_CODES.moved],
    ['a broken state vector', 'bookmarks', '?mode=open', new Uint8Array([0, 0, 1, 5]), CLOSE_CODES.malformed],
    ['a broken update', 'bookmarks', '?mode=open', new Uint8Array([0, 2, 3, 1, 2, 3]), CLOSE_CODES.malformed],
    [
      'an update over 1 MiB',
      'bookmarks',
      '?mode=open',
      encodeMessage({ type: 'update', update: new Uint8Array(1024 * 1024 + 1) }),
      CLOSE_CODES.tooLarge,
    ],
  ])('[P27] %s', async (_name, document, query, frame, code) => {
    const { accessToken } = await server.register()
    await using socket = await connect(accessToken)
    const votes = await socket.synced('votes')
    const refused = socket.open(document, { query })
    if (frame) refused.sendBytes(frame)
    expect(await refused.closed()).toBe(code)
    if (code === CLOSE_CODES.moved) expect(refused.of('moved')).toEqual([{ type: 'moved', generation: 1 }])
    expect(await isServed(votes)).toBe(true)
    expect(socket.closeCode).toBeUndefined()
  })

  test('[P27] a document that moves while it is open', async () => {
    const { accessToken, user } = await server.register()
    await using socket = await connect(accessToken)
    const [votes, bookmarks] = [await socket.synced('votes'), await socket.synced('bookmarks')]
    await execute(server.databases.databaseUrl, [
      `update documents set generation = 2 where person_id = '${user.id}' and document = 'votes'`,
    ])
    expect(await votes.closed()).toBe(CLOSE_CODES.moved)
    expect(votes.messages.at(-1)).toEqual({ type: 'moved', generation: 2 })
    votes.close()
    expect(await isServed(bookmarks)).toBe(true)
    expect(await isServed(await socket.synced('votes', '?mode=open&generation=2'))).toBe(true)
  })
})

describe('what concerns the client closes the socket', () => {
  test.each([
    ['no token', undefined],
    ['a bad token', 'not-a-token'],
  ])('[P28] %s', async (_name, token) => {
    await using socket = await connectChannels(server.url, token)
    expect(await socket.closed()).toBe(CLOSE_CODES.unauthorized)
  })

  test('[P24] a client that does not speak wd-channels.1 is too old', async () => {
    const { accessToken } = await server.register()
    await using socket = await connectChannels(server.url, accessToken, { subprotocol: 'wd-sync.1' })
    expect(await socket.closed()).toBe(CLOSE_CODES.protocolTooOld)
  })

  test('[P14] [P27] the end of its session, within five seconds, also of a socket that has no channel open', async () => {
    const person = await server.register()
    await using others = await connect((await server.register()).accessToken)
    const othersVotes = await others.synced('votes')
    await using socket = await connect(person.accessToken)
    await using idle = await connect(person.accessToken)
    const channels = [await socket.synced('votes'), await socket.synced('bookmarks')]
    const endedAtMs = Date.now()
    await server.call('POST', '/api/auth/logout', { body: { refreshToken: person.refreshToken } })
    expect(await socket.closed()).toBe(CLOSE_CODES.unauthorized)
    expect(await idle.closed()).toBe(CLOSE_CODES.unauthorized)
    expect(Date.now() - endedAtMs).toBeLessThan(5_000)
    for (const channel of channels) expect(channel.closeCode).toBe(CLOSE_CODES.unauthorized)
    expect(await isServed(othersVotes)).toBe(true)
  })

  test('[P20] [P27] a restart: 1012, and everything received was acknowledged', async () => {
    const { accessToken } = await server.register()
    await using socket = await connect(accessToken)
    const channels = [await socket.synced('votes'), await socket.synced('bookmarks')]
    for (const channel of channels) {
      const { write } = registerWriter(channel)
      for (let n = 1; n <= 50; n++) write(`key${n}`, 'x'.repeat(1_000))
    }
    await channels[0]!.nth('durable', 2)
    await server.restart()
    expect(await socket.closed()).toBe(CLOSE_CODES.restart)
    const documents = ['votes', 'bookmarks']
    for (const [n, channel] of channels.entries()) {
      await using alone = await connectSynced(server.url, accessToken, { document: documents[n]! })
      const stored = new RegisterArray(received(alone)).state().size
      expect(channel.of('durable').at(-1)?.count).toBe(stored)
    }
  })
})
