// How Postgres answers the queries of server/src/db at 100,000 rows: by an index, unless a query is for all rows.
import { randomUUID } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { OPENABLE_DOCUMENTS } from '@workforce-democracy/shared'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asPerson } from '../../server/src/db/as-person.ts'
import { createPool, type Db, inTransaction, type Pool } from '../../server/src/db/database.ts'
import { searchLocalResources } from '../../server/src/db/local-resources.ts'
import { createTestDatabases, type TestDatabases } from '../support/postgres.ts'

const ROWS = 100_000
const FOLDER = fileURLToPath(new URL('../../server/src/db/', import.meta.url))
const PERSON = '00000000-0000-7000-8000-000000000042'
const OTHER = randomUUID()
const REF = { personId: PERSON, document: 'votes' } as const
const HASH = Buffer.alloc(32, 1)
const NOW = new Date('2026-03-01T00:00:00Z')

type Call = (db: Db) => Promise<unknown>
type Query = (db: Db, ...args: never[]) => Promise<unknown>

/** How each query is asked. */
const CALLS: Readonly<Record<string, (query: Query) => Call>> = {
  findAccount: query => db => query(db, PERSON as never),
  findAccountByName: query => db => query(db, 'email' as never, HASH as never),
  findAccountKeys: query => db => query(db, PERSON as never),
  findDocument: query => db => query(db, REF as never),
  findLiveSessions: query => db => query(db, [{ personId: PERSON, sessionId: OTHER }] as never),
  findMailToken: query => db => query(db, HASH as never, ['reset-password'] as never, NOW as never),
  findSessionDevice: query => db => query(db, { personId: PERSON, sessionId: OTHER } as never),
  findUses: query => db => query(db, PERSON as never),
  isAdmin: query => db => query(db, PERSON as never),
  isErased: query => db => query(db, HASH as never),
  isSessionLive: query => db => query(db, PERSON as never, OTHER as never),
  listAuditLog: query => db => query(db, { limit: 20, before: OTHER } as never),
  listBehind: query => db => query(db, PERSON as never),
  listChains: query => db => query(db, [REF] as never),
  listChanges: query => db => query(db, [{ ...REF, generation: 1, position: 1 }] as never),
  listConsents: query => db => query(db, PERSON as never),
  listDevices: query => db => query(db, PERSON as never, NOW as never),
  listDocuments: query => db => query(db, PERSON as never),
  listDueMails: query => db => query(db),
  listLeftToCompact: query => db => query(db, 100 as never, 12 as never),
  listOpenOrders: query => db => query(db, REF as never),
  listOrders: query => db => query(db, new Date().toISOString() as never),
  listProjected: query => db => query(db, PERSON as never, OPENABLE_DOCUMENTS as never),
  listSessions: query => db => query(db, PERSON as never),
  lockAccount: query => db => query(db, PERSON as never),
  lockAccountKeys: query => db => query(db, PERSON as never),
  lockCursor: query => db => query(db, REF as never),
  lockDocument: query => db => query(db, REF as never),
  lockForMove: query => db => query(db, REF as never),
  lockPerson: query => db => query(db, PERSON as never),
  readBillMentions: query => db => query(db, ['hr42-118'] as never),
  readDocument: query => db => query(db, REF as never),
  readEntriesAfter: query => db => query(db, REF as never, 1 as never),
  readPersonBytes: query => db => query(db, PERSON as never),
  findSimilarWords: query => db => query(db, ['resorce', 'topik'] as never, ['ersorce'] as never),
  listKeptResources: query => db => query(db, { limit: 20, after: OTHER } as never),
  listSharingPeople: query => db => query(db, { limit: 500, after: OTHER } as never),
  lockPath: query => db => query(db, 'made-up-7' as never),
  lockResource: query => db => query(db, OTHER as never),
  searchResources: query => db =>
    query(db, { words: [['resource'], ['42', '43']], limit: 20, type: 'videos' } as never),
  listLocalByStatus: query => db => query(db, { status: 'pending', after: OTHER, limit: 20 } as never),
  listRatingPeople: query => db => query(db, { after: OTHER, limit: 500 } as never),
  listRatings: query => db => query(db, PERSON as never),
  listSubmissions: query => db => query(db, PERSON as never),
  lockLocalResource: query => db => query(db, OTHER as never),
  readLocalResource: query => db => query(db, OTHER as never),
  readLocalResources: query => db => query(db, [OTHER] as never),
  searchLocalResources: query => db =>
    query(db, { limit: 21, after: { key: 'place 7', id: OTHER } } as never),
  findRollCalls: query => db => query(db, ['h42-118.2024'] as never),
}

/** Asked for all rows, of a table that has few, or of another database. */
const WHOLE = [
  'hasBills',
  'hasDistricts',
  'hasLocalResources',
  'hasResources',
  'listAdmins',
  'listBills',
  'listDecidingRollCalls',
  'listDistricts',
  // all of a country
  'listLocalResources',
  'listPaths',
  'listResources',
  'listRuns',
  'listSittingMembers',
  'readMemberKeys',
  'readRevisions',
  // the catalog of Postgres
  'listPersonTables',
  // each row of any table of one person: see the test of every owned table
  'listRowsOf',
  // the key store
  'countWrapped',
  'findDataKeys',
  'listDataKeys',
  'listKeyringIds',
  'listServerKeys',
  'lockDataKeys',
  // no query, or of no table
  'isPassing',
  'listen',
  'readStems',
  'readStockLeaseMs',
]

/** Rows in every table that a query is checked on. Each person has a few, whatever the table. */
const FILL = [
  `insert into users (id, email_hash, account, password_hash, prelogin_seed, created_at, last_login)
   select ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, sha256(n::text::bytea), '', '', substr(sha256(''), 1, 16), now(), now()
   from generate_series(1, 10000) n`,
  `insert into documents (person_id, document, mode, head)
   select u.id, d, 'open', 3 from users u, unnest(array['profile', 'votes', 'bookmarks', 'progress']) d`,
  `insert into document_projections (person_id, document, generation, position)
   select person_id, document, 1, 1 from documents`,
  `insert into document_updates (person_id, document, generation, position, data)
   select person_id, document, 1, n, '' from documents, generate_series(2, 4) n`,
  `insert into document_snapshots (person_id, document, generation, position, data)
   select person_id, document, 1, 1, '' from documents`,
  `insert into devices (person_id, id, added_on, last_seen_on)
   select u.id, gen_random_uuid(), now(), now() from users u, generate_series(1, 2)`,
  `insert into sessions (person_id, id, device_id, refresh_token_hash, created_at, expires_at)
   select person_id, gen_random_uuid(), id, '', now(), now() from devices`,
  `insert into consents (person_id, id, recorded_at, flags)
   select u.id, gen_random_uuid(), now(), '{}' from users u, generate_series(1, 2)`,
  `insert into uses select id, 'off', false, false, false from users`,
  `insert into account_keys (person_id, record, record_number, recovery_bundle, recovery_secret_hash)
   select id, '', 1, '', sha256('') from users`,
  `insert into mail_tokens (token_hash, person_id, purpose, expires_at)
   select sha256(id::text::bytea), id, 'reset-password', now() from users`,
  `insert into mail_outbox (id, person_id, data, due_at)
   select gen_random_uuid(), id, '', now() + interval '1 day' from users`,
  `insert into admins (person_id, granted_on) select id, now() from users`,
  `insert into erased_accounts (id_hash, erased_on) select sha256(id::text::bytea), now() from users`,
  `insert into data_key_destructions (person_id, document, generation, ordered_at, done_at)
   select person_id, document, 1, now() - interval '1 day', now() from documents`,
  `insert into admin_audit_log (id, action, subject)
   select gen_random_uuid(), 'made-up', 'bill/' || n from generate_series(1, ${ROWS}) n`,
  `insert into user_profiles (user_id, field_hash, generation, value)
   select u.id, sha256((u.id::text || n)::bytea), 1, '' from users u, generate_series(1, 10) n`,
  `insert into civic_votes (user_id, bill_hash, generation, value)
   select u.id, sha256((u.id::text || n)::bytea), 1, '' from users u, generate_series(1, 10) n`,
  `insert into user_learning_activity (user_id, document, activity_hash, generation, value)
   select u.id, 'progress', sha256((u.id::text || n)::bytea), 1, '' from users u, generate_series(1, 10) n`,
  // All of them say the same: other words are made up below.
  'alter table learning_resources disable trigger learn_words_of_new',
  `insert into learning_resources (id, source_key, origin, type, title, difficulty_level, topics, rating_avg)
   select gen_random_uuid(), n::text, 'made-up', (array['videos', 'articles', 'studies', 'interactive'])[1 + n % 4],
     'Resource ' || n, (array['beginner', 'intermediate', 'advanced'])[1 + n % 3], array['topic-' || n % 500], n % 500 / 100.0
   from generate_series(1, ${ROWS}) n`,
  `insert into resource_words (word) select translate(n::text, '0123456789', 'abcdefghij') from generate_series(10000, 30000) n`,
  `insert into local_resources (id, name, type, country, state_key, city_key, zip_key, latitude, longitude, status, origin,
     name_key, search)
   select gen_random_uuid(), 'Place ' || n, (array['food', 'housing', 'finance'])[1 + n % 3], 'us', 'state ' || n % 50,
     'city ' || n % 5000, lpad((n % 40000)::text, 5, '0'), n % 180 - 90, n % 360 - 180,
     case n % 100 when 0 then 'pending' else 'approved' end, 'made-up', 'place ' || n,
     array_to_tsvector(array['place', n::text, 'word' || n % 3000])
   from generate_series(1, ${ROWS}) n`,
  `insert into local_ratings (person_id, resource_hash, value)
   select u.id, sha256((u.id::text || n)::bytea), '' from users u, generate_series(1, 3) n`,
  `insert into local_submissions (person_id, id, value) select id, gen_random_uuid(), '' from users`,
  `insert into learning_paths (id, title) select 'made-up-' || n, 'Path ' || n from generate_series(1, 10000) n`,
  `insert into learning_path_resources (path_id, position, resource_id, required)
   select id, n, gen_random_uuid(), true from learning_paths, generate_series(1, 3) n`,
  `insert into bills (id, jurisdiction, government_level, name, bill_form, number, congress)
   select 'hr' || n || '-118', 'us', 'federal', 'Bill ' || n, 'hr', n::text, 118 from generate_series(1, ${ROWS}) n`,
  `insert into roll_calls (id, bill_id, chamber, category, deciding, voted_at, voted_on, question, result, content_hash)
   select 'h' || n || '-118.2024', 'hr' || n || '-118', 'house', 'passage', true, now(), now(), '', '', ''
   from generate_series(1, 10000) n`,
  'analyze',
]

let databases: TestDatabases
let pool: Pool
beforeAll(async () => {
  databases = await createTestDatabases()
  pool = createPool(databases.databaseUrl)
  // Foreign keys are checked row by row: that is half of the time, and says nothing about plans.
  const { rows } = await pool.query<{ table: string; name: string }>(
    `select conrelid::regclass::text as table, conname as name from pg_constraint
     where contype = 'f' and connamespace = 'public'::regnamespace`,
  )
  await inTransaction(pool, async db => {
    await db.query('set local synchronous_commit = off')
    for (const { table, name } of rows) await db.query(`alter table ${table} drop constraint ${name}`)
    for (const statement of FILL) await db.query(statement)
  })
}, 60_000)
afterAll(async () => {
  await pool.end()
  await databases[Symbol.asyncDispose]()
})

interface Plan {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly Plans?: readonly Plan[]
}

const nodesOf = (plan: Plan): readonly Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]

/** Tables that a statement reads from the first row to the last. */
async function scannedBy(db: Db, text: string, values: readonly unknown[]): Promise<readonly string[]> {
  const { rows } = await db.query<{ 'QUERY PLAN': readonly [{ Plan: Plan }] }>(
    `explain (format json) ${text}`,
    [...values],
  )
  return nodesOf(rows[0]!['QUERY PLAN'][0].Plan).flatMap(node =>
    node['Node Type'] === 'Seq Scan' ? [node['Relation Name'] ?? '?'] : [],
  )
}

/** Makes a query explain itself instead of answering; `onPlan` is told of every statement. */
function explaining(db: Db, onPlan: (scanned: readonly string[]) => void): Db {
  const query = async (statement: string | { text: string; values: unknown[] }, values: unknown[] = []) => {
    const { text, values: given } = typeof statement === 'string' ? { text: statement, values } : statement
    onPlan(await scannedBy(db, text, given))
    return { rows: [], rowCount: 0 }
  }
  return { query } as unknown as Db
}

async function queries(): Promise<ReadonlyMap<string, Query>> {
  const found = new Map<string, Query>()
  for (const file of readdirSync(FOLDER).filter(name => name.endsWith('.ts'))) {
    const module = (await import(`${FOLDER}${file}`)) as Record<string, unknown>
    for (const [name, value] of Object.entries(module))
      if (
        typeof value === 'function' &&
        /^(list|search|find|count|read|is|has|lock)[A-Z]|^listen$/.test(name)
      )
        found.set(name, value as Query)
  }
  return found
}

test('every query that lists, searches, finds or locks is in one of the two tables', async () => {
  expect([...(await queries()).keys()].sort()).toEqual([...Object.keys(CALLS), ...WHOLE].sort())
})

describe('by an index, and never by reading a table of 100,000 rows from end to end,', () => {
  test.each(Object.keys(CALLS))('%s', async name => {
    const query = (await queries()).get(name)
    const call = query && CALLS[name]?.(query)
    if (!call) throw new Error(name)
    const plans: (readonly string[])[] = []
    await inTransaction(pool, async db => {
      await call(explaining(db, scanned => plans.push(scanned)))
    })
    expect(plans.length).toBeGreaterThan(0)
    expect(plans.flat()).toEqual([])
  })

  test.each([
    [{ q: 'word7' }],
    [{ q: 'word1 7' }],
    [{ city: 'city 7' }],
    [{ country: 'us', state: 'state 7', city: 'city 7' }],
    [{ zip: '0050' }],
    [{ around: { latitude: 44, longitude: -72, withinKm: 50 } }],
    [{ type: 'food', cooperative: false }],
  ] as const)('searchLocalResources with %o', async search => {
    const plans: (readonly string[])[] = []
    await searchLocalResources(
      explaining(pool, scanned => plans.push(scanned)),
      { ...search, limit: 21 },
    )
    expect(plans).toEqual([[]])
  })

  test('the same under row-level security', async () => {
    for (const name of [
      'listProjected',
      'listDevices',
      'listSessions',
      'listConsents',
      'listDocuments',
      'readDocument',
    ]) {
      const query = (await queries()).get(name)
      const call = query && CALLS[name]?.(query)
      const plans: (readonly string[])[] = []
      await asPerson(pool, PERSON, async db => {
        await call?.(explaining(db, scanned => plans.push(scanned)))
      })
      expect([name, plans]).toEqual([name, plans.map(() => [])])
    }
  })

  test.each([
    ['idx_resources_type', `select id from learning_resources where type = 'videos' order by id limit 20`],
    ['idx_resources_topics', `select id from learning_resources where topics && array['topic-7']`],
    [
      'idx_resources_difficulty',
      `select count(*) from learning_resources where difficulty_level = 'beginner'`,
    ],
    ['idx_resources_rating', 'select id from learning_resources order by rating_avg desc limit 20'],
  ])('what the stated index %s is for', async (_index, text) => {
    expect(await scannedBy(pool, text, [])).toEqual([])
  })
})

test('every table with rows that a person owns has them by the person: the person comes first in an index', async () => {
  const { rows } = await pool.query<{ table: string }>(
    `select c.table_name as table from information_schema.columns c
     where c.table_schema = 'public' and c.column_name in ('person_id', 'user_id')
       and not exists (
         select from pg_index i
         join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
         where i.indrelid = c.table_name::regclass and a.attname = c.column_name
       )`,
  )
  expect(rows).toEqual([])
})
