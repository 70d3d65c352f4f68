// Opens what a benchmark runs on: a Postgres of its own, and the load generator.
import { loadavg } from 'node:os'
import pg from 'pg'
import { startOwnPostgres } from '../../support/own-postgres.ts'
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
  const postgres = await startOwnPostgres({ wal_compression: 'on', synchronous_commit: 'on' })
  const admin = new pg.Client({ connectionString: postgres.adminUrl })
  const data = new pg.Client({ connectionString: postgres.databaseUrl })
  await Promise.all([admin.connect(), data.connect()])
  const generator = await startProcess<GeneratorHandlers>('generator-child.ts')
  return {
    ...{ size, postgres, admin, data, generator, say },
    dataDir: postgres.dataDir,
    async [Symbol.asyncDispose]() {
      await generator[Symbol.asyncDispose]()
      await Promise.all([admin.end(), data.end()])
      await postgres[Symbol.asyncDispose]()
    },
  }
}
