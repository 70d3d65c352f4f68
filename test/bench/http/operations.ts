// What is measured: a request to the API, and the queries that it answers from, run directly in Postgres.
import { randomBytes } from 'node:crypto'
import { OPENABLE_DOCUMENTS } from '@workforce-democracy/shared'
import { asPerson } from '../../../server/src/db/as-person.ts'
import { findDataKeys } from '../../../server/src/db/data-keys.ts'
import type { Pool } from '../../../server/src/db/database.ts'
import { appendEntries, readDocument } from '../../../server/src/db/document-log.ts'
import { listDocuments, lockDocument } from '../../../server/src/db/documents.ts'
import { readRevisions } from '../../../server/src/db/imports.ts'
import { listProjected } from '../../../server/src/db/projections.ts'
import { readStems, searchResources } from '../../../server/src/db/resource-search.ts'
import { isSessionLive } from '../../../server/src/db/sessions.ts'
import { findUses } from '../../../server/src/db/uses.ts'
import type { BenchPerson, Filled } from './fill.ts'

/** Connections to both databases. */
export interface Pools {
  readonly pool: Pool
  readonly keysPool: Pool
}

/** One operation; `n` counts its calls. */
export interface BenchOperation {
  readonly name: string
  /** Of whom the request and the queries are; those that write are of others than those that are requested. */
  readonly who: 'anyone' | 'readers' | 'voter'
  request(n: number): { readonly method: string; readonly path: string; readonly body?: object }
  direct(pools: Pools, person: BenchPerson, n: number): Promise<unknown>
  /** Milliseconds that the API may take at p50; `undefined`: 3 more than the queries. */
  readonly boundMs?: number
}

const TOPICS = ['labor', 'healthcare', 'education', 'housing']
const topicOf = (n: number) => TOPICS[n % TOPICS.length] ?? ''

// The keys of these people's votes are in the server's memory by then.
const readAlignment = async ({ pool }: Pools, { id, sessionId }: BenchPerson) => {
  await isSessionLive(pool, id, sessionId)
  await asPerson(pool, id, async db => {
    await findUses(db, id)
    await listProjected(db, id, ['votes'])
  })
  await readRevisions(pool)
}

export const OPERATIONS: readonly BenchOperation[] = [
  {
    name: 'public keys',
    who: 'anyone',
    request: () => ({ method: 'GET', path: '/.well-known/jwks.json' }),
    direct: async () => undefined,
  },
  {
    name: 'catalog list',
    who: 'anyone',
    request: n => ({
      method: 'GET',
      path: `/api/resources?topic=${topicOf(n)}&type=videos&sort=newest&limit=20`,
    }),
    // What a server without a catalog in memory would ask.
    direct: ({ pool }, _person, n) =>
      pool.query(
        `select * from learning_resources where status = 'active' and type = 'videos' and topics @> array[$1]
         order by publication_date desc nulls last, id limit 20`,
        [topicOf(n)],
      ),
  },
  {
    name: 'search',
    who: 'anyone',
    request: n => ({ method: 'GET', path: `/api/resources/search?q=${topicOf(n)}&limit=20` }),
    async direct({ pool }, _person, n) {
      const rows = await searchResources(pool, { words: [[topicOf(n)]], limit: 21 })
      await readRevisions(pool)
      await readStems(pool, ['resource', topicOf(n), ...rows.map(({ id }) => id)])
    },
  },
  {
    name: 'recommended',
    who: 'readers',
    request: () => ({ method: 'GET', path: '/api/resources/recommended' }),
    async direct({ pool, keysPool }, { id, sessionId }) {
      await isSessionLive(pool, id, sessionId)
      await asPerson(pool, id, async db => {
        await findUses(db, id)
        await listProjected(db, id, OPENABLE_DOCUMENTS)
      })
      await findDataKeys(
        keysPool,
        OPENABLE_DOCUMENTS.map(document => ({ personId: id, document, generation: 1 })),
      )
      await readRevisions(pool)
    },
  },
  {
    name: 'alignment',
    who: 'readers',
    request: () => ({ method: 'GET', path: '/api/civic/alignment?limit=100' }),
    direct: readAlignment,
  },
  {
    name: 'alignment of 300 votes with all 537 members',
    who: 'voter',
    request: () => ({ method: 'GET', path: '/api/civic/alignment?limit=100' }),
    direct: readAlignment,
    boundMs: 50,
  },
  {
    name: 'vote',
    who: 'readers',
    request: n => ({
      method: 'POST',
      path: '/api/civic/vote',
      body: { billId: `hr${1 + (n % 900)}-118`, choice: n % 2 === 0 ? 'yes' : 'no' },
    }),
    async direct({ pool }, { id, sessionId }) {
      const ref = { personId: id, document: 'votes' } as const
      await isSessionLive(pool, id, sessionId)
      await asPerson(pool, id, db => readDocument(db, ref))
      await asPerson(pool, id, async db => {
        await lockDocument(db, ref)
        await appendEntries(db, [
          { ...ref, generation: 1, updates: 1, data: randomBytes(200), link: randomBytes(32), deletes: true },
        ])
      })
    },
  },
]

/** The same read with and without a person's role. */
export const READS = {
  'without role': (pool: Pool, { id }: BenchPerson) => listDocuments(pool, id),
  'as the person': (pool: Pool, { id }: BenchPerson) => asPerson(pool, id, db => listDocuments(db, id)),
}

/** Those who are read and vote over HTTP, and the others, whose rows are written directly. */
export function groupsOf({ people, voter }: Filled) {
  const half = Math.ceil(people.length / 2)
  return { readers: people.slice(0, half), writers: people.slice(half), voter: [voter] }
}
