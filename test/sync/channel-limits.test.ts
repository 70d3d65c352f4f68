// What one channel, and one socket with channels, may take: over real sockets, with readers that are slow or gone.
import { CLOSE_CODES, type Message, RegisterArray } from '@workforce-democracy/shared'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PART_BYTES } from '../../server/src/sync/fair-sender.ts'
import { lockLog } from '../support/log-lock.ts'
import { readMetric, readRefusals } from '../support/metrics.ts'
import { connectChannels, type RawChannel } from '../support/raw-channels.ts'
import { connectSynced, received, registerWriter } from '../support/register-writer.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'

const MIB = 1024 * 1024
const LIMITS = { channelsPerSocket: 3, connectionsPerPerson: 2, messagesPerSecond: 1, messageBurst: 100 }
const NORMAL = 1000

describe('how many', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer({ limits: { ...LIMITS, pongMs: 500 } })
  })
  afterAll(() => server[Symbol.asyncDispose]())

  test('[P28] [P29] channels a socket has, and sockets a person: the ones beyond are closed 4529', async () => {
    const { accessToken } = await server.register()
    const before = await readRefusals(server.url, 'too-many')
    await using one = await connectChannels(server.url, accessToken)
    await using two = await connectChannels(server.url, accessToken)
    const channels = []
    for (const document of ['votes', 'bookmarks', 'progress']) {
      channels.push(await one.synced(document), await two.synced(document))
    }
    expect(channels.map(({ closeCode }) => closeCode)).toEqual(Array(6).fill(undefined))
    const fourth = await one.synced('profile')
    expect(fourth.closeCode).toBe(CLOSE_CODES.tooMany)
    await using three = await connectChannels(server.url, accessToken)
    expect(await three.closed()).toBe(CLOSE_CODES.tooMany)
    expect(await readRefusals(server.url, 'too-many')).toBe(before + 2)
    channels[0]!.close()
    expect(await channels[0]!.closed()).toBe(NORMAL)
    fourth.close()
    expect((await one.synced('profile')).closeCode).toBeUndefined()
  })

  test('[P29] a client that does not confirm the end of channels is closed 4529', async () => {
    const { accessToken } = await server.register()
    await using socket = await connectChannels(server.url, accessToken)
    for (let n = 1; n <= 2 * LIMITS.channelsPerSocket; n++)
      expect(await socket.open('secrets').closed()).toBe(CLOSE_CODES.notFound)
    expect(socket.closeCode).toBeUndefined()
    socket.open('secrets')
    expect(await socket.closed()).toBe(CLOSE_CODES.tooMany)
  })

  test('[P29] messages in a channel: over its limit it is closed 4529, the others go on; over the socket’s, the socket is', async () => {
    const { accessToken } = await server.register()
    await using socket = await connectChannels(server.url, accessToken)
    const [votes, bookmarks] = [await socket.synced('votes'), await socket.synced('bookmarks')]
    for (let n = 0; n < LIMITS.messageBurst + 10; n++) votes.send({ type: 'query-awareness' })
    expect(await votes.closed()).toBe(CLOSE_CODES.tooMany)
    registerWriter(bookmarks).write('bill/hr1-119', 'x')
    await bookmarks.durable(1)
    for (let n = 0; n < 4 * LIMITS.messageBurst; n++) votes.send({ type: 'query-awareness' })
    expect(await socket.closed()).toBe(CLOSE_CODES.tooMany)
  })

  test('[P17] [P28] a peer that vanishes is found by pings, and all its channels are free again', async () => {
    await using proxy = await startTcpProxy(Number(new URL(server.url).port))
    const { accessToken } = await server.register()
    await using socket = await connectChannels(`http://127.0.0.1:${proxy.port}`, accessToken)
    for (const document of ['votes', 'bookmarks', 'progress']) await socket.synced(document)
    let pings = 0
    socket.webSocket.on('ping', () => pings++)
    await until(() => pings >= 3)
    expect(await readMetric(server.url, 'wd_sessions')).toBe(3)
    proxy.swallow()
    await until(async () => (await readMetric(server.url, 'wd_sockets')) === 0)
    expect([await readMetric(server.url, 'wd_sessions'), await readMetric(server.url, 'wd_rooms')]).toEqual([
      0, 0,
    ])
  })
})

describe('how much', () => {
  const limits = { unreadBytes: 200_000, socketUnreadBytes: 24 * MIB, pongMs: 60_000, answerMs: 60_000 }
  let nowMs = Date.now()
  let server: TestServer
  let accessToken: string
  beforeAll(async () => {
    server = await startTestServer({ limits, nowMs: () => nowMs })
    ;({ accessToken } = await server.register())
    await using writer = await connectSynced(server.url, accessToken)
    const { write } = registerWriter(writer)
    for (let n = 1; n <= 7; n++) write(`hr${n}-119`, 'x'.repeat(MIB - 1_000))
    await writer.durable(7)
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const refusals = () => readRefusals(server.url, 'overloaded')
  const ask = (channel: RawChannel) => channel.send({ type: 'step1', stateVector: new Uint8Array([0]) })

  test('[P29] [P30] a large answer that is taken slowly lets the other channels through, and closes none', async () => {
    const before = await refusals()
    let updatesWritten = 0
    await using socket = await connectChannels(server.url, accessToken)
    const bookmarks = await socket.synced('bookmarks')
    // Together more than the network takes by itself.
    const answers = [socket.open('votes'), socket.open('votes'), socket.open('votes')]
    for (const votes of answers) ask(votes)
    socket.webSocket.on('message', () => {
      if (socket.frames.at(-1)?.type === 'part' && updatesWritten === 0) socket.webSocket.pause()
    })
    await until(() => socket.webSocket.isPaused)
    await using writer = await connectSynced(server.url, accessToken, { document: 'bookmarks' })
    const { write } = registerWriter(writer)
    for (let n = 1; n <= 50; n++) write(`bill/hr${n}-119`, 'x'.repeat(1_000))
    await writer.durable(50)
    updatesWritten = 50
    socket.webSocket.resume()
    for (const votes of answers) await votes.nth('step2')
    await until(() => bookmarks.of('update').length === 50)
    const lastPart = socket.frames.findLastIndex(({ type }) => type === 'part')
    const others = socket.frames
      .slice(0, lastPart)
      .filter(({ type, channel }) => type === 'data' && channel === bookmarks.id)
    expect(others.length).toBeGreaterThan(50)
    for (const frame of socket.frames)
      if ('bytes' in frame) expect(frame.bytes.length).toBeLessThanOrEqual(PART_BYTES)
    for (const votes of answers) expect(new RegisterArray(received(votes)).state().size).toBe(7)
    expect(await refusals()).toBe(before)
  })

  test('[P16] [P29] who leaves too much of one document unread loses its channel with 4503, and no other', async () => {
    const before = await refusals()
    await using socket = await connectChannels(server.url, accessToken)
    const [bookmarks, progress] = [await socket.synced('bookmarks'), await socket.synced('progress')]
    await using writer = await connectSynced(server.url, accessToken, { document: 'bookmarks' })
    socket.webSocket.pause()
    for (let n = 0; (await refusals()) === before; n++) {
      writer.send(announcement(n))
      await writer.nth('awareness', n + 1)
    }
    socket.webSocket.resume()
    expect(await bookmarks.closed()).toBe(CLOSE_CODES.overloaded)
    const got = bookmarks.of('awareness')
    expect(got.map(numberOf)).toEqual(got.map((_, n) => n))
    registerWriter(progress).write('rating/x', 'y')
    await progress.durable(1)
    expect(await refusals()).toBe(before + 1)
  })

  test('[P29] who leaves too much unread over all its documents is closed 4503', async () => {
    const before = await refusals()
    await using socket = await connectChannels(server.url, accessToken)
    const channels = Array.from({ length: 6 }, () => socket.open('votes'))
    await channels[5]!.nth('step1')
    socket.webSocket.pause()
    for (const channel of channels) ask(channel)
    await until(async () => (await refusals()) > before, 20_000)
    socket.webSocket.resume()
    expect(await socket.closed()).toBe(CLOSE_CODES.overloaded)
    expect(await refusals()).toBe(before + 1)
  })

  test('[P21] [P29] who does not take the answer to a step 1 in time loses that channel with 4503', async () => {
    const before = await refusals()
    await using socket = await connectChannels(server.url, accessToken)
    const bookmarks = await socket.synced('bookmarks')
    const votes = socket.open('votes')
    await votes.nth('step1')
    socket.webSocket.pause()
    ask(votes)
    await until(async () => (await readMetric(server.url, 'wd_sessions')) === 2)
    const updates = bookmarks.messages.length
    // No further, however slow the machine: tokens are good for ten minutes.
    const endMs = nowMs + 90_000
    await until(async () => {
      nowMs = Math.min(nowMs + 1_000, endMs)
      return (await refusals()) === before + 1
    })
    socket.webSocket.resume()
    expect(await votes.closed()).toBe(CLOSE_CODES.overloaded)
    bookmarks.send({ type: 'awareness', update: new Uint8Array([0]) })
    await until(() => bookmarks.messages.length > updates)
  })

  test('[P17] [P28] each channel that hears nothing for 20 s gets an empty awareness update', async () => {
    await using socket = await connectChannels(server.url, accessToken)
    const channels = [await socket.synced('bookmarks'), await socket.synced('progress')]
    nowMs += 20_000
    for (const channel of channels)
      expect((await channel.nth('awareness')).update).toEqual(new Uint8Array([0]))
  })

  test('[P20] [P29] at a restart a slow reader is sent what waits for it, acknowledgements included, and then 1012', async () => {
    await using socket = await connectChannels(server.url, accessToken)
    const progress = await socket.synced('progress')
    const answers = [socket.open('votes'), socket.open('votes'), socket.open('votes')]
    let isRestarting = false
    socket.webSocket.on('message', () => {
      if (socket.frames.at(-1)?.type === 'part' && !isRestarting) socket.webSocket.pause()
    })
    for (const votes of answers) ask(votes)
    await until(() => socket.webSocket.isPaused)
    await using other = await connectSynced(server.url, accessToken, { document: 'progress' })
    registerWriter(progress).write('rating/y', 'z')
    await other.nth('update')
    // Answers with a large document are made one after the other: once this one is here, all before it are under way.
    await using _last = await connectSynced(server.url, accessToken)
    const restarted = server.restart()
    await until(async () => !(await fetch(server.url).catch(() => undefined)))
    isRestarting = true
    socket.webSocket.resume()
    expect(await socket.closed()).toBe(CLOSE_CODES.restart)
    expect(progress.of('durable').at(-1)?.count).toBe(1)
    for (const votes of answers) expect(votes.of('step2')).toHaveLength(1)
    await restarted
  })
})

test('[P16] [P29] while Postgres takes nothing the socket is left unread; what was sent is durable after all', async () => {
  const limits = { pauseAtBytes: 500_000, refuseAtBytes: 2_000_000 }
  await using server = await startTestServer({ limits })
  await using socket = await connectChannels(server.url, (await server.register()).accessToken)
  const [votes, bookmarks] = [await socket.synced('votes'), await socket.synced('bookmarks')]
  const queued = () => readMetric(server.url, 'wd_queued_bytes')
  await using lock = await lockLog(server.databases.databaseUrl)
  const writers = [votes, bookmarks].map(registerWriter)
  for (let n = 1; n <= 100; n++) for (const { write } of writers) write(`key${n}`, 'x'.repeat(25_000))
  await until(async () => (await queued()) >= limits.pauseAtBytes)
  await lock.release()
  await votes.durable(100)
  await bookmarks.durable(100)
  await until(async () => (await queued()) === 0)
  expect(await readRefusals(server.url, 'overloaded')).toBe(0)
})

/** Awareness of 1 MB that can be told from others. */
function announcement(n: number): Extract<Message, { type: 'awareness' }> {
  const update = new Uint8Array(1_000_000)
  new DataView(update.buffer).setUint32(0, n)
  return { type: 'awareness', update }
}

const numberOf = ({ update }: { update: Uint8Array }): number =>
  new DataView(update.buffer, update.byteOffset).getUint32(0)
