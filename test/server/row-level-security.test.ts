// Row-level security, tried as the owner of the databases that the server runs on: an ordinary role, no superuser.
import { randomUUID } from 'node:crypto'
import type { SessionResponse } from '@workforce-democracy/shared'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asPerson } from '../../server/src/db/as-person.ts'
import type { Db } from '../../server/src/db/database.ts'
import { sqlState } from '../../server/src/db/error-codes.ts'
import { type StoredServer, startStoredServer } from '../support/stored-server.ts'

const VIOLATION = '42501'
/** Columns that name whose row it is; others (`admin_id`, `submitted_by`) name who did something. */
const OWNING = ['person_id', 'user_id']

let stored: StoredServer
let ada: SessionResponse
let bob: SessionResponse
beforeAll(async () => {
  stored = await startStoredServer()
  const flags = { civicEngagementTracking: true, personalizedRecommendations: true }
  ada = await stored.server.register(flags)
  bob = await stored.server.register(flags)
  for (const { accessToken: token } of [ada, bob]) {
    const body = { billId: 'us-zz:one', choice: 'yes', billType: 'labor' }
    expect((await stored.server.call('POST', '/api/civic/vote', { token, body })).status).toBe(200)
    expect((await stored.server.call('GET', '/api/civic/votes', { token })).body.items).toHaveLength(1)
  }
  const [{ id }] = [ada.user]
  // A row in every table, also in those that nothing above has written.
  for (const { table, column } of await ownedTables()) await copyRow(table, column, id)
})
afterAll(() => stored[Symbol.asyncDispose]())

interface OwnedTable {
  readonly table: string
  readonly column: string
}

/** Every table whose rows a person owns, read from the catalog of Postgres: a new one is in here by itself. */
async function ownedTables(): Promise<readonly OwnedTable[]> {
  const { rows } = await stored.pool.query<OwnedTable>(
    `select table_name as table, column_name as column from information_schema.columns
     where table_schema = 'public' and column_name = any($1) order by 1`,
    [OWNING],
  )
  return [{ table: 'users', column: 'id' }, ...rows]
}

/** Values for the columns that must have one. */
const SAMPLES: Readonly<Record<string, unknown>> = {
  uuid: () => randomUUID(),
  bytea: () => Buffer.alloc(32, 7),
  text: () => 'votes',
  integer: () => 1,
  smallint: () => 1,
  bigint: () => 1,
  boolean: () => false,
  date: () => '2026-01-01',
  jsonb: () => '{}',
  'timestamp with time zone': () => '2026-01-01T00:00:00Z',
}
/** Where a constraint asks for more. */
const SPECIAL: Readonly<Record<string, unknown>> = {
  'uses.recommendations': 'off',
  'mail_tokens.purpose': 'reset-password',
  'user_learning_activity.document': 'progress',
  // Orders are carried out: of a key that nobody has.
  'data_key_destructions.generation': 99,
}

/** Writes a row of this person, unless there is one. */
async function copyRow(table: string, column: string, personId: string, db: Db = stored.pool): Promise<void> {
  const found = await stored.pool.query(`select from ${table} where ${column} = $1 limit 1`, [personId])
  if (db === stored.pool && (found.rowCount ?? 0) > 0) return
  const { rows: columns } = await stored.pool.query<{ name: string; type: string }>(
    `select column_name as name, data_type as type from information_schema.columns
     where table_schema = 'public' and table_name = $1 and is_nullable = 'NO' and column_default is null
       and is_identity = 'NO'`,
    [table],
  )
  const values = await Promise.all(
    columns.map(async ({ name, type }) => {
      if (name === column) return personId
      const special = SPECIAL[`${table}.${name}`]
      if (special !== undefined) return special
      const sample = SAMPLES[type]
      if (typeof sample !== 'function') throw new Error(`${table}.${name} needs a sample of ${type}`)
      return sample()
    }),
  )
  // A column of the person's that may be null still says whose row it is.
  const names = columns.map(({ name }) => name)
  const all = names.includes(column)
    ? { names, values }
    : { names: [...names, column], values: [...values, personId] }
  await db.query(
    `insert into ${table} (${all.names.join(', ')}) values (${all.names.map((_, n) => `$${n + 1}`).join(', ')})`,
    all.values,
  )
}

const countOf = async (db: Db, { table, column }: OwnedTable, personId: string): Promise<number> =>
  (await db.query(`select from ${table} where ${column} = $1`, [personId])).rowCount ?? 0

test('[O4] the owner is no superuser, has none of the rights of the roles without taking them, and they cannot log in', async () => {
  const { rows } = await stored.pool.query(
    `select r.rolsuper, r.rolbypassrls, t.rolname, t.rolcanlogin, t.rolbypassrls as role_bypasses,
       bool_or(m.inherit_option) as inherits, bool_or(m.set_option) as sets
     from pg_roles r join pg_auth_members m on m.member = r.oid join pg_roles t on t.oid = m.roleid
     where r.rolname = current_user and t.rolname in ('wd_http', 'wd_sync')
     group by 1, 2, 3, 4, 5 order by 3`,
  )
  const role = { rolsuper: false, rolbypassrls: false, rolcanlogin: false, role_bypasses: false }
  expect(rows).toEqual(
    ['wd_http', 'wd_sync'].map(rolname => ({ ...role, rolname, inherits: false, sets: true })),
  )
})

describe('[O4] every table with rows that a person owns', () => {
  test('has row-level security, for its owner too, and a policy for each of the roles', async () => {
    const tables = await ownedTables()
    expect(tables.length).toBeGreaterThan(14)
    const { rows } = await stored.pool.query(
      `select c.relname as table, c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
         array(select p.polname::text from pg_policy p where p.polrelid = c.oid order by 1) as policies
       from pg_class c where c.relnamespace = 'public'::regnamespace and c.relname = any($1) order by 1`,
      [tables.map(({ table }) => table)],
    )
    expect(rows).toEqual(
      [...new Set(tables.map(({ table }) => table))]
        .sort()
        .map(table => ({ table, enabled: true, forced: true, policies: ['person', 'sync'] })),
    )
  })

  test('shows rows to their person, and none to another one, to nobody, or to what names nobody', async () => {
    const nobody = async (setting: string) => {
      const client = await stored.pool.connect()
      try {
        await client.query(`begin; set local role wd_http${setting}`)
        const seen: [string, number][] = []
        for (const owned of await ownedTables())
          seen.push([owned.table, await countOf(client, owned, ada.user.id)])
        return seen
      } finally {
        await client.query('rollback')
        client.release()
      }
    }
    const tables = await ownedTables()
    const none = tables.map(({ table }) => [table, 0])
    const seenBy = (personId: string) =>
      asPerson(stored.pool, personId, async db => {
        const seen: [string, number][] = []
        for (const owned of tables) seen.push([owned.table, await countOf(db, owned, ada.user.id)])
        return seen
      })
    expect((await seenBy(ada.user.id)).filter(([, count]) => count === 0)).toEqual([])
    expect(await seenBy(bob.user.id)).toEqual(none)
    expect(await seenBy(randomUUID())).toEqual(none)
    expect(await nobody('')).toEqual(none)
    expect(await nobody(`; select set_config('app.person_id', '', true)`)).toEqual(none)
  })

  test('takes no row of somebody else, none is changed and none is deleted', async () => {
    for (const owned of await ownedTables()) {
      const { table, column } = owned
      const asBob = <T>(work: (db: Db) => Promise<T>) => asPerson(stored.pool, bob.user.id, work)
      const before = await countOf(stored.pool, owned, ada.user.id)
      const inserted = asBob(db => copyRow(table, column, ada.user.id, db))
      await expect(inserted.catch(error => [table, sqlState(error)])).resolves.toEqual([table, VIOLATION])
      const update = `update ${table} set ${column} = ${column} where ${column} = $1`
      expect([table, (await asBob(db => db.query(update, [ada.user.id]))).rowCount]).toEqual([table, 0])
      const moved = asBob(db => db.query(`update ${table} set ${column} = $1`, [ada.user.id]))
      expect([table, await moved.then(({ rowCount }) => rowCount, sqlState)]).toSatisfy(
        // Bob has no row here, or may not give it away.
        ([, outcome]) => outcome === 0 || outcome === VIOLATION,
      )
      const deletion = asBob(db => db.query(`delete from ${table} where ${column} = $1`, [ada.user.id]))
      expect([table, (await deletion).rowCount]).toEqual([table, 0])
      expect(await countOf(stored.pool, owned, ada.user.id)).toBe(before)
    }
  })

  test('is whole for the sync role', async () => {
    const client: pg.PoolClient = await stored.pool.connect()
    try {
      await client.query('begin; set local role wd_sync')
      for (const owned of await ownedTables())
        expect([owned.table, await countOf(client, owned, ada.user.id)]).not.toEqual([owned.table, 0])
    } finally {
      await client.query('rollback')
      client.release()
    }
  })
})

test('[O4] the role ends with its transaction: the next user of the connection is not the person', async () => {
  const client = await stored.pool.connect()
  const one = { connect: async () => ({ ...bound(client), release: () => undefined }) }
  await asPerson(one as unknown as typeof stored.pool, ada.user.id, async db => {
    expect((await db.query('select current_user as role')).rows).toEqual([{ role: 'wd_http' }])
  })
  const failed = asPerson(one as unknown as typeof stored.pool, ada.user.id, async () => {
    throw new Error('made up')
  })
  await expect(failed).rejects.toThrow('made up')
  const { rows } = await client.query(
    `select current_user = session_user as own, current_setting('app.person_id', true) as person`,
  )
  expect(rows).toEqual([{ own: true, person: '' }])
  client.release()
})

const bound = (client: pg.PoolClient) => ({
  query: client.query.bind(client),
  escapeLiteral: client.escapeLiteral.bind(client),
})

test('[O4] what a person reads and writes over HTTP goes through it: with policies that hide all, nothing is there', async () => {
  const { accessToken: token } = ada
  const get = async (path: string) => (await stored.server.call('GET', path, { token })).body
  const before = { votes: await get('/api/civic/votes'), devices: await get('/api/user/devices') }
  expect([before.votes.items.length, before.devices.items.length]).toEqual([1, 1])
  const tables = await ownedTables()
  const policies = (using: (column: string) => string) =>
    stored.pool.query(
      tables.map(({ table, column }) => `alter policy person on ${table} using (${using(column)})`).join(';'),
    )
  await policies(() => 'false')
  try {
    expect((await get('/api/civic/votes')).items).toEqual([])
    expect((await get('/api/user/devices')).items).toEqual([])
    expect(await get('/api/user/privacy')).toMatchObject({ code: 'account-deleted' })
    expect(await get('/api/user/data-export')).toMatchObject({ code: 'not-found' })
    expect(await get('/api/user/keys')).toMatchObject({ code: 'not-found' })
    const body = { billId: 'us-zz:two', choice: 'no' }
    const vote = await stored.server.call('POST', '/api/civic/vote', { token, body })
    expect(vote).toMatchObject({ status: 409, body: { code: 'consent-required' } })
  } finally {
    await policies(column => `${column} = nullif(current_setting('app.person_id', true), '')::uuid`)
  }
  expect(await get('/api/civic/votes')).toEqual(before.votes)
})
