// Peers that vanish without a word, that read slowly, or that read nothing: each is let go of, and what it took is free again.
import { once } from 'node:events'
import { connect } from 'node:net'
import { CLOSE_CODES, type Message } from '@workforce-democracy/shared'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readMetric, readRefusals } from '../support/metrics.ts'
import { connectRaw } from '../support/raw-client.ts'
import { connectSynced, OPEN, received, registerWriter } from '../support/register-writer.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'
import { upgradeAndIgnore } from '../support/upgrade-and-ignore.ts'

const MIB = 1024 * 1024
const LIMITS = { connectionsPerPerson: 2, unauthenticatedPerAddress: 3, unreadBytes: 200_000 }

let server: TestServer
/** One that is in no hurry to miss a peer's pong: a peer that reads nothing answers none. */
let patient: TestServer
beforeAll(async () => {
  server = await startTestServer({ limits: { ...LIMITS, pongMs: 500 } })
  patient = await startTestServer({ limits: { ...LIMITS, pongMs: 5_000, answerMs: 11_000 } })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await patient[Symbol.asyncDispose]()
})

/** Whether a new connection with this token is let in. */
async function isAdmitted(accessToken: string): Promise<boolean> {
  await using client = await connectRaw(server.url, 'votes', accessToken, { query: OPEN })
  await until(() => client.closeCode !== undefined || client.of('step1').length > 0)
  return client.closeCode === undefined
}

test('[P17] a peer that vanishes without an end is found by pings, and what it wrote stays', async () => {
  await using proxy = await startTcpProxy(Number(new URL(server.url).port))
  const away = `http://127.0.0.1:${proxy.port}`
  const { accessToken } = await server.register()
  const clients = [await connectSynced(away, accessToken), await connectSynced(away, accessToken)]
  registerWriter(clients[0]!).write('hr1-119', 'yes')
  await clients[0]!.durable(1)
  expect(await isAdmitted(accessToken)).toBe(false)
  const before = await readRefusals(server.url, 'no-pong')
  proxy.swallow()
  await until(() => isAdmitted(accessToken))
  await until(async () => (await readMetric(server.url, 'wd_sockets')) === 0)
  expect(await readRefusals(server.url, 'no-pong')).toBe(before + 2)
  await using again = await connectSynced(server.url, accessToken)
  expect(received(again).getArray('registers').length).toBe(1)
  for (const client of clients) client.socket.terminate()
})

test('[P17] one that vanishes before it has shown a good token gives its place back too', async () => {
  await using proxy = await startTcpProxy(Number(new URL(server.url).port))
  const { accessToken } = await server.register()
  const sockets = await Promise.all(
    Array.from({ length: LIMITS.unauthenticatedPerAddress }, () =>
      upgradeAndIgnore(`http://127.0.0.1:${proxy.port}`),
    ),
  )
  proxy.swallow()
  expect(await isAdmitted(accessToken)).toBe(false)
  await until(() => isAdmitted(accessToken))
  for (const socket of sockets) socket.destroy()
})

test('one that is sent away before it is a WebSocket, and does not end its side, is not kept', async () => {
  await using other = await startTestServer()
  const socket = connect({ port: Number(new URL(other.url).port), allowHalfOpen: true })
  socket.on('error', () => undefined)
  socket.write('GET /elsewhere HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  await once(socket, 'data')
  socket.resume()
  // Only a connection that nobody has any more refuses what is written to it.
  await until(() => {
    if (socket.writable) socket.write('x')
    return socket.destroyed
  })
})

test('[P17] a socket that has lived long enough is closed 1012, and what it wrote stays', async () => {
  await using brief = await startTestServer({ limits: { socketMs: 1_000 } })
  const { accessToken } = await brief.register()
  await using client = await connectSynced(brief.url, accessToken)
  registerWriter(client).write('hr1-119', null)
  await client.durable(1)
  expect(await client.closed()).toBe(CLOSE_CODES.restart)
  await using again = await connectSynced(brief.url, accessToken)
  await until(() => received(again).getArray('registers').length === 1)
})

test('[P17] a peer that answers its pings is left alone', async () => {
  const { accessToken } = await server.register()
  await using client = await connectSynced(server.url, accessToken)
  let pings = 0
  client.socket.on('ping', () => pings++)
  await until(() => pings >= 4)
  expect(client.closeCode).toBeUndefined()
})

test('[P16] who leaves too much unread is closed 4503, and what it did get has no gaps', async () => {
  const { accessToken } = await patient.register()
  await using writer = await connectSynced(patient.url, accessToken)
  await using reader = await connectSynced(patient.url, accessToken)
  const before = await readRefusals(patient.url, 'overloaded')
  reader.socket.pause()
  for (let n = 0; (await readRefusals(patient.url, 'overloaded')) === before; n++) {
    writer.send(announcement(n))
    await writer.nth('awareness', n + 1)
  }
  reader.socket.resume()
  expect(await reader.closed()).toBe(CLOSE_CODES.overloaded)
  const got = reader.of('awareness')
  expect(got.length).toBeGreaterThan(0)
  expect(got.map(numberOf)).toEqual(got.map((_, n) => n))
  expect(writer.closeCode).toBeUndefined()
})

/** Awareness of 1 MB that can be told from others. */
function announcement(n: number): Extract<Message, { type: 'awareness' }> {
  const update = new Uint8Array(1_000_000)
  new DataView(update.buffer).setUint32(0, n)
  return { type: 'awareness', update }
}

const numberOf = ({ update }: { update: Uint8Array }): number =>
  new DataView(update.buffer, update.byteOffset).getUint32(0)

test('[P21] who does not take the answer to its step 1 in time is closed 4503', async () => {
  const { accessToken } = await patient.register()
  await using writer = await connectSynced(patient.url, accessToken)
  const { write } = registerWriter(writer)
  for (let n = 1; n <= 7; n++) write(`hr${n}-119`, 'x'.repeat(MIB - 1_000))
  await writer.durable(7)
  const before = await readRefusals(patient.url, 'overloaded')
  await using reader = await connectRaw(patient.url, 'votes', accessToken, { query: OPEN })
  await reader.nth('step1')
  reader.socket.pause()
  reader.send({ type: 'step1', stateVector: new Uint8Array([0]) })
  await until(async () => (await readRefusals(patient.url, 'overloaded')) === before + 1, 25_000)
  reader.socket.resume()
  expect(await reader.closed()).toBe(CLOSE_CODES.overloaded)
  expect(writer.closeCode).toBeUndefined()
  await using again = await connectSynced(patient.url, accessToken)
  expect(received(again).getArray('registers').length).toBe(7)
}, 60_000)
