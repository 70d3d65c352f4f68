// One room a document on each server, whatever fails and whoever comes and goes: none is left behind, none is there twice.
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import * as Y from 'yjs'
import { readMetric } from '../support/metrics.ts'
import { createTestDatabases, execute, type TestDatabases } from '../support/postgres.ts'
import { connectRaw, type RawClient } from '../support/raw-client.ts'
import { connectSynced, received, registerWriter } from '../support/register-writer.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { openStoredDocuments } from '../support/stored-documents.ts'
import { startTcpProxy, type TcpProxy, throughProxy } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'

let databases: TestDatabases
let proxy: TcpProxy
let server: TestServer
beforeEach(async () => {
  databases = await createTestDatabases()
  proxy = await startTcpProxy(Number(new URL(databases.databaseUrl).port))
  server = await startTestServer({}, throughProxy(databases, proxy.port))
})
afterEach(async () => {
  await server[Symbol.asyncDispose]()
  await proxy[Symbol.asyncDispose]()
  await databases[Symbol.asyncDispose]()
})

const rooms = () => readMetric(server.url, 'wd_rooms')
const queued = () => readMetric(server.url, 'wd_queued_bytes')

/** Both write, and each is sent what the other wrote. */
async function expectTogether(one: RawClient, two: RawClient): Promise<void> {
  registerWriter(one).write('hr1-119', null)
  await one.durable(1)
  registerWriter(two).write('hr2-119', null)
  await two.durable(1)
  // A server does not send anybody what is their own.
  for (const client of [one, two]) await until(() => received(client).getArray('registers').length === 1)
}

test('a cold load is one query, and one for the data key', async () => {
  const { accessToken } = await server.register({ civicEngagementTracking: true })
  {
    await using writer = await connectSynced(server.url, accessToken)
    registerWriter(writer).write('hr1-119', 'yes')
    await writer.durable(1)
  }
  await until(async () => (await rooms()) === 0)
  await server.restart()
  const query = vi.spyOn(pg.Client.prototype, 'query')
  await using client = await connectSynced(server.url, accessToken)
  expect(received(client).getArray('registers').length).toBe(1)
  const asked = query.mock.calls.map(([first]: readonly unknown[]) =>
    typeof first === 'object' && first !== null && 'text' in first ? String(first.text) : String(first),
  )
  query.mockRestore()
  const ofDocuments = asked.filter(text => /\b(documents|document_\w+|data_keys)\b/.test(text))
  // Beside what servers look for every two seconds: what has moved elsewhere, and orders to destroy keys.
  const isLook = (text: string) => /unnest\(\$1::uuid\[\], \$2::text\[\], \$3::int\[\], \$4/.test(text)
  expect(ofDocuments.filter(text => !isLook(text))).toEqual([
    expect.stringContaining('from documents d'),
    expect.stringContaining('data_keys'),
  ])
})

test('who is refused at the door of a room leaves none behind', async () => {
  const { accessToken } = await server.register({ civicEngagementTracking: true })
  for (const query of ['?generation=7', '?mode=sealed']) {
    await using client = await connectRaw(server.url, 'votes', accessToken, { query })
    await client.closed()
  }
  await until(async () => (await rooms()) === 0)
})

test('who enters while the last one leaves is in the same room as those who come later', async () => {
  const { user, accessToken } = await server.register()
  await using last = await connectRaw(server.url, 'votes', accessToken, { durable: false })
  await last.nth('step1')
  proxy.delay(300)
  const entering = connectSynced(server.url, accessToken, { query: '?mode=open' })
  await using stored = openStoredDocuments({ ...server, databases })
  // The document is open, and the server has not heard so yet.
  await until(() => stored.read({ personId: user.id, document: 'votes' }))
  last.socket.terminate()
  await using one = await entering
  proxy.delay(0)
  await using two = await connectSynced(server.url, accessToken)
  await expectTogether(one, two)
})

test('[P16] what comes before it is known from whom is left in the network, however much, and taken then', async () => {
  const { accessToken } = await server.register({ civicEngagementTracking: true })
  proxy.delay(500)
  await using client = await connectRaw(server.url, 'votes', accessToken)
  // Each asks for awareness, with many bytes behind it that mean nothing.
  for (let n = 0; n < 12; n++) client.sendBytes(new Uint8Array(1_000_000).fill(3, 0, 1))
  client.send({ type: 'awareness', update: new Uint8Array([0]) })
  await client.nth('awareness')
  expect(client.closeCode).toBeUndefined()
  proxy.delay(0)
})

describe('after a failure', () => {
  /** Makes the next commit fail for good. */
  async function failOnce(failing: () => Promise<unknown>): Promise<void> {
    await execute(databases.databaseUrl, ['alter table document_updates rename to gone'])
    await failing()
    await execute(databases.databaseUrl, ['alter table gone rename to document_updates'])
  }

  test('those who come back at the same time are in the same room', async () => {
    const { accessToken } = await server.register()
    // Gone without a word: the server waits for the answer to its close.
    await using vanished = await connectSynced(server.url, accessToken)
    await failOnce(async () => {
      registerWriter(vanished).write('hr9-119', null)
      vanished.socket.pause()
      await until(() => server.log.some(line => line.includes('a room was discarded')))
    })
    // With connections open for both, Postgres answers both at the same time.
    await Promise.all(Array.from({ length: 6 }, () => server.call('GET', '/health')))
    proxy.delay(100)
    const [one, two] = await Promise.all([
      connectSynced(server.url, accessToken),
      connectSynced(server.url, accessToken),
    ])
    proxy.delay(0)
    await expectTogether(one, two)
    for (const client of [one, two]) await client[Symbol.asyncDispose]()
  })

  test('[P16] what was received and never committed does not count for ever', async () => {
    const { accessToken } = await server.register()
    await using client = await connectSynced(server.url, accessToken)
    registerWriter(client).write('hr1-119', null)
    await client.durable(1)
    proxy.cut({ refuse: true })
    // The first rests on what the document lacks, so that Postgres is asked; the others wait behind it.
    client.send({ type: 'update', update: secondOf(new Y.Doc()) })
    const { write } = registerWriter(client)
    for (let n = 0; n < 20; n++) write(`hr${n}-118`, 'x'.repeat(1_000))
    await client.closed()
    proxy.restore()
    expect(await queued()).toBe(0)
  })
})

/** An update that rests on one before it. */
function secondOf(doc: Y.Doc): Uint8Array {
  doc.getArray('registers').push([1])
  const before = Y.encodeStateVector(doc)
  doc.getArray('registers').push([2])
  return Y.encodeStateAsUpdate(doc, before)
}
