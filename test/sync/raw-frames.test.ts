// The sync protocol frame by frame, on a real server and a real Postgres.
import { CLOSE_CODES, EMPTY_UPDATE, RegisterArray } from '@workforce-democracy/shared'
import * as encoding from 'lib0/encoding'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { lockLog } from '../support/log-lock.ts'
import { readRefusals } from '../support/metrics.ts'
import { connectRaw, type RawClient } from '../support/raw-client.ts'
import { connectSynced, OPEN, received } from '../support/register-writer.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const EMPTY_VECTOR = new Uint8Array([0])

/** Updates of one client that writes `n` registers one after the other. */
function writesOf(n: number, doc = new Y.Doc()): Uint8Array[] {
  const updates: Uint8Array[] = []
  doc.on('update', update => updates.push(update))
  const registers = new RegisterArray(doc)
  for (let i = 1; i <= n; i++) {
    registers.write([
      {
        key: `hr${i}-118`,
        stamp: i,
        device: 'device01',
        value: { choice: 'yes', votedAt: '2026-01-01T00:00:00Z' },
      },
    ])
  }
  return updates
}

/** So many times the same client. */
function stateVectorOf(clients: number): Uint8Array {
  return encoding.encode(encoder => {
    encoding.writeVarUint(encoder, clients)
    encoding.writeUint8Array(encoder, new Uint8Array(2 * clients).fill(1))
  })
}

const connected = (token: string, query = OPEN) => connectSynced(server.url, token, { query })

/** The registers that a client holds of what it was sent. */
function keysIn(client: RawClient): string[] {
  return [...new RegisterArray(received(client)).state().keys()].sort()
}

describe('the durable acknowledgement', () => {
  test('[P6] counts step 2 and update messages from the first, and only committed ones', async () => {
    const { accessToken } = await server.register()
    await using client = await connected(accessToken)
    expect(client.of('durable').at(-1)).toMatchObject({ count: 0, position: 0 })
    client.send({ type: 'step2', update: EMPTY_UPDATE })
    for (const update of writesOf(3)) client.send({ type: 'update', update })
    await client.durable(4)
    expect(client.of('durable').at(-1)).toMatchObject({ count: 4, position: 3 })
    await using other = await connected(accessToken)
    expect(keysIn(other)).toEqual(['hr1-118', 'hr2-118', 'hr3-118'])
  })

  test('[P12] an update that adds nothing is acknowledged without being stored', async () => {
    const { accessToken } = await server.register()
    await using client = await connected(accessToken)
    const [update] = writesOf(1)
    for (let n = 0; n < 3; n++) client.send({ type: 'update', update: update! })
    await client.durable(3)
    expect(client.of('durable').at(-1)).toMatchObject({ count: 3, position: 1 })
  })

  test('[P7] a client that only listens is told the position it was relayed up to', async () => {
    const { accessToken } = await server.register()
    await using listener = await connected(accessToken)
    await using writer = await connected(accessToken)
    for (const update of writesOf(2)) writer.send({ type: 'update', update })
    await until(() => listener.of('durable').at(-1)?.position === 2)
    expect(listener.of('durable').at(-1)).toMatchObject({ count: 0, position: 2 })
    expect(keysIn(listener)).toEqual(['hr1-118', 'hr2-118'])
  })

  test('a stock client gets no message 4', async () => {
    const { accessToken } = await server.register()
    await using client = await connectRaw(server.url, 'votes', accessToken, { durable: false })
    expect(client.socket.protocol).toBe('y-websocket')
    client.send({ type: 'step1', stateVector: EMPTY_VECTOR })
    for (const update of writesOf(1)) client.send({ type: 'update', update })
    await using other = await connected(accessToken)
    await until(() => keysIn(other).length === 1)
    expect(client.of('durable')).toEqual([])
  })
})

describe('complete or not at all', () => {
  test('[P11] an incomplete update is neither stored nor relayed, and asked for once', async () => {
    const { accessToken } = await server.register()
    await using client = await connected(accessToken)
    await using other = await connected(accessToken)
    const doc = new Y.Doc()
    const [first, second, third] = writesOf(3, doc)
    client.send({ type: 'step2', update: EMPTY_UPDATE })
    client.send({ type: 'update', update: first! })
    client.send({ type: 'update', update: third! })
    await client.nth('step1', 2)
    expect(client.of('durable').at(-1)?.count ?? 0).toBeLessThanOrEqual(2)
    expect(keysIn(other)).not.toContain('hr3-118')
    client.send({ type: 'step2', update: Y.encodeStateAsUpdate(doc, client.of('step1')[1]!.stateVector) })
    await client.durable(4)
    expect(keysIn(other)).toEqual(['hr1-118', 'hr2-118', 'hr3-118'])
    expect(second).toBeDefined()
  })

  test('[P11] a deletion does not come before the incomplete update that it makes way for', async () => {
    const { accessToken } = await server.register()
    await using client = await connected(accessToken)
    await using other = await connected(accessToken)
    const doc = new Y.Doc()
    const [first, , third] = writesOf(3, doc)
    client.send({ type: 'step2', update: EMPTY_UPDATE })
    client.send({ type: 'update', update: first! })
    await client.durable(2)
    client.send({ type: 'update', update: third! })
    doc.once('update', (update: Uint8Array) => client.send({ type: 'update', update }))
    doc.getArray('registers').delete(0)
    await client.nth('step1', 2)
    await using later = await connected(accessToken)
    expect([keysIn(other), keysIn(later)]).toEqual([['hr1-118'], ['hr1-118']])
    client.send({ type: 'step2', update: Y.encodeStateAsUpdate(doc, client.of('step1')[1]!.stateVector) })
    await client.durable(5)
    expect([keysIn(other), keysIn(later)]).toEqual([
      ['hr2-118', 'hr3-118'],
      ['hr2-118', 'hr3-118'],
    ])
  })

  test('[P11] a client that cannot bring what is missing is closed with 4400', async () => {
    const { accessToken } = await server.register()
    await using client = await connected(accessToken)
    client.send({ type: 'step2', update: EMPTY_UPDATE })
    const [, , third] = writesOf(3)
    client.send({ type: 'update', update: third! })
    await client.nth('step1', 2)
    client.send({ type: 'step2', update: third! })
    expect(await client.closed()).toBe(CLOSE_CODES.malformed)
  })
})

test('[P6] an update that is incomplete while an earlier gap is being closed holds the count, and is asked for too', async () => {
  const { accessToken } = await server.register()
  await using client = await connected(accessToken)
  await using other = await connected(accessToken)
  client.send({ type: 'step2', update: EMPTY_UPDATE })
  const doc = new Y.Doc()
  const [first, , third] = writesOf(3, doc)
  client.send({ type: 'update', update: first! })
  await client.durable(2)
  {
    await using _lock = await lockLog(server.databases.databaseUrl)
    client.send({ type: 'update', update: third! })
    const { stateVector } = await client.nth('step1', 2)
    client.send({ type: 'step2', update: Y.encodeStateAsUpdate(doc, stateVector) })
    // Of a client whose first update the server lacks.
    const another = new Y.Doc()
    client.send({ type: 'update', update: writesOf(2, another)[1]! })
    await client.nth('step1', 3)
    client.send({ type: 'update', update: writesOf(1)[0]! })
    doc.on('update', update => client.send({ type: 'step2', update }))
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(another))
  }
  await client.durable(7)
  expect(client.of('durable').map(({ count }) => count)).not.toContain(6)
  const sent = new Y.Doc()
  for (const { update } of [...other.of('step2'), ...other.of('update')]) Y.applyUpdate(sent, update)
  expect(Y.encodeStateVector(sent).length).toBeGreaterThan(1)
  for (const [id, clock] of Y.decodeStateVector(Y.encodeStateVector(doc)))
    expect(Y.decodeStateVector(Y.encodeStateVector(sent)).get(id)).toBe(clock)
})

describe('step 1', () => {
  test('[P13] who asks again and again is answered what it asked last, not each time', async () => {
    const { accessToken } = await server.register()
    await using writer = await connected(accessToken)
    const doc = new Y.Doc()
    doc.getArray('registers').push(['x'.repeat(100_000)])
    writer.send({ type: 'step2', update: Y.encodeStateAsUpdate(doc) })
    await writer.durable(1)
    await using client = await connectRaw(server.url, 'votes', accessToken)
    for (let n = 0; n < 300; n++) client.send({ type: 'step1', stateVector: new Uint8Array([1, 1, 0]) })
    client.send({ type: 'step1', stateVector: Y.encodeStateVector(doc) })
    await until(() => client.of('step2').at(-1)?.update.length === EMPTY_UPDATE.length)
    expect(client.of('step2').length).toBeLessThan(30)
    expect(client.closeCode).toBeUndefined()
  })

  test.each([
    ['too large', new Uint8Array(1024 * 1024 + 1), CLOSE_CODES.tooLarge],
    ['of more clients than a document may have', stateVectorOf(50_001), CLOSE_CODES.malformed],
  ])('[P15] a state vector that is %s is refused', async (_name, stateVector, code) => {
    const { accessToken } = await server.register()
    await using client = await connected(accessToken)
    client.send({ type: 'step1', stateVector })
    expect(await client.closed()).toBe(code)
  })

  test('[P13] a resuming client gets only what came after its cursor', async () => {
    const { accessToken } = await server.register()
    await using writer = await connected(accessToken)
    const updates = writesOf(4)
    for (const update of updates) writer.send({ type: 'update', update })
    await writer.durable(4)
    await using resumed = await connected(accessToken, `${OPEN}&position=3`)
    const answer = await resumed.nth('step2')
    expect(answer.update).toEqual(updates[3])
  })

  test('[P13] a client that has a part gets the rest', async () => {
    const { accessToken } = await server.register()
    await using writer = await connected(accessToken)
    const updates = writesOf(4)
    for (const update of updates) writer.send({ type: 'update', update })
    await writer.durable(4)
    const half = new Y.Doc()
    for (const update of updates.slice(0, 2)) Y.applyUpdate(half, update)
    await using client = await connectRaw(server.url, 'votes', accessToken, { query: OPEN })
    client.send({ type: 'step1', stateVector: Y.encodeStateVector(half) })
    Y.applyUpdate(half, (await client.nth('step2')).update)
    expect(new RegisterArray(half).state().size).toBe(4)
  })
})

describe('refusals close, each with its code', () => {
  test.each([
    ['no token', undefined, 'votes', '', CLOSE_CODES.unauthorized],
    ['a bad token', 'not-a-token', 'votes', '', CLOSE_CODES.unauthorized],
  ])('[P9] %s', async (_name, token, document, query, code) => {
    await using client = await connectRaw(server.url, document, token, { query })
    expect(await client.closed()).toBe(code)
  })

  test('[P9] a document that does not exist', async () => {
    const { accessToken } = await server.register()
    await using client = await connectRaw(server.url, 'secrets', accessToken)
    expect(await client.closed()).toBe(CLOSE_CODES.notFound)
  })

  test('[P18] an old generation is told which is the present one', async () => {
    const { accessToken } = await server.register()
    const before = await readRefusals(server.url, 'moved')
    await using client = await connectRaw(server.url, 'votes', accessToken, {
      query: '?mode=open&generation=7',
    })
    expect(await client.closed()).toBe(CLOSE_CODES.moved)
    expect(client.of('moved')).toEqual([{ type: 'moved', generation: 1 }])
    expect(await readRefusals(server.url, 'moved')).toBe(before + 1)
  })

  test.each([
    ['text', 'hello'],
    ['an empty frame', new Uint8Array()],
    ['an unknown message', new Uint8Array([99])],
    ['a truncated update', new Uint8Array([0, 2, 200])],
    ['a broken update', new Uint8Array([0, 2, 3, 1, 2, 3])],
    ['a broken state vector', new Uint8Array([0, 0, 1, 5])],
    ['a message of the server', new Uint8Array([4, 0, 0])],
  ])('[P9] %s closes 4400', async (_name, frame) => {
    const { accessToken } = await server.register()
    await using client = await connected(accessToken)
    client.sendBytes(frame)
    expect(await client.closed()).toBe(CLOSE_CODES.malformed)
  })

  test('[P9] an update over 1 MiB closes 4413', async () => {
    const { accessToken } = await server.register()
    await using client = await connected(accessToken)
    const doc = new Y.Doc()
    doc.getArray('registers').push(['x'.repeat(1024 * 1024 + 1)])
    client.send({ type: 'update', update: Y.encodeStateAsUpdate(doc) })
    expect(await client.closed()).toBe(CLOSE_CODES.tooLarge)
  })

  test('[P18] notes are not opened by a stock client', async () => {
    const { accessToken } = await server.register()
    await using client = await connectRaw(server.url, 'notes', accessToken)
    for (const update of writesOf(1)) client.send({ type: 'update', update })
    expect(await client.closed()).toBe(CLOSE_CODES.forbidden)
  })
})

describe('tokens', () => {
  test('[P14] a token of another session does not renew a socket', async () => {
    const mine = await server.register()
    const others = await server.register()
    await using client = await connected(mine.accessToken)
    client.send({ type: 'renew-token', accessToken: mine.accessToken })
    client.send({ type: 'query-awareness' })
    client.send({ type: 'renew-token', accessToken: others.accessToken })
    expect(await client.closed()).toBe(CLOSE_CODES.unauthorized)
  })

  test('[P8] a good token of the same session renews a socket, which goes on; a bad one closes it 4401', async () => {
    const { accessToken } = await server.register()
    await using client = await connected(accessToken)
    client.send({ type: 'renew-token', accessToken })
    for (const update of writesOf(1)) client.send({ type: 'update', update })
    await client.durable(1)
    client.send({ type: 'renew-token', accessToken: 'bad' })
    expect(await client.closed()).toBe(CLOSE_CODES.unauthorized)
  })

  test('[P1] the token is never echoed', async () => {
    const { accessToken } = await server.register()
    await using client = await connected(accessToken)
    expect(client.socket.protocol).toBe('wd-sync.1')
  })

  test("[P1] a document name reaches only the token's person", async () => {
    const [one, two] = [await server.register(), await server.register()]
    await using first = await connected(one.accessToken)
    for (const update of writesOf(1)) first.send({ type: 'update', update })
    await first.durable(1)
    await using second = await connected(two.accessToken)
    expect(keysIn(second)).toEqual([])
  })
})

test('[P5] awareness is echoed to its sender and relayed to the others', async () => {
  const { accessToken } = await server.register()
  await using one = await connected(accessToken)
  await using two = await connected(accessToken)
  const update = new Uint8Array([1, 5, 1, 2, 123, 125])
  one.send({ type: 'awareness', update })
  expect((await one.nth('awareness')).update).toEqual(update)
  expect((await two.nth('awareness')).update).toEqual(update)
})

test('[P5] a query is answered with what the clients announced last', async () => {
  const { accessToken } = await server.register()
  await using one = await connected(accessToken)
  const [first, last] = [new Uint8Array([1, 5, 1, 2, 123, 125]), new Uint8Array([1, 5, 2, 2, 123, 125])]
  for (const update of [first, last]) one.send({ type: 'awareness', update })
  await one.nth('awareness', 2)
  await using two = await connected(accessToken)
  two.send({ type: 'query-awareness' })
  expect((await two.nth('awareness')).update).toEqual(last)
})

test('[P20] what was acknowledged is there after a restart', async () => {
  const { accessToken } = await server.register()
  await using client = await connected(accessToken)
  for (const update of writesOf(20)) client.send({ type: 'update', update })
  await client.durable(20)
  await server.restart()
  expect(await client.closed()).toBe(CLOSE_CODES.restart)
  await using again = await connected(accessToken)
  expect(keysIn(again)).toHaveLength(20)
})
