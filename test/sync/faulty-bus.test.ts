// Whatever becomes of announcements only delays what two servers tell each other's clients.
import { RegisterArray } from '@workforce-democracy/shared'
import { expect, test } from 'vitest'
import type { OpenTransport } from '../../server/src/bus/bus.ts'
import { overPostgres } from '../../server/src/bus/postgres-transport.ts'
import { overRedis } from '../../server/src/bus/redis-transport.ts'
import { Seeded } from '../fuzz/seeded.ts'
import { type FaultCounts, type Faults, faultyTransport } from '../support/faulty-transport.ts'
import { createTestDatabases } from '../support/postgres.ts'
import type { RawClient } from '../support/raw-client.ts'
import { noRedis, startRedis } from '../support/redis.ts'
import { connectSynced, received, registerWriter } from '../support/register-writer.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

const SEEDS = 12
const WRITES = 20
/** What SPEC I2 promises. */
const DELAY_MS = 5_000

test.for([
  { name: 'Postgres', missing: undefined },
  { name: 'Redis', missing: noRedis },
])(
  `[I2] a bus over $name that loses, repeats, reorders, goes away and comes back (${SEEDS} seeds) only delays`,
  async ({ name, missing }, { skip }) => {
    if (missing) skip(missing)
    await using databases = await createTestDatabases()
    await using redis = name === 'Redis' ? await startRedis() : undefined
    const real = redis ? overRedis(`redis://127.0.0.1:${redis.port}`) : overPostgres(databases.databaseUrl)
    const random = new Seeded(20_261_125)
    const counts: FaultCounts = { lost: 0, repeated: 0, late: 0, away: 0 }
    let faults: Faults = { lostPercent: 0, repeatedPercent: 0, latePercent: 0, awayPercent: 0 }
    const transport: OpenTransport = faultyTransport(real, random, () => faults, counts)
    await using a = await startTestServer({ transport }, databases)
    await using b = await startTestServer({ transport }, databases, a.config)

    const people = await Promise.all(Array.from({ length: SEEDS }, () => person(a, b)))
    for (const [seed, { atA, atB }] of people.entries()) {
      faults = faultsOf(new Seeded(seed + 1))
      for (let n = 0; n < WRITES; n++) {
        atA.write(`hr${n}-118`, String(seed))
        atB.write(`hr${n}-119`, String(seed))
        await new Promise(setImmediate)
      }
      // The faults of the next seed are not those of this one.
      await atA.client.durable(WRITES)
      await atB.client.durable(WRITES)
    }
    await until(() => people.every(({ atA, atB }) => isWhole(atA.client) && isWhole(atB.client)), DELAY_MS)
    for (const { client } of people.flatMap(({ atA, atB }) => [atA, atB])) {
      expect(client.closeCode).toBeUndefined()
      // Once each, and positions only rise.
      expect(client.of('update')).toHaveLength(WRITES)
      const positions = client.of('durable').map(({ position }) => position)
      expect(positions).toEqual(positions.toSorted((one, other) => one - other))
    }
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(0)
  },
)

async function person(a: TestServer, b: TestServer) {
  const { accessToken } = await a.register()
  const [atA, atB] = await Promise.all([a, b].map(({ url }) => connectSynced(url, accessToken)))
  return { atA: writerOf(atA!), atB: writerOf(atB!) }
}

const writerOf = (client: RawClient) => ({ client, ...registerWriter(client) })

/** Whether a client was sent all that the other one wrote, and told how far it is. */
const isWhole = (client: RawClient): boolean =>
  client.of('durable').at(-1)?.position === 2 * WRITES &&
  new RegisterArray(received(client)).state().size === WRITES

/** Each seed another mixture, from nearly sound to nearly silent. */
function faultsOf(random: Seeded): Faults {
  const percent = () => random.pick([0, 10, 50, 90])
  return {
    lostPercent: percent(),
    repeatedPercent: percent(),
    latePercent: percent(),
    awayPercent: percent(),
  }
}
