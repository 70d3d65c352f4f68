// Opens what a benchmark runs on: a Postgres of its own, and the load generator.
import { loadavg } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { migrateAll } from '../../../server/src/db/migrate.ts'
import { startEmbeddedPostgres } from '../../../server/src/postgres/embedded-postgres.ts'
import { createTemporaryDirectory } from '../../support/temporary-directory.ts'
import type { Bench, BenchSize } from './bench.ts'
import { startProcess } from './calls.ts'
import type { GeneratorHandlers } from './generator-child.ts'

/** The load of the machine, over the last minute. */
export const load = (): string => (loadavg()[0] ?? 0).toFixed(1)

/** Opens a benchmark; what it says goes to stderr, with the seconds since. */
export async function openBench(size: BenchSize): Promise<Bench & AsyncDisposable> {
  const startMs = performance.now()
  const say = (line: string) =>
    console.error(
      `${((performance.now() - startMs) / 1000).toFixed(0).padStart(4)} s  ${line} (load ${load()})`,
    )
  const directory = await createTemporaryDirectory()
  const dataDir = join(directory.path, 'data')
  const postgres = await startEmbeddedPostgres({
    dataDir,
    elsewhere: [join(directory.path, 'elsewhere')],
    log: () => undefined,
    settings: { wal_compression: 'on', synchronous_commit: 'on' },
  })
  await migrateAll(postgres)
  const admin = new pg.Client({ connectionString: postgres.adminUrl })
  const data = new pg.Client({ connectionString: postgres.databaseUrl })
  await Promise.all([admin.connect(), data.connect()])
  const generator = await startProcess<GeneratorHandlers>('generator-child.ts')
  return {
    ...{ size, postgres, admin, data, dataDir, generator, say },
    async [Symbol.asyncDispose]() {
      await generator[Symbol.asyncDispose]()
      await Promise.all([admin.end(), data.end()])
      await postgres[Symbol.asyncDispose]()
      await directory[Symbol.asyncDispose]()
    },
  }
}
