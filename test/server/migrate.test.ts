// Migrations, on a real Postgres.
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { migrate, migrateAll } from '../../server/src/db/migrate.ts'
import { createEmptyDatabase, createTestDatabases } from '../support/postgres.ts'

const FIRST = '0001-people.sql'
const SECOND = '0002-names.sql'

async function createMigrations(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'wd-migrations-'))
  await writeFile(
    join(path, FIRST),
    'create table people (id int primary key);\ninsert into people values (1);',
  )
  await writeFile(join(path, SECOND), 'alter table people add column name text;')
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}

async function query(url: string, text: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

describe('migrations', () => {
  test('are applied in order, once', async () => {
    await using database = await createEmptyDatabase()
    await using migrations = await createMigrations()
    expect(await migrate(database.databaseUrl, migrations.path)).toEqual(['0001-people', '0002-names'])
    expect(await migrate(database.databaseUrl, migrations.path)).toEqual([])
    expect(await query(database.databaseUrl, 'select id, name from people')).toEqual([{ id: 1, name: null }])
  })

  test('of two migrators at once are applied by one of them', async () => {
    await using database = await createEmptyDatabase()
    await using migrations = await createMigrations()
    const applied = await Promise.all(
      Array.from({ length: 4 }, () => migrate(database.databaseUrl, migrations.path)),
    )
    expect(applied.flat().sort()).toEqual(['0001-people', '0002-names'])
  })

  test('are refused when an applied file has changed', async () => {
    await using database = await createEmptyDatabase()
    await using migrations = await createMigrations()
    await migrate(database.databaseUrl, migrations.path)
    await appendFile(join(migrations.path, FIRST), '\n-- a second thought')
    await writeFile(join(migrations.path, '0003-more.sql'), 'create table more (id int);')
    await expect(migrate(database.databaseUrl, migrations.path)).rejects.toMatchObject({
      code: 'migration-changed',
    })
    expect(await query(database.databaseUrl, `select to_regclass('more') as more`)).toEqual([{ more: null }])
  })

  test('are the same with the line ends of Windows', async () => {
    await using database = await createEmptyDatabase()
    await using migrations = await createMigrations()
    await migrate(database.databaseUrl, migrations.path)
    await writeFile(
      join(migrations.path, FIRST),
      'create table people (id int primary key);\r\ninsert into people values (1);',
    )
    expect(await migrate(database.databaseUrl, migrations.path)).toEqual([])
  })

  test('are refused when a newer version has migrated the database', async () => {
    await using database = await createEmptyDatabase()
    await using migrations = await createMigrations()
    await migrate(database.databaseUrl, migrations.path)
    await rm(join(migrations.path, SECOND))
    await expect(migrate(database.databaseUrl, migrations.path)).rejects.toMatchObject({
      code: 'migration-unknown',
    })
  })

  test('that fail leave nothing of themselves, and what came before stays', async () => {
    await using database = await createEmptyDatabase()
    await using migrations = await createMigrations()
    await writeFile(join(migrations.path, SECOND), 'create table half (id int); select 1 / 0;')
    await expect(migrate(database.databaseUrl, migrations.path)).rejects.toMatchObject({
      code: 'migration-failed',
    })
    expect(await query(database.databaseUrl, `select to_regclass('half') as half`)).toEqual([{ half: null }])
    expect(await query(database.databaseUrl, 'select name from migrations')).toEqual([
      { name: '0001-people' },
    ])
  })

  test('of this version find nothing to do in a test database, which is a clone of a migrated one', async () => {
    await using databases = await createTestDatabases()
    expect(await migrateAll(databases)).toEqual([])
  })
})
