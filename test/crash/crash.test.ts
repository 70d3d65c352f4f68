// Kills at random moments while clients write: nothing acknowledged may be lost. Long runs: `npm run test:crash`.
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findEmbeddedDatabases } from '../../server/src/postgres/embedded-postgres.ts'
import { registerPerson } from '../support/people.ts'
import { createTestDatabases, execute, type TestDatabases } from '../support/postgres.ts'
import { startServerProcess } from '../support/server-process.ts'
import { startTcpProxy, throughProxy } from '../support/tcp-proxy.ts'
import { createTemporaryDirectory } from '../support/temporary-directory.ts'
import { until } from '../support/until.ts'
import { runCrashTrial, type TrialOutcome } from './crash-trial.ts'
import { runKillTrial } from './kill-kinds.ts'
import { killPostgres } from './postgres-kill.ts'

const TRIALS = 6

describe('after SIGKILL while clients write', () => {
  test(`[P20] of the server, ${TRIALS} times: nothing acknowledged is lost, nothing is there twice`, async () => {
    await using databases = await createTestDatabases()
    const outcomes = await trialsOn(databases, TRIALS)
    expect(outcomes.flatMap(({ lost, twice }) => [...lost, ...twice])).toEqual([])
    expect(outcomes.reduce((sum, { acknowledged }) => sum + acknowledged, 0)).toBeGreaterThan(TRIALS)
  }, 180_000)

  test('[P20] of the server in the middle of a compaction: nothing acknowledged is lost, nothing is there twice', async () => {
    await using databases = await createTestDatabases()
    await using directory = await createTemporaryDirectory()
    await using server = await startServerProcess({ dataDir: directory.path, ...databases })
    const victim = { server, dataDir: directory.path, databaseUrl: async () => databases.databaseUrl }
    let kills = 0
    for (let trial = 1; trial <= 6 && kills < 2; trial++) {
      const outcome = await runKillTrial('server in compaction', victim, trial)
      expect(outcome).toMatchObject({ lost: [], twice: [] })
      if (outcome.phase) kills++
    }
    expect(kills).toBeGreaterThan(0)
  }, 180_000)

  test('[P20] of Postgres itself: nothing acknowledged is lost, nothing is there twice', async () => {
    await using directory = await createTemporaryDirectory()
    const dataDir = join(directory.path, 'data')
    await using server = await startServerProcess({ dataDir })
    for (let trial = 1; trial <= 2; trial++) {
      const outcome = await runCrashTrial(server, await registerPerson(server.url), {
        ...{ trial, clients: 2, killAfterMs: 50 + Math.random() * 400 },
        kill: () => killPostgres(server, dataDir),
      })
      expect(outcome).toMatchObject({ lost: [], twice: [] })
    }
  }, 180_000)
})

test('[P20] SIGTERM while clients write without a pause: exit 0 within ten seconds, nothing acknowledged is lost', async () => {
  await using databases = await createTestDatabases()
  await using directory = await createTemporaryDirectory()
  await using server = await startServerProcess({ dataDir: directory.path, ...databases })
  const outcome = await runCrashTrial(server, await registerPerson(server.url), {
    ...{ trial: 1, clients: 4, killAfterMs: 300 },
    async kill() {
      const askedAtMs = Date.now()
      await server.kill('SIGTERM')
      expect(server.exitCode).toBe(0)
      expect(Date.now() - askedAtMs).toBeLessThan(10_000)
    },
  })
  expect(outcome).toMatchObject({ lost: [], twice: [] })
  expect(outcome.acknowledged).toBeGreaterThan(0)
}, 60_000)

test('[P20] SIGTERM while Postgres says nothing: exit 0 within ten seconds, nothing acknowledged is lost', async () => {
  await using databases = await createTestDatabases()
  await using proxy = await startTcpProxy(Number(new URL(databases.databaseUrl).port))
  await using directory = await createTemporaryDirectory()
  const { databaseUrl, keysDatabaseUrl } = throughProxy(databases, proxy.port)
  await using server = await startServerProcess({ dataDir: directory.path, databaseUrl, keysDatabaseUrl })
  const outcome = await runCrashTrial(server, await registerPerson(server.url), {
    ...{ trial: 1, clients: 2, killAfterMs: 300 },
    async kill() {
      proxy.swallow()
      const askedAtMs = Date.now()
      await server.kill('SIGTERM')
      expect(server.exitCode).toBe(0)
      expect(Date.now() - askedAtMs).toBeLessThan(10_000)
      proxy.restore()
    },
  })
  expect(outcome).toMatchObject({ lost: [], twice: [] })
  expect(outcome.acknowledged).toBeGreaterThan(0)
}, 60_000)

// A test that cannot fail proves nothing: these break the log on purpose, and the trials must notice.
describe('a broken subject is found out', () => {
  test('a log that drops one entry in ten', async () => {
    await using databases = await createTestDatabases()
    await execute(databases.databaseUrl, [
      'create sequence entries',
      `create function drop_some() returns trigger language plpgsql as $$
       begin return case when nextval('entries') % 10 = 0 then null else new end; end $$`,
      `create trigger broken before insert on document_updates for each row execute function drop_some()`,
    ])
    expect(await lostSoon(databases)).not.toEqual([])
  }, 180_000)

  test('a compaction that deletes more than it folded in', async () => {
    await using databases = await createTestDatabases()
    await execute(databases.databaseUrl, [
      'create sequence entries',
      `create function swallow() returns trigger language plpgsql as $$
       begin
         if nextval('entries') % 10 = 0 then
           delete from document_updates u where u.person_id = new.person_id and u.document = new.document;
         end if;
         return null;
       end $$`,
      'create trigger broken after insert on document_updates for each row execute function swallow()',
    ])
    expect(await lostSoon(databases)).not.toEqual([])
  }, 180_000)

  test('an acknowledgement before the commit is on disk', async () => {
    await using directory = await createTemporaryDirectory()
    const dataDir = join(directory.path, 'data')
    await using server = await startServerProcess({ dataDir })
    const databases = await until(() => findEmbeddedDatabases(dataDir))
    await execute(databases.databaseUrl, [`alter role current_user set synchronous_commit = off`])
    let lost: readonly string[] = []
    for (let trial = 1; trial <= 10 && lost.length === 0; trial++) {
      await server.kill('SIGTERM')
      await server.start()
      const outcome = await runCrashTrial(server, await registerPerson(server.url), {
        ...{ trial, clients: 2, killAfterMs: 200 },
        kill: () => killPostgres(server, dataDir),
      })
      lost = outcome.lost
    }
    expect(lost).not.toEqual([])
  }, 180_000)
})

/** What the first of a few trials that loses anything has lost. */
async function lostSoon(databases: TestDatabases): Promise<readonly string[]> {
  const outcomes = await trialsOn(databases, 5, ({ lost }) => lost.length > 0)
  return outcomes.flatMap(({ lost }) => lost)
}

async function trialsOn(
  databases: TestDatabases,
  trials: number,
  isEnough: (outcome: TrialOutcome) => boolean = () => false,
): Promise<TrialOutcome[]> {
  await using directory = await createTemporaryDirectory()
  await using server = await startServerProcess({ dataDir: directory.path, ...databases })
  const outcomes: TrialOutcome[] = []
  for (let trial = 1; trial <= trials; trial++) {
    const killAfterMs = 100 + Math.random() * 400
    const person = await registerPerson(server.url)
    const outcome = await runCrashTrial(server, person, { trial, clients: 2, killAfterMs })
    outcomes.push(outcome)
    if (isEnough(outcome)) break
  }
  return outcomes
}
