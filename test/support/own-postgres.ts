// The Postgres of a long run or a benchmark, which ends with it.
import { join } from 'node:path'
import { migrateAll } from '../../server/src/db/migrate.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../server/src/postgres/embedded-postgres.ts'
import { endsWithProcess } from './ends-with-process.ts'
import type { TestDatabases } from './postgres.ts'
import { createTemporaryDirectory } from './temporary-directory.ts'

/** A Postgres with two migrated databases, and the data directory that holds it. */
export interface OwnPostgres extends EmbeddedPostgres {
  readonly dataDir: string
  /** The two, which go with it. */
  readonly databases: TestDatabases
}

/** Starts one in a directory of its own. */
export function startOwnPostgres(settings: Readonly<Record<string, string>> = {}): Promise<OwnPostgres> {
  return endsWithProcess(start(settings))
}

async function start(settings: Readonly<Record<string, string>>): Promise<OwnPostgres> {
  const directory = await createTemporaryDirectory()
  const dataDir = join(directory.path, 'data')
  const elsewhere = [join(directory.path, 'elsewhere')]
  const postgres = await startEmbeddedPostgres({ dataDir, elsewhere, settings, log: () => undefined })
  const { databaseUrl, keysDatabaseUrl } = postgres
  await migrateAll({ databaseUrl, keysDatabaseUrl })
  return {
    ...postgres,
    dataDir,
    databases: { databaseUrl, keysDatabaseUrl, [Symbol.asyncDispose]: async () => undefined },
    async [Symbol.asyncDispose]() {
      await postgres[Symbol.asyncDispose]()
      await directory[Symbol.asyncDispose]()
    },
  }
}
