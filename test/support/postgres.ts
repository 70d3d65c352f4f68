// Databases for one test: clones of the migrated templates, dropped when the test is done.
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import { sqlState } from '../../server/src/db/error-codes.ts'
import { until } from './until.ts'

/** A migrated data database and key store that nobody else uses. */
export interface TestDatabases extends AsyncDisposable {
  readonly databaseUrl: string
  readonly keysDatabaseUrl: string
}

/** Clones the templates under random names. */
export async function createTestDatabases(): Promise<TestDatabases> {
  const { adminUrl, dataTemplate, keysTemplate } = inject('testPostgres')
  const name = randomDatabaseName()
  const keysName = `${name}_keys`
  await Promise.all([
    execute(adminUrl, [`create database ${name} template ${dataTemplate}`]),
    execute(adminUrl, [`create database ${keysName} template ${keysTemplate}`]),
  ])
  return {
    databaseUrl: databaseUrlOf(adminUrl, name),
    keysDatabaseUrl: databaseUrlOf(adminUrl, keysName),
    async [Symbol.asyncDispose]() {
      await Promise.all([name, keysName].map(database => dropDatabase(adminUrl, database)))
    },
  }
}

/** An empty database, not cloned: for tests of the migrations themselves. */
export async function createEmptyDatabase(): Promise<{ readonly databaseUrl: string } & AsyncDisposable> {
  const { adminUrl } = inject('testPostgres')
  const name = randomDatabaseName()
  await execute(adminUrl, [`create database ${name}`])
  return {
    databaseUrl: databaseUrlOf(adminUrl, name),
    [Symbol.asyncDispose]: () => dropDatabase(adminUrl, name),
  }
}

const randomDatabaseName = (): string => `test_${randomBytes(8).toString('hex')}`

/** What nobody but a superuser may end: autovacuum, which is soon done. */
const INSUFFICIENT_PRIVILEGE = '42501'

async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  await until(async () => {
    try {
      await execute(adminUrl, [`drop database if exists ${name} with (force)`])
      return true
    } catch (error) {
      if (sqlState(error) === INSUFFICIENT_PRIVILEGE) return false
      throw error
    }
  })
}

/** The URL of another database of the same server. */
export function databaseUrlOf(url: string, database: string): string {
  const other = new URL(url)
  other.pathname = `/${database}`
  return other.href
}

/** Runs statements one by one on a connection of their own. */
export async function execute(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  // A Postgres that ends over a statement tells it; the event of its own would end the test run.
  client.on('error', () => undefined)
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}
