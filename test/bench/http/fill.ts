// What the HTTP API is measured on: a catalog made in SQL, and people whose documents are encrypted as a server would.
import { randomUUID } from 'node:crypto'
import { freshDocument, type JsonValue, keyOf, type Register } from '@workforce-democracy/shared'
import { createTokens } from '../../../server/src/accounts/tokens.ts'
import { createPool, inTransaction, type Pool } from '../../../server/src/db/database.ts'
import { upsertProjected } from '../../../server/src/db/projections.ts'
import { entryPlace } from '../../../server/src/documents/document-reader.ts'
import { createDataKeys, type DataKeys } from '../../../server/src/encryption/data-keys.ts'
import { createKeyring } from '../../../server/src/encryption/keyring.ts'
import type { Lookup } from '../../../server/src/encryption/lookup.ts'
import { loadServerKeys } from '../../../server/src/encryption/server-keys.ts'
import { toRow } from '../../../server/src/projection/projected-registers.ts'
import type { Secrets } from '../../../server/src/secrets.ts'

/** How much there is. */
export interface Sizes {
  readonly resources: number
  readonly people: number
  readonly rollCalls: number
}

/** Somebody who asks. */
export interface BenchPerson {
  readonly id: string
  readonly sessionId: string
}

/** The databases as filled. */
export interface Filled {
  readonly people: readonly BenchPerson[]
  /** Has voted on 300 bills that were decided. */
  readonly voter: BenchPerson
  tokenOf(person: BenchPerson): Promise<string>
}

const VOTES = 40
const DOCUMENTS = { votes: VOTES, bookmarks: 30, progress: 120, profile: 10 } as const
/** Registers of one person. */
export const REGISTERS = Object.values(DOCUMENTS).reduce((sum, count) => sum + count, 0)
const VOTES_OF_VOTER = 300
const PEOPLE_AT_ONCE = 16
const TOPICS = [
  'labor',
  'healthcare',
  'education',
  'housing',
  'cooperatives',
  'unions',
  'trade',
  'technology',
]
const NOW = '2026-02-01T00:00:00.000Z'
const STAMP = Date.parse(NOW) * 1024

export async function fill(
  urls: { readonly databaseUrl: string; readonly keysDatabaseUrl: string },
  secrets: Secrets,
  sizes: Sizes,
  say: (line: string) => void,
): Promise<Filled> {
  const pool = createPool(urls.databaseUrl, { max: PEOPLE_AT_ONCE })
  const keysPool = createPool(urls.keysDatabaseUrl, { max: PEOPLE_AT_ONCE })
  try {
    await fillCatalog(pool, sizes)
    say(`${sizes.resources} resources, ${sizes.rollCalls} roll calls`)
    const keyring = createKeyring(secrets.encryptionKeys)
    const { lookup } = await loadServerKeys({ pool: keysPool, keyring })
    const dataKeys = createDataKeys({ pool: keysPool, keyring, cacheSize: 100 })
    const resourceIds = await listIds(pool, sizes)
    const services = { pool, dataKeys, lookup, resourceIds, rollCalls: sizes.rollCalls }
    const people: BenchPerson[] = []
    const voter = await addPerson(services, VOTES_OF_VOTER, 0)
    let begun = 0
    const add = async () => {
      while (begun < sizes.people) {
        const n = ++begun
        people.push(await addPerson(services, VOTES, n))
        if (n % 1_000 === 0) say(`${n} people with ${REGISTERS} registers each`)
      }
    }
    await Promise.all(Array.from({ length: PEOPLE_AT_ONCE }, add))
    await pool.query('analyze')
    const tokens = await createTokens({ jwtKeys: secrets.jwtKeys })
    const tokenOf = async ({ id, sessionId }: BenchPerson) =>
      (await tokens.issue({ personId: id, sessionId })).accessToken
    return { people, voter, tokenOf }
  } finally {
    await Promise.all([pool.end(), keysPool.end()])
  }
}

/** As many members as the Congress has, all of whom voted on everything in their chamber. */
async function fillCatalog(pool: Pool, { resources, rollCalls }: Sizes): Promise<void> {
  const statements: [string, unknown[]][] = [
    [
      `insert into learning_resources (id, source_key, origin, type, title, description, difficulty_level, topics,
         publication_date, view_count, rating_avg, rating_count)
       select gen_random_uuid(), n::text, 'made-up', (array['videos', 'articles', 'studies', 'interactive'])[1 + n % 4],
         'Made-up resource ' || md5(n::text), repeat('What it is about. ', 10),
         (array['beginner', 'intermediate', 'advanced'])[1 + n % 3],
         array[($2::text[])[1 + n % 8], ($2::text[])[1 + n % 7]], date '2020-01-01' + n % 2000, n % 900, 1 + n % 400 / 100.0, n % 60
       from generate_series(1, $1::int) n`,
      [resources, TOPICS],
    ],
    [
      `insert into bills (id, jurisdiction, government_level, name, bill_form, number, congress, topics, last_voted_on)
       select 'hr' || n || '-118', 'us', 'federal', 'Made-up bill ' || n, 'hr', n::text, 118,
         array[($2::text[])[1 + n % 8]], '2024-01-01'
       from generate_series(1, $1::int) n`,
      [rollCalls, TOPICS],
    ],
    [
      `insert into representatives (id, jurisdiction, name, party, state, district, chamber, current)
       select 'X' || lpad(n::text, 6, '0'), 'us', 'Made-up Member ' || n, 'Independent', 'VT', null,
         case when n <= 437 then 'house' else 'senate' end, true
       from generate_series(1, 537) n`,
      [],
    ],
    [
      `insert into roll_calls (id, bill_id, chamber, category, deciding, voted_at, voted_on, question, result, content_hash)
       select 'h' || n || '-118.2024', 'hr' || n || '-118', case when n % 3 = 0 then 'senate' else 'house' end, 'passage', true,
         '2024-01-01T12:00:00Z', '2024-01-01', 'On Passage', 'Passed', ''
       from generate_series(1, $1::int) n`,
      [rollCalls],
    ],
    [
      `insert into representative_votes (roll_call_key, representative_key, position)
       select c.key, r.key, 1 + (c.key * 7 + r.key * 13) % 4
       from roll_calls c join representatives r on r.chamber = c.chamber`,
      [],
    ],
    [`update catalog_revisions set revision = revision + 1`, []],
  ]
  await inTransaction(pool, async db => {
    for (const [text, values] of statements) await db.query(text, values)
  })
}

async function listIds(pool: Pool, { resources }: Sizes): Promise<readonly string[]> {
  const { rows } = await pool.query<{ id: string }>('select id from learning_resources limit $1', [
    Math.min(resources, 5_000),
  ])
  return rows.map(({ id }) => id)
}

interface Filling {
  readonly pool: Pool
  readonly dataKeys: DataKeys
  readonly lookup: Lookup
  readonly resourceIds: readonly string[]
  readonly rollCalls: number
}

async function addPerson(filling: Filling, votes: number, n: number): Promise<BenchPerson> {
  const { pool, dataKeys, lookup } = filling
  const person = { id: randomUUID(), sessionId: randomUUID() }
  const documents = await Promise.all(
    Object.entries(registersOf(filling, votes, n)).map(async ([name, registers]) => {
      const scope = { personId: person.id, document: name as keyof typeof DOCUMENTS, generation: 1 }
      const cipher = await dataKeys.cipherFor(scope)
      const update = freshDocument(new Map(registers.map(register => [register.key, register])), n + 1)
      return {
        ...scope,
        data: cipher.seal(update, entryPlace(1)),
        rows: registers.map(register => toRow({ cipher, lookup }, scope, register)),
      }
    }),
  )
  await inTransaction(pool, async db => {
    await db.query('set local synchronous_commit = off')
    await db.query(
      `insert into users (id, username_hash, account, password_hash, prelogin_seed, created_at, last_login)
       values ($1::uuid, sha256($1::uuid::text::bytea), '', '', substr(sha256(''), 1, 16), now(), now())`,
      [person.id],
    )
    await db.query(`insert into uses values ($1, 'server', true, false, false)`, [person.id])
    await db.query(
      `insert into devices (person_id, id, added_on, last_seen_on) values ($1::uuid, $1::uuid, now(), now())`,
      [person.id],
    )
    await db.query(
      `insert into sessions (person_id, id, device_id, refresh_token_hash, created_at, expires_at)
       values ($1::uuid, $2, $1::uuid, '', now(), now() + interval '1 day')`,
      [person.id, person.sessionId],
    )
    for (const { document, data, rows } of documents) {
      await db.query(`insert into documents (person_id, document, mode, head) values ($1, $2, 'open', 1)`, [
        person.id,
        document,
      ])
      await db.query(
        `insert into document_updates (person_id, document, generation, position, data) values ($1, $2, 1, 1, $3)`,
        [person.id, document, data],
      )
      await db.query(
        `insert into document_projections (person_id, document, generation, position) values ($1, $2, 1, 1)`,
        [person.id, document],
      )
      await upsertProjected(db, person.id, document, rows)
    }
  })
  return person
}

function registersOf(
  { resourceIds, rollCalls }: Filling,
  votes: number,
  n: number,
): Record<keyof typeof DOCUMENTS, Register[]> {
  const register = (key: string, value: JsonValue): Register => ({
    key,
    stamp: STAMP,
    device: 'benchdev',
    value,
  })
  const times = (count: number) => Array.from({ length: count }, (_, index) => index)
  const resource = (index: number) => resourceIds[(n * 131 + index * 17) % resourceIds.length] ?? ''
  return {
    votes: times(votes).map(index => {
      const bill = `hr${1 + ((n * 97 + index * 11) % rollCalls)}-118`
      return register(keyOf(bill), { choice: index % 3 === 0 ? 'no' : 'yes', votedAt: NOW })
    }),
    bookmarks: times(DOCUMENTS.bookmarks).map(index =>
      register(keyOf('resource', resource(index)), { addedAt: NOW }),
    ),
    progress: times(DOCUMENTS.progress).map(index =>
      register(keyOf('seen', resource(index + 1_000), 'benchdev'), {
        percent: index % 101,
        seconds: 60,
        viewedAt: NOW,
      }),
    ),
    profile: [
      register(keyOf('skillLevel'), 'intermediate'),
      register(keyOf('displayName'), 'Made-up Person'),
      ...TOPICS.map(topic => register(keyOf('interest', topic), { addedAt: NOW })),
    ],
  }
}
