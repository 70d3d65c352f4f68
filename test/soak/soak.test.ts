// A short soak. The long one, with bounds on memory: `npm run test:soak`.
import { expect, test } from 'vitest'
import { createTestDatabases } from '../support/postgres.ts'
import { startServerProcess } from '../support/server-process.ts'
import { createTemporaryDirectory } from '../support/temporary-directory.ts'
import { shortcomingsOf } from './bounds.ts'
import { soak } from './soak.ts'

const IDLE = 300
const ACTIVE = 20

test(`[P12] beside ${IDLE} idle connections ${ACTIVE} write for ten seconds: all is acknowledged, nobody is closed`, async () => {
  await using databases = await createTestDatabases()
  await using directory = await createTemporaryDirectory()
  await using server = await startServerProcess({ dataDir: directory.path, ...databases })
  const report = await soak(server, { idle: IDLE, active: ACTIVE, durationMs: 10_000, intervalMs: 1_000 })
  const bounds = { connections: IDLE + ACTIVE, maxResidentBytes: 400 * 2 ** 20 }
  expect(shortcomingsOf(report, bounds)).toEqual([])
}, 240_000)
