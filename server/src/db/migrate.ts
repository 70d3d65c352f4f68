// Brings the databases to this version: numbered SQL files, forward only, each one transaction.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { CodedError } from '@workforce-democracy/shared'
import { Logger, runMigrations } from 'graphile-worker'
import pg from 'pg'

const MIGRATIONS = new URL('../../../migrations/', import.meta.url)

/** Any number that no one else locks: two migrators of one database wait for each other. */
const ADVISORY_LOCK = 5_731_894_217

const FILE_NAME = /^\d{4}-[a-z0-9-]+\.sql$/

interface Migration {
  /** The file's name without its ending. */
  readonly name: string
  readonly sql: string
  /** SHA-256 of the text, in hex. */
  readonly checksum: string
}

/** Where the two databases are; direct connections, not through a transaction-mode pooler. */
export interface MigrateAllOptions {
  readonly databaseUrl: string
  readonly keysDatabaseUrl: string
}

/**
 * Migrates the data database and the key store; both must exist.
 *
 * @returns names of what was applied now, such as `data/0001-accounts`
 * @throws CodedError like {@link migrate}
 */
export async function migrateAll({
  databaseUrl,
  keysDatabaseUrl,
}: MigrateAllOptions): Promise<readonly string[]> {
  const keys = await migrate(keysDatabaseUrl, new URL('keys/', MIGRATIONS))
  await migrateJobs(databaseUrl)
  const data = await migrate(databaseUrl, new URL('data/', MIGRATIONS))
  return [...keys.map(name => `keys/${name}`), ...data.map(name => `data/${name}`)]
}

/** The queue of jobs has a schema and migrations of its own, in the same database, so that a transaction can add jobs. */
async function migrateJobs(connectionString: string): Promise<void> {
  const pool = new pg.Pool({ connectionString, max: 1 })
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    await client.query('begin')
    await lock(client)
    await runMigrations({ pgPool: pool, logger: new Logger(() => () => undefined) })
    await client.query('commit')
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CodedError('migration-failed', `graphile_worker: ${reason}`, { cause })
  } finally {
    await pool.end()
    await client.end()
  }
}

/**
 * Applies the files of `directory` named `NNNN-name.sql` that this database lacks, in order.
 *
 * @returns names of the files applied now, without their ending
 * @throws CodedError `migration-changed` when an applied file reads otherwise than it did,
 *   `migration-unknown` when the database was migrated by a newer version,
 *   `migration-failed` when one fails: it is rolled back, those before it stay
 */
export async function migrate(connectionString: string, directory: URL | string): Promise<readonly string[]> {
  const migrations = await readMigrations(directory)
  const client = new pg.Client({ connectionString, application_name: 'workforce-democracy migrate' })
  await client.connect()
  try {
    await createMigrationsTable(client)
    const applied: string[] = []
    for (const migration of missingMigrations(migrations, await readChecksums(client)))
      if (await apply(client, migration)) applied.push(migration.name)
    return applied
  } finally {
    await client.end()
  }
}

async function readMigrations(directory: URL | string): Promise<readonly Migration[]> {
  const path = directory instanceof URL ? fileURLToPath(directory) : directory
  const files = (await readdir(path)).filter(name => FILE_NAME.test(name)).sort()
  return await Promise.all(
    files.map(async file => toMigration(file, await readFile(`${path}/${file}`, 'utf8'))),
  )
}

function toMigration(file: string, text: string): Migration {
  // A checkout with Windows line ends is the same migration.
  const sql = text.replaceAll('\r\n', '\n')
  return {
    name: file.slice(0, -'.sql'.length),
    sql,
    checksum: createHash('sha256').update(sql).digest('hex'),
  }
}

/** `if not exists` alone can lose a race. */
async function createMigrationsTable(client: pg.Client): Promise<void> {
  await client.query('begin')
  await lock(client)
  await client.query(
    `create table if not exists migrations (
       name text primary key,
       checksum text not null,
       applied_at timestamptz not null default now()
     )`,
  )
  await client.query('commit')
}

/** Until the transaction ends, not the connection: a pooler, which the key store may lie behind, keeps that for ever. */
async function lock(client: pg.Client): Promise<void> {
  await client.query('select pg_advisory_xact_lock($1)', [ADVISORY_LOCK])
}

async function readChecksums(client: pg.Client): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'select name, checksum from migrations',
  )
  return new Map(rows.map(({ name, checksum }) => [name, checksum]))
}

function missingMigrations(
  migrations: readonly Migration[],
  checksumByName: ReadonlyMap<string, string>,
): readonly Migration[] {
  const names = new Set(migrations.map(({ name }) => name))
  const unknown = [...checksumByName.keys()].filter(name => !names.has(name))
  if (unknown.length > 0) throw new CodedError('migration-unknown', unknown.join(', '))
  const changed = migrations.filter(
    ({ name, checksum }) => (checksumByName.get(name) ?? checksum) !== checksum,
  )
  if (changed.length > 0)
    throw new CodedError('migration-changed', changed.map(({ name }) => name).join(', '))
  return migrations.filter(({ name }) => !checksumByName.has(name))
}

/** Returns whether it did: another one may have come first. */
async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<boolean> {
  try {
    await client.query('begin')
    await lock(client)
    const { rowCount } = await client.query(
      'insert into migrations (name, checksum) values ($1, $2) on conflict do nothing',
      [name, checksum],
    )
    if (rowCount === 1) await client.query(sql)
    await client.query('commit')
    return rowCount === 1
  } catch (cause) {
    await client.query('rollback').catch(() => undefined)
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CodedError('migration-failed', `${name}: ${reason}`, { cause })
  }
}
