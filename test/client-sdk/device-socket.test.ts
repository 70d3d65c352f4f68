// One socket a device: what its documents share, and what happens when it is lost.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type Client, createMemoryStore, openClient } from '@workforce-democracy/client/node'
import {
  CLOSE_CODES,
  DOCUMENT_NAMES,
  decodeMessage,
  encodeMessage,
  TOKEN_SUBPROTOCOL_PREFIX,
} from '@workforce-democracy/shared'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import * as Y from 'yjs'
import type { Channel } from '../../client-sdk/src/sync/channel.ts'
import { DeviceSocket } from '../../client-sdk/src/sync/device-socket.ts'
import { readMetric } from '../support/metrics.ts'
import { execute } from '../support/postgres.ts'
import { connectSynced, registerWriter } from '../support/register-writer.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const EVERYTHING = { profile: 'open', votes: 'open', bookmarks: 'open', progress: 'open' } as const

/** `ws`, with the times at which sockets were made and lost. */
function countedWebSocket() {
  const madeAtMs: number[] = []
  const lostAtMs: number[] = []
  const Counted = class extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols)
      madeAtMs.push(performance.now())
      this.on('close', () => lostAtMs.push(performance.now()))
    }
  }
  return { madeAtMs, lostAtMs, WebSocket: Counted as unknown as typeof globalThis.WebSocket }
}

/** A signed-in client that shares everything that may be open. */
async function device(
  options: { server?: string; WebSocket?: typeof globalThis.WebSocket } = {},
): Promise<Client> {
  const client = await openClient({
    storage: createMemoryStore(),
    storeSecret: new Uint8Array(32).fill(7),
    server: server.url,
    ...options,
  })
  await client.account.register({
    username: `made-up-${randomBytes(6).toString('hex')}`,
    password: 'a made-up password',
  })
  await client.privacy.set(EVERYTHING)
  await until(() => client.sync.status.state === 'durable')
  return client
}

/** Sockets, and documents on them; those that nothing was written to may come a moment later. */
const standing = async () => [
  await readMetric(server.url, 'wd_sockets'),
  await readMetric(server.url, 'wd_sessions'),
]
/** Writes to every document, and waits until it is durable. */
async function writeEverywhere(client: Client): Promise<void> {
  const saved = await Promise.all([
    client.votes.cast('hr1-119', 'yes'),
    client.bookmarks.add('bill', 'hr1-119'),
    client.profile.set({ displayName: 'Made Up' }),
    client.progress.record('a-resource', { percent: 10, seconds: 5 }),
  ])
  await Promise.all(saved.map(each => each.durable()))
}

test('[P24] all documents of a device sync over one socket', async () => {
  await using client = await device()
  await writeEverywhere(client)
  await expect.poll(standing).toEqual([1, DOCUMENT_NAMES.length])
})

test('[P19] [P27] a document that moves comes back over the same socket', async () => {
  const { madeAtMs, WebSocket } = countedWebSocket()
  await using client = await device({ WebSocket })
  await writeEverywhere(client)
  let isTold = false
  client.sync.subscribe(() => {
    isTold ||= client.sync.status.state !== 'durable'
  })
  await execute(server.databases.databaseUrl, [
    `delete from document_updates where person_id = '${client.account.current()!.id}' and document = 'votes'`,
    `update documents set generation = 2 where person_id = '${client.account.current()!.id}' and document = 'votes'`,
  ])
  await until(() => isTold)
  await writeEverywhere(client)
  await until(() => client.sync.status.state === 'durable')
  expect(madeAtMs).toHaveLength(1)
  await expect.poll(standing).toEqual([1, DOCUMENT_NAMES.length])
})

test('a lost socket is replaced by one, whatever number of documents want it, and no sooner than the backoff says', async () => {
  await using proxy = await startTcpProxy(Number(new URL(server.url).port))
  const { madeAtMs, WebSocket } = countedWebSocket()
  await using client = await device({ server: `http://127.0.0.1:${proxy.port}`, WebSocket })
  const lostAtMs = performance.now()
  proxy.cut({ refuse: true })
  const vote = await client.votes.cast('hr2-119', 'no')
  expect(client.sync.status.pending).toBe(1)
  await until(() => madeAtMs.length >= 4)
  // Half of 200, 400 and 800 ms at least; the documents by themselves would all have tried within the first.
  expect(madeAtMs[3]! - lostAtMs).toBeGreaterThan(650)
  proxy.restore()
  await vote.durable()
  await writeEverywhere(client)
  await expect.poll(standing).toEqual([1, DOCUMENT_NAMES.length])
})

test('flush() does not wait for the backoff', async () => {
  await using proxy = await startTcpProxy(Number(new URL(server.url).port))
  const { madeAtMs, lostAtMs, WebSocket } = countedWebSocket()
  await using client = await device({ server: `http://127.0.0.1:${proxy.port}`, WebSocket })
  proxy.cut({ refuse: true })
  await until(() => lostAtMs.length >= 4)
  proxy.restore()
  const before = madeAtMs.length
  const askedAtMs = performance.now()
  void client.sync.flush()
  await until(() => madeAtMs.length > before)
  expect(madeAtMs[before]! - askedAtMs).toBeLessThan(500)
  await until(() => client.sync.status.state === 'durable')
})

/** A device socket on its own, with a clock that is moved by hand. */
function bareDevice(url: string) {
  const clock = { nowMs: 0 }
  const device = new DeviceSocket({
    url: `${url.replace('http', 'ws')}/api/sync`,
    WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
    now: () => clock.nowMs,
    random: () => 0,
  })
  const open = (document: string, token: string) => {
    const Constructor = device.channelClass()
    const channel = new Constructor(`${device.url}/${document}?mode=open`, [
      TOKEN_SUBPROTOCOL_PREFIX + token,
    ]) as unknown as Channel
    const seen = { frames: [] as Uint8Array[], closeCode: undefined as number | undefined }
    channel.onmessage = ({ data }) => seen.frames.push(new Uint8Array(data))
    channel.onclose = ({ code }) => {
      seen.closeCode = code
    }
    return { channel, seen }
  }
  return { clock, device, open }
}

test('[P26] a channel that is left goes from the server, and with the last of them the socket', async () => {
  await until(async () => `${await standing()}` === '0,0')
  const { accessToken } = await server.register()
  const { open } = bareDevice(server.url)
  const [votes, bookmarks] = [open('votes', accessToken), open('bookmarks', accessToken)]
  await until(async () => `${await standing()}` === '1,2')
  votes.channel.close()
  await until(async () => `${await standing()}` === '1,1')
  bookmarks.channel.close()
  await until(async () => `${await standing()}` === '0,0')
})

test('a socket on which nothing is heard any more is given up with all its channels, and replaced', async () => {
  await using proxy = await startTcpProxy(Number(new URL(server.url).port))
  const { accessToken } = await server.register()
  const { clock, device, open } = bareDevice(`http://127.0.0.1:${proxy.port}`)
  const [votes, bookmarks] = [open('votes', accessToken), open('bookmarks', accessToken)]
  await until(() => votes.seen.frames.length > 0 && bookmarks.seen.frames.length > 0)
  proxy.swallow()
  clock.nowMs += 20_000
  votes.channel.close()
  expect(bookmarks.seen.closeCode).toBeUndefined()
  clock.nowMs += 10_000
  const again = open('votes', accessToken)
  expect(bookmarks.seen.closeCode).toBe(1006)
  proxy.restore()
  await until(() => again.seen.frames.length > 0)
  device.close()
})

test('the newest token is shown: what was refused with an old one is let in with a new one', async () => {
  const { accessToken } = await server.register()
  const { device, open } = bareDevice(server.url)
  const [one, two] = [open('votes', 'old'), open('bookmarks', 'old')]
  await until(() => one.seen.closeCode !== undefined && two.seen.closeCode !== undefined)
  expect([one.seen.closeCode, two.seen.closeCode]).toEqual([
    CLOSE_CODES.unauthorized,
    CLOSE_CODES.unauthorized,
  ])
  const [three, four] = [open('votes', 'old'), open('bookmarks', accessToken)]
  await until(() => three.seen.frames.length > 0 && four.seen.frames.length > 0)
  device.close()
})

test('[P27] what one channel is refused for leaves the others, and what is sent after its end goes nowhere', async () => {
  const { accessToken } = await server.register()
  const { device, open } = bareDevice(server.url)
  const [votes, secrets] = [open('votes', accessToken), open('secrets', accessToken)]
  await until(() => secrets.seen.closeCode === CLOSE_CODES.notFound)
  secrets.channel.send(encodeMessage({ type: 'query-awareness' }))
  secrets.channel.close()
  const heard = votes.seen.frames.length
  votes.channel.send(encodeMessage({ type: 'awareness', update: new Uint8Array([0]) }))
  await until(() => votes.seen.frames.length > heard)
  expect(votes.seen.closeCode).toBeUndefined()
  device.close()
})

test('[P30] a frame that comes in parts is put together', async () => {
  const { accessToken } = await server.register()
  await using writer = await connectSynced(server.url, accessToken)
  const { write } = registerWriter(writer)
  for (let n = 1; n <= 3; n++) write(`hr${n}-119`, `${n}`.repeat(30_000))
  await writer.durable(3)
  const { device, open } = bareDevice(server.url)
  const { channel, seen } = open('votes', accessToken)
  channel.onopen = () => channel.send(encodeMessage({ type: 'step1', stateVector: new Uint8Array([0]) }))
  await until(() => seen.frames.map(decodeMessage).some(({ type }) => type === 'step2'))
  const doc = new Y.Doc()
  // What was compacted meanwhile comes before it, as an update.
  for (const message of seen.frames.map(decodeMessage))
    if (message.type === 'update' || message.type === 'step2') Y.applyUpdate(doc, message.update)
  expect(doc.getArray('registers').length).toBe(3)
  device.close()
})

test('a server that sends what is no channel frame is left, by all channels, and tried again', async () => {
  const peer = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(peer, 'listening')
  let connections = 0
  peer.on('connection', socket => {
    connections++
    socket.send(new Uint8Array([99, 1]))
  })
  const { port } = peer.address() as AddressInfo
  const { device, open } = bareDevice(`http://127.0.0.1:${port}`)
  const [one, two] = [open('votes', 'any'), open('bookmarks', 'any')]
  await until(() => one.seen.closeCode !== undefined && two.seen.closeCode !== undefined)
  expect(one.seen.closeCode).toBe(two.seen.closeCode)
  open('votes', 'any')
  await until(() => connections === 2)
  device.close()
  await new Promise(resolve => peer.close(resolve))
})
