// A Postgres that belongs to one test, which may stop it, start it again and fill its disk. Reached at one address throughout.
import { join } from 'node:path'
import { migrateAll } from '../../server/src/db/migrate.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../server/src/postgres/embedded-postgres.ts'
import type { TestDatabases } from './postgres.ts'
import { startTcpProxy, throughProxy } from './tcp-proxy.ts'
import { createTemporaryDirectory } from './temporary-directory.ts'

/** A running Postgres with two migrated databases. */
export interface PostgresCluster extends AsyncDisposable {
  readonly databases: TestDatabases
  /** The Postgres that runs now. */
  readonly postgres: EmbeddedPostgres
  /** Ends it in order; its connections break. */
  stop(): Promise<void>
  start(): Promise<void>
}

/** Starts a cluster. */
export async function startPostgresCluster(
  options: { readonly settings?: Readonly<Record<string, string>>; readonly parentDirectory?: string } = {},
): Promise<PostgresCluster> {
  const directory = await createTemporaryDirectory()
  const dataDir = join(options.parentDirectory ?? directory.path, 'data')
  const settings = options.settings ?? {}
  const open = () => startEmbeddedPostgres({ dataDir, settings, log: () => undefined })
  let postgres = await open()
  const proxy = await startTcpProxy(postgres.port)
  await migrateAll(postgres)
  return {
    databases: throughProxy(postgres, proxy.port),
    get postgres() {
      return postgres
    },
    async stop() {
      await postgres[Symbol.asyncDispose]()
    },
    async start() {
      postgres = await open()
      proxy.retarget(postgres.port)
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await postgres[Symbol.asyncDispose]()
      await directory[Symbol.asyncDispose]()
    },
  }
}
