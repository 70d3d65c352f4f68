// Postgres slow, away, and cut off in the middle of a commit: what was acknowledged is kept, the rest is not acknowledged.
import { CLOSE_CODES } from '@workforce-democracy/shared'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readMetric } from '../support/metrics.ts'
import { createTestDatabases, type TestDatabases } from '../support/postgres.ts'
import type { RawClient } from '../support/raw-client.ts'
import { connectSynced, received, registerWriter } from '../support/register-writer.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
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
  proxy.cut()
  await server[Symbol.asyncDispose]()
  await proxy[Symbol.asyncDispose]()
  await databases[Symbol.asyncDispose]()
})

const connected = (token: string) => connectSynced(server.url, token)

function writerOf(client: RawClient) {
  const { write } = registerWriter(client)
  return (key: string) => write(key, null)
}

/** How often each key stands in what a new client is sent. */
async function stored(token: string): Promise<Map<string, number>> {
  await using client = await connected(token)
  const counts = new Map<string, number>()
  for (const [key] of received(client).getArray<[string]>('registers').toArray())
    counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}

const acknowledged = (client: RawClient) => client.of('durable').at(-1)?.count ?? 0

test('[P22] without Postgres nothing is acknowledged, sockets close 4503, health says degraded, and all resumes by itself', async () => {
  const { accessToken } = await server.register()
  await using client = await connected(accessToken)
  const write = writerOf(client)
  write('hr1-119')
  await client.durable(1)
  proxy.cut({ refuse: true })
  write('hr2-119')
  const askedAtMs = Date.now()
  const health = await server.call('GET', '/health')
  expect(health).toEqual({ status: 503, body: { status: 'degraded' } })
  expect(Date.now() - askedAtMs).toBeLessThan(1_000)
  expect(await client.closed()).toBe(CLOSE_CODES.overloaded)
  expect(acknowledged(client)).toBe(1)
  proxy.restore()
  await until(async () => (await server.call('GET', '/health')).status === 200)
  await using again = await connected(accessToken)
  const writeAgain = writerOf(again)
  writeAgain('hr3-119')
  await again.durable(1)
  const counts = await stored(accessToken)
  expect([counts.get('hr1-119'), counts.get('hr3-119')]).toEqual([1, 1])
})

test('[P22] a Postgres that vanishes without a word is like one that is away', async () => {
  const { accessToken } = await server.register()
  await using client = await connected(accessToken)
  const write = writerOf(client)
  write('hr1-119')
  await client.durable(1)
  proxy.swallow()
  write('hr2-119')
  const askedAtMs = Date.now()
  expect((await server.call('GET', '/health')).body).toEqual({ status: 'degraded' })
  expect(Date.now() - askedAtMs).toBeLessThan(1_000)
  await until(() => client.closeCode !== undefined, 25_000)
  expect([client.closeCode, acknowledged(client)]).toEqual([CLOSE_CODES.overloaded, 1])
  proxy.restore()
  await using again = await connected(accessToken)
  writerOf(again)('hr3-119')
  await again.durable(1)
  const counts = await stored(accessToken)
  expect([counts.get('hr1-119'), counts.get('hr3-119')]).toEqual([1, 1])
}, 60_000)

test('[P22] connections that break during commits lose nothing acknowledged and show nothing twice', async () => {
  const { accessToken } = await server.register()
  await using client = await connected(accessToken)
  const write = writerOf(client)
  const keys: string[] = []
  for (let round = 0; round < 8; round++) {
    for (let n = 0; n < 10; n++) {
      const key = `hr${keys.length + 1}-119`
      keys.push(key)
      write(key)
    }
    await new Promise(resolve => setImmediate(resolve))
    proxy.cut()
    await until(() => acknowledged(client) === keys.length || client.closeCode !== undefined)
  }
  const counts = await stored(accessToken)
  expect(keys.slice(0, acknowledged(client)).map(key => counts.get(key))).toEqual(
    Array(acknowledged(client)).fill(1),
  )
  expect(Math.max(...counts.values())).toBe(1)
  expect(acknowledged(client)).toBeGreaterThan(0)
})

test('[P22] a Postgres that takes 100 ms an answer acknowledges all the same, many updates a commit', async () => {
  const { accessToken } = await server.register()
  await using client = await connected(accessToken)
  const write = writerOf(client)
  write('hr1-119')
  await client.durable(1)
  proxy.delay(100)
  const before = await commits()
  for (let n = 2; n <= 201; n++) write(`hr${n}-119`)
  await client.durable(201)
  expect((await commits()) - before).toBeLessThanOrEqual(10)
})

const commits = () => readMetric(server.url, 'wd_commits_total')
