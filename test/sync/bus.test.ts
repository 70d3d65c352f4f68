// What a bus does by itself, whatever carries it.
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { type Advance, createBus, type OpenTransport } from '../../server/src/bus/bus.ts'
import { overPostgres } from '../../server/src/bus/postgres-transport.ts'
import { overRedis } from '../../server/src/bus/redis-transport.ts'
import { listen } from '../../server/src/db/notifications.ts'
import { createTestDatabases } from '../support/postgres.ts'
import { noRedis, startRedis } from '../support/redis.ts'
import { startTcpProxy, throughProxy } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'

const advanceOf = (n: number, head: number): Advance => ({
  personId: `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`,
  document: 'votes',
  head,
})

/** A bus, and what it has heard. */
async function listening(open: OpenTransport) {
  const heard: Advance[] = []
  let gaps = 0
  const bus = createBus({
    ...{ open, logger: pino({ level: 'silent' }) },
    onAdvance: advance => heard.push(advance),
    onGap: () => gaps++,
  })
  await until(() => gaps > 0)
  return { bus, heard, [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose]() }
}

describe.each([
  { name: 'Postgres', missing: undefined },
  { name: 'Redis', missing: noRedis },
])('a bus over $name', ({ name, missing }) => {
  test('[I1] tells others all that is announced at once, in as many texts as it takes, and itself nothing', async ({
    skip,
  }) => {
    if (missing) skip(missing)
    await using databases = await createTestDatabases()
    await using redis = name === 'Redis' ? await startRedis() : undefined
    const open = redis ? overRedis(`redis://127.0.0.1:${redis.port}`) : overPostgres(databases.databaseUrl)
    await using one = await listening(open)
    await using other = await listening(open)
    // Over 100 KB: more than a text of either transport holds.
    const advances = Array.from({ length: 2_000 }, (_, n) => advanceOf(n, n + 1))
    for (const advance of advances) one.bus.announce(advance)
    await until(() => other.heard.length >= advances.length)
    expect(other.heard).toEqual(advances)
    other.bus.announce(advanceOf(1, 7))
    await until(() => one.heard.length > 0)
    expect(one.heard).toEqual([advanceOf(1, 7)])
  })
})

test('[I2] a Postgres that vanishes without a word is missed, and listened to again when it is back', async () => {
  await using databases = await createTestDatabases()
  await using proxy = await startTcpProxy(Number(new URL(databases.databaseUrl).port))
  const payloads: string[] = []
  let connected = 0
  await using channel = listen(throughProxy(databases, proxy.port).databaseUrl, {
    channel: 'test',
    onPayload: payload => payloads.push(payload),
    onConnected: () => connected++,
    silenceMs: 200,
  })
  await until(() => connected === 1)
  proxy.swallow()
  await expect(channel.notify(['swallowed'])).rejects.toThrow()
  proxy.restore()
  await until(() => connected > 1)
  await channel.notify(['heard'])
  await until(() => payloads.length > 0)
  expect(payloads).toEqual(['heard'])
})
