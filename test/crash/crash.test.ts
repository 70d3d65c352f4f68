// SIGKILL at a random moment while clients write: nothing acknowledged may be lost. Long runs: `npm run test:crash`.
import { expect, test } from 'vitest'
import { registerPerson } from '../support/people.ts'
import { createTestDatabases } from '../support/postgres.ts'
import { startServerProcess } from '../support/server-process.ts'
import { createTemporaryDirectory } from '../support/temporary-directory.ts'
import { runCrashTrial } from './crash-trial.ts'

const TRIALS = 5

test(`[P6] ${TRIALS} kills of the server while two clients write: nothing acknowledged is lost, nothing is there twice`, async () => {
  await using databases = await createTestDatabases()
  await using directory = await createTemporaryDirectory()
  await using server = await startServerProcess({ dataDir: directory.path, ...databases })
  const person = await registerPerson(server.url)
  let acknowledged = 0
  for (let trial = 1; trial <= TRIALS; trial++) {
    const killAfterMs = 50 + Math.random() * 400
    const outcome = await runCrashTrial(server, person, { trial, clients: 2, killAfterMs })
    expect(outcome).toMatchObject({ lost: [], twice: [] })
    acknowledged += outcome.acknowledged
  }
  expect(acknowledged).toBeGreaterThan(0)
}, 120_000)
