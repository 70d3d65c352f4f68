// docs/schema.md, held against the original design and against the databases.
import { readFileSync } from 'node:fs'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabases, type TestDatabases } from '../support/postgres.ts'

/** Every table of the original design, with its columns, its indexes and its named or unnamed constraints. */
const ORIGINAL: Readonly<Record<string, string>> = {
  users: `id email password_hash username created_at last_login privacy_settings account_status email_verified
    valid_email idx_users_email idx_users_username`,
  user_profiles: `user_id district state country interests skill_level learning_goals occupation political_preference
    updated_at idx_profiles_interests idx_profiles_location`,
  learning_resources: `id type title description content_url thumbnail_url duration_minutes difficulty_level topics
    author source_organization publication_date video_id is_verified view_count rating_avg rating_count created_at
    updated_at status idx_resources_type idx_resources_topics idx_resources_difficulty idx_resources_rating`,
  user_learning_activity: `id user_id resource_id activity_type progress_percent time_spent_seconds rating notes
    created_at updated_at idx_activity_user idx_activity_resource idx_user_resource_activity`,
  civic_votes: `id user_id bill_id bill_name bill_type government_level vote_choice voted_at
    civic_votes_user_id_bill_id_key idx_votes_user idx_votes_bill idx_votes_type`,
  user_topic_engagement: `id user_id topic engagement_score last_engaged_at
    user_topic_engagement_user_id_topic_key idx_topic_engagement`,
  personalized_recommendations: `id user_id resource_id recommendation_score reason recommended_at viewed dismissed
    idx_recommendations_user`,
  local_resources: `id name type description address city state zip_code country phone email website is_worker_owned
    is_cooperative is_union_shop is_verified submitted_by rating_avg rating_count created_at status
    idx_local_resources_location idx_local_resources_type`,
}

const page = readFileSync(new URL('../../docs/schema.md', import.meta.url), 'utf8')

/** What the page says of a table of the original: first word of each row, and what became of it. */
const rowsOf = (table: string): ReadonlyMap<string, string> => {
  const [, section = ''] = page.split(`### \`${table}\`\n`)
  const [body = ''] = section.split(/^##/m)
  return new Map(
    [...body.matchAll(/^\| `(\w+)`(?: \(constraint\))? \| (\w*) \|/gm)].map(([, name = '', fate = '']) => [
      name,
      fate,
    ]),
  )
}

let databases: TestDatabases
let data: pg.Client
let keys: pg.Client
beforeAll(async () => {
  databases = await createTestDatabases()
  data = new pg.Client({ connectionString: databases.databaseUrl })
  keys = new pg.Client({ connectionString: databases.keysDatabaseUrl })
  await Promise.all([data.connect(), keys.connect()])
})
afterAll(async () => {
  await Promise.all([data.end(), keys.end()])
  await databases[Symbol.asyncDispose]()
})

test.each(Object.entries(ORIGINAL))(
  'says of each column, index and constraint of %s what became of it, and of nothing else',
  (table, names) => {
    const rows = rowsOf(table)
    expect([...rows.keys()]).toEqual(names.split(/\s+/))
    for (const fate of rows.values()) expect(fate).toMatch(/^(kept|replaced|dropped)$/)
  },
)

test('what is kept is in the database under its name, and what is not is not', async () => {
  const { rows: columns } = await data.query<{ table: string; name: string }>(
    `select table_name as table, column_name as name from information_schema.columns where table_schema = 'public'
     union all select tablename, indexname from pg_indexes where schemaname = 'public'`,
  )
  const present = new Set(columns.map(({ table, name }) => `${table}.${name}`))
  const tables = new Set(columns.map(({ table }) => table))
  const wrong = Object.keys(ORIGINAL)
    .filter(table => tables.has(table))
    .flatMap(table =>
      [...rowsOf(table)].flatMap(([name, fate]) =>
        (fate === 'kept') === present.has(`${table}.${name}`)
          ? []
          : [`${table}.${name} is said to be ${fate}`],
      ),
    )
  expect(wrong).toEqual([])
})

test('names every table of both databases', async () => {
  const tables = async (client: pg.Client): Promise<string[]> => {
    const { rows } = await client.query<{ name: string }>(
      `select table_name as name from information_schema.tables
       where table_schema = 'public' and table_type = 'BASE TABLE' order by 1`,
    )
    return rows.map(({ name }) => name)
  }
  const unnamed = [...(await tables(data)), ...(await tables(keys))].filter(
    table => !page.includes(`| \`${table}\` |`) && !page.includes(`### \`${table}\``),
  )
  expect(unnamed).toEqual([])
})

test('names no table that is in neither database, except those that it says are none', async () => {
  const exists = async (client: pg.Client, table: string): Promise<boolean> =>
    (await client.query('select to_regclass($1) as found', [`public.${table}`])).rows[0].found !== null
  const [, beside = ''] = page.split('## Tables beside them\n')
  const [listed = ''] = beside.split(/^## /m)
  const missing: string[] = []
  for (const [, table = ''] of listed.matchAll(/^\| `(\w+)` \|/gm))
    if (!(await exists(data, table)) && !(await exists(keys, table))) missing.push(table)
  expect(missing).toEqual([])
})
