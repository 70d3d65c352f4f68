// Three server processes on the same databases, and ways to keep them from hearing of each other.
import { developmentSecrets } from '../../server/src/secrets.ts'
import { startPgBouncer } from '../support/pgbouncer.ts'
import { execute, type TestDatabases } from '../support/postgres.ts'
import { startRedis } from '../support/redis.ts'
import {
  type ServerProcess,
  type ServerProcessOptions,
  startServerProcess,
} from '../support/server-process.ts'
import { openStoredDocuments, type StoredDocuments } from '../support/stored-documents.ts'
import { startTcpProxy, type TcpProxy, throughProxy } from '../support/tcp-proxy.ts'
import { createTemporaryDirectory } from '../support/temporary-directory.ts'

/** What carries word between servers. */
export const BUSES = ['postgres', 'redis'] as const
export type BusKind = (typeof BUSES)[number]

/** What a cluster is made of. */
export interface ClusterOptions {
  readonly databases: TestDatabases
  readonly bus: BusKind
  /** Whether the servers reach Postgres through PgBouncer in transaction mode. */
  readonly pooled?: boolean
}

/** Servers that run. */
export interface Cluster extends AsyncDisposable {
  readonly servers: readonly ServerProcess[]
  readonly databases: TestDatabases
  /** What Postgres holds, read around all servers. */
  readonly stored: StoredDocuments
  /** Cuts what carries word, for good. Only where it is Redis, or Postgres beside a pooler. */
  silenceBus(): void
}

const SIZE = 3

/** Starts the servers. */
export async function startCluster({ databases, bus, pooled = false }: ClusterOptions): Promise<Cluster> {
  const closing: AsyncDisposable[] = []
  const owned = <T extends AsyncDisposable>(resource: T): T => {
    closing.unshift(resource)
    return resource
  }
  const close = async () => {
    for (const each of closing) await each[Symbol.asyncDispose]()
  }
  try {
    const dataDir = owned(await createTemporaryDirectory()).path
    const { settings, carrier } = await connectionsOf({ databases, bus, pooled }, owned)
    const starting = Array.from({ length: SIZE }, async () =>
      owned(await startServerProcess({ dataDir, ...settings })),
    )
    // All of them first, so that none is left behind when one fails.
    await Promise.allSettled(starting)
    const servers = await Promise.all(starting)
    const { encryptionKeys } = await developmentSecrets(dataDir)
    const stored = owned(openStoredDocuments({ config: { encryptionKeys }, databases }))
    return {
      ...{ servers, databases, stored },
      silenceBus() {
        if (!carrier) throw new Error('This bus cannot be silenced.')
        carrier.cut({ refuse: true })
      },
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** How the servers reach Postgres and what carries word; a proxy before the latter where that has a URL of its own. */
async function connectionsOf(
  { databases, bus, pooled }: ClusterOptions,
  owned: <T extends AsyncDisposable>(resource: T) => T,
): Promise<{ settings: Omit<ServerProcessOptions, 'dataDir'>; carrier: TcpProxy | undefined }> {
  const { databaseUrl, keysDatabaseUrl } = databases
  const pooler = pooled && owned(await startPgBouncer([databaseUrl, keysDatabaseUrl]))
  const urls = pooler
    ? { databaseUrl: pooler.through(databaseUrl), keysDatabaseUrl: pooler.through(keysDatabaseUrl) }
    : { databaseUrl, keysDatabaseUrl }
  if (bus === 'redis') {
    const carrier = owned(await startTcpProxy(owned(await startRedis()).port))
    const env = {
      REDIS_URL: `redis://127.0.0.1:${carrier.port}`,
      ...(pooled && { DATABASE_DIRECT_URL: databaseUrl }),
    }
    return { settings: { ...urls, env }, carrier }
  }
  if (!pooled) return { settings: urls, carrier: undefined }
  const carrier = owned(await startTcpProxy(Number(new URL(databaseUrl).port)))
  const env = { DATABASE_DIRECT_URL: throughProxy(databases, carrier.port).databaseUrl }
  return { settings: { ...urls, env }, carrier }
}

/** Breaks the look that servers take every two seconds (SPEC I2): its query, and no other, finds no documents. */
export function blindChangeWatch({ databaseUrl }: TestDatabases): Promise<void> {
  return execute(databaseUrl, [
    `create policy blind on documents as restrictive using (current_query() not like '%where coalesce(d.generation, 0) <> s.generation%')`,
  ])
}
