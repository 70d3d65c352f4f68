// Three server processes serve the same people while one of them is killed. Long runs: `npm run test:cluster`.
import { describe, expect, test } from 'vitest'
import { createTestDatabases } from '../support/postgres.ts'
import { noRedis } from '../support/redis.ts'
import { BUSES, blindChangeWatch, type Cluster, startCluster } from './cluster.ts'
import { type RoundOptions, runRound } from './round.ts'

const MISSING = { postgres: undefined, redis: noRedis }
const SOUND = { lost: [], twice: [], diverged: [], unreadable: [], errors: [] }
const ROUNDS: readonly RoundOptions[] = [
  { seed: 1, people: 2 },
  { seed: 2, people: 2, kill: false },
]

describe.each(BUSES)('three servers, word carried by %s', bus => {
  test('[I1] devices move, a server is killed: all hold the same, nothing acknowledged is lost', async ({
    skip,
  }) => {
    const missing = MISSING[bus]
    if (missing) skip(missing)
    await using databases = await createTestDatabases()
    await using cluster = await startCluster({ databases, bus })
    for (const options of ROUNDS) {
      const { acknowledged, moves, ...findings } = await runRound(cluster, options)
      expect(findings).toEqual(SOUND)
      expect([acknowledged > 100, moves > 3]).toEqual([true, true])
    }
    if (bus === 'redis') await expectFindings(cluster)
  }, 120_000)
})

// A test that cannot fail proves nothing: these servers neither hear of each other nor look. Where devices happen to end
// on one server, or to connect anew late enough, all hold the same nevertheless.
async function expectFindings(cluster: Cluster): Promise<void> {
  cluster.silenceBus()
  await blindChangeWatch(cluster.databases)
  const diverged: string[] = []
  for (let seed = 3; seed < 7 && diverged.length === 0; seed++) {
    const deaf = await runRound(cluster, { seed, kill: false, convergeMs: 6_000 })
    expect(deaf.lost).toEqual([])
    diverged.push(...deaf.diverged)
  }
  expect(diverged).not.toEqual([])
}
