// A Postgres that is restarted, has no connection left, or has no room left: what was acknowledged stays, and all resumes by itself.
import { chown, stat } from 'node:fs/promises'
import { CLOSE_CODES } from '@workforce-democracy/shared'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { sqlState } from '../../server/src/db/error-codes.ts'
import { migrateAll } from '../../server/src/db/migrate.ts'
import { databaseUrlOf, execute, type TestDatabases } from '../support/postgres.ts'
import { type PostgresCluster, startPostgresCluster } from '../support/postgres-cluster.ts'
import type { RawClient } from '../support/raw-client.ts'
import { connectSynced, received, registerWriter } from '../support/register-writer.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { mountSmallDisk } from '../support/small-disk.ts'
import { until } from '../support/until.ts'

const MIB = 1024 * 1024
// A Postgres that is made, stopped and recovered takes its time on a busy machine.
vi.setConfig({ testTimeout: 120_000 })
// SQLSTATE codes.
const TOO_MANY_CONNECTIONS = '53300'
const DISK_FULL = '53100'
const TAKER = 'takes all connections'
const NO_MOUNT = 'this user may not mount a tmpfs'

const acknowledged = (client: RawClient) => client.of('durable').at(-1)?.count ?? 0

/** A person whose device writes key after key and connects again whenever it is closed. */
class SteadyWriter {
  readonly closeCodes = new Set<number>()
  readonly #server: TestServer
  readonly #token: string
  readonly #connections: { readonly client: RawClient; readonly keys: string[] }[] = []
  readonly #done: Promise<void>
  #written = 0
  #stopped = false

  constructor(server: TestServer, token: string) {
    this.#server = server
    this.#token = token
    this.#done = this.#run()
  }

  /** Keys that it knows to be durable. */
  get acknowledged(): readonly string[] {
    return this.#connections.flatMap(({ client, keys }) => keys.slice(0, acknowledged(client)))
  }

  /** Stops writing; resolves with how often each key stands in the document. */
  async stop(): Promise<Map<string, number>> {
    this.#stopped = true
    await this.#done
    await using client = await connectSynced(this.#server.url, this.#token)
    return countsOf(client)
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      await using client = await connectSynced(this.#server.url, this.#token)
      await this.#writeOver(client)
      if (client.closeCode !== undefined) this.closeCodes.add(client.closeCode)
    }
  }

  /** Writes a few keys, waits until they are durable, and so on. */
  async #writeOver(client: RawClient): Promise<void> {
    const keys: string[] = []
    this.#connections.push({ client, keys })
    const { write } = registerWriter(client)
    while (!this.#stopped && client.closeCode === undefined) {
      for (let n = 0; n < 5; n++) {
        const key = `hr${++this.#written}-119`
        keys.push(key)
        write(key, null)
      }
      await until(() => acknowledged(client) === keys.length || client.closeCode !== undefined, 30_000)
    }
  }
}

/** How often each key stands in what a client was sent. */
function countsOf(client: RawClient): Map<string, number> {
  const counts = new Map<string, number>()
  for (const [key] of received(client).getArray<[string]>('registers').toArray())
    counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}

describe('a Postgres of its own', () => {
  let cluster: PostgresCluster
  let server: TestServer
  beforeAll(async () => {
    cluster = await startPostgresCluster({ settings: { max_connections: '30' } })
    server = await startTestServer({}, cluster.databases)
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    await cluster[Symbol.asyncDispose]()
  })

  /** Runs a fault while three people write; checks that they were only ever told to try again, and lost nothing. */
  async function whileWriting(fault: (writers: readonly SteadyWriter[]) => Promise<void>): Promise<void> {
    const writers: SteadyWriter[] = []
    for (let n = 0; n < 3; n++) writers.push(new SteadyWriter(server, (await server.register()).accessToken))
    const allWrite = async () => {
      const before = writers.map(writer => writer.acknowledged.length)
      await until(() => writers.every((writer, n) => writer.acknowledged.length > (before[n] ?? 0)), 20_000)
    }
    await allWrite()
    await fault(writers)
    await allWrite()
    for (const writer of writers) {
      const counts = await writer.stop()
      expect(writer.acknowledged.filter(key => counts.get(key) !== 1)).toEqual([])
      expect([...writer.closeCodes]).toEqual([CLOSE_CODES.overloaded])
    }
  }

  /** Waits until every writer was sent away; nothing may be acknowledged meanwhile. */
  async function allSentAway(writers: readonly SteadyWriter[]): Promise<void> {
    const before = writers.map(writer => writer.acknowledged.length)
    await until(() => writers.every(writer => writer.closeCodes.size > 0), 20_000)
    expect(writers.map(writer => writer.acknowledged.length)).toEqual(before)
  }

  test('[P22] Postgres is restarted while clients write', async () => {
    await whileWriting(async writers => {
      await cluster.stop()
      const askedAtMs = Date.now()
      expect(await server.call('GET', '/health')).toEqual({ status: 503, body: { status: 'degraded' } })
      expect(Date.now() - askedAtMs).toBeLessThan(1_000)
      await allSentAway(writers)
      await cluster.start()
      await until(async () => (await server.call('GET', '/health')).status === 200)
    })
  })

  test('[P22] Postgres has no connection left for the server while clients write', async () => {
    await whileWriting(async writers => {
      await using _taken = await takeAllConnections(cluster)
      expect(await server.call('GET', '/health')).toEqual({ status: 503, body: { status: 'degraded' } })
      await allSentAway(writers)
    })
  })

  test('[P22] a server that finds no connection left at its start does not start', async () => {
    await using _taken = await takeAllConnections(cluster)
    await expect(startTestServer({}, cluster.databases)).rejects.toMatchObject({ code: TOO_MANY_CONNECTIONS })
  })

  test('[P23] Postgres has no room left: nothing more is acknowledged, what was is there to read', async ({
    skip,
  }) => {
    await using disk = await mountSmallDisk(64 * MIB)
    if (!disk) return skip(NO_MOUNT)
    await using small = await createDatabaseOn(cluster, disk.path)
    await using onSmall = await startTestServer({}, small)
    const { accessToken } = await onSmall.register()
    await using client = await connectSynced(onSmall.url, accessToken)
    const { write } = registerWriter(client)
    write('hr1-119', 'x'.repeat(500_000))
    await client.durable(1)
    await disk.fill()
    for (let n = 2; client.closeCode === undefined; n++) {
      write(`hr${n}-119`, 'x'.repeat(500_000))
      await until(() => acknowledged(client) === n || client.closeCode !== undefined)
    }
    expect(client.closeCode).toBe(CLOSE_CODES.overloaded)
    expect(onSmall.log.join('')).toContain(`"sqlState":"${DISK_FULL}"`)
    await using reader = await connectSynced(onSmall.url, accessToken)
    expect(countsOf(reader).size).toBe(acknowledged(client))
    await disk.makeRoom()
    registerWriter(reader).write('hr100-119', null)
    await reader.durable(1)
    await using again = await connectSynced(onSmall.url, accessToken)
    expect(countsOf(again).size).toBe(acknowledged(client) + 1)
  })
})

test('[P23] Postgres ends because its log has no room left: it is there again once it has room, with all that was acknowledged', async ({
  skip,
}) => {
  await using disk = await mountSmallDisk(160 * MIB)
  if (!disk) return skip(NO_MOUNT)
  await using cluster = await startPostgresCluster({ parentDirectory: disk.path })
  await using server = await startTestServer({}, cluster.databases)
  const writer = new SteadyWriter(server, (await server.register()).accessToken)
  await until(() => writer.acknowledged.length > 0)
  await disk.fill()
  // More than what is left of the log's present file.
  const message = `select pg_logical_emit_message(false, 'test', repeat('x', ${32 * MIB}))`
  await expect(execute(cluster.postgres.adminUrl, [message])).rejects.toThrow()
  await cluster.stop()
  await disk.makeRoom()
  await cluster.start()
  const before = writer.acknowledged.length
  await until(() => writer.acknowledged.length > before, 20_000)
  const counts = await writer.stop()
  expect(writer.acknowledged.filter(key => counts.get(key) !== 1)).toEqual([])
})

/** Leaves the server none: cuts off those it has and takes every one that ordinary roles may have. */
async function takeAllConnections({ postgres }: PostgresCluster): Promise<AsyncDisposable> {
  const clients: pg.Client[] = []
  const take = async (): Promise<void> => {
    for (;;) {
      const client = new pg.Client({ connectionString: postgres.databaseUrl, application_name: TAKER })
      client.on('error', () => undefined)
      try {
        await client.connect()
      } catch (error) {
        if (sqlState(error) === TOO_MANY_CONNECTIONS) return
        throw error
      }
      clients.push(client)
    }
  }
  const admin = new pg.Client({ connectionString: postgres.adminUrl, application_name: TAKER })
  await admin.connect()
  await until(async () => {
    const before = clients.length
    // Those that are just signing in have no name yet.
    const { rowCount } = await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where backend_type = 'client backend' and application_name is distinct from $1`,
      [TAKER],
    )
    await take()
    return rowCount === 0 && clients.length === before
  })
  return {
    async [Symbol.asyncDispose]() {
      await Promise.all([...clients, admin].map(client => client.end()))
    },
  }
}

/** Migrated databases of a cluster, the first of them on another disk. */
async function createDatabaseOn({ postgres }: PostgresCluster, path: string): Promise<TestDatabases> {
  const { uid, gid } = await stat(postgres.directory)
  await chown(path, uid, gid)
  const role = new URL(postgres.databaseUrl).username
  const databaseUrl = databaseUrlOf(postgres.databaseUrl, 'small')
  const keysDatabaseUrl = databaseUrlOf(postgres.databaseUrl, 'small_keys')
  await execute(postgres.adminUrl, [
    `create tablespace small location '${path}'`,
    `create database small owner ${role} tablespace small`,
    `create database small_keys owner ${role}`,
  ])
  await migrateAll({ databaseUrl, keysDatabaseUrl })
  return {
    databaseUrl,
    keysDatabaseUrl,
    [Symbol.asyncDispose]: () =>
      execute(postgres.adminUrl, [
        'drop database small with (force)',
        'drop database small_keys with (force)',
        'drop tablespace small',
      ]),
  }
}
