// Views and ratings of the community: each person once, nobody told of, and nothing kept of who has taken it back.
import type { ResourceCatalog, SessionResponse } from '@workforce-democracy/shared'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Context, createContext } from '../../server/src/context.ts'
import { createPool, type Pool } from '../../server/src/db/database.ts'
import { addJob } from '../../server/src/db/jobs.ts'
import { importStarter } from '../../server/src/import/starter.ts'
import { registerPerson } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

const SHARING = { personalizedRecommendations: true, communitySharing: true }
const FEWEST = 20

let server: TestServer
let pool: Pool
let context: Context
let people: SessionResponse[]
beforeAll(async () => {
  server = await startTestServer()
  pool = createPool(server.databases.databaseUrl, { max: 2 })
  context = await createContext(server.config, pino({ level: 'silent' }))
  await importStarter(pool)
  people = await Promise.all(Array.from({ length: FEWEST }, () => registerPerson(server.url, SHARING)))
})
afterAll(async () => {
  await context[Symbol.asyncDispose]()
  await pool.end()
  await server[Symbol.asyncDispose]()
})

const catalog = async (): Promise<ResourceCatalog> =>
  (await server.call('GET', '/api/resources/catalog')).body
const revision = async () =>
  (await pool.query(`select revision::int from catalog_revisions where kind = 'resources'`)).rows[0].revision
const seen = { percent: 10, seconds: 5, viewedAt: '2026-01-01T00:00:00.000Z' }
const rated = (rating: number) => ({ rating, ratedAt: '2026-01-01T00:00:00.000Z' })
const write = (personId: string, values: Record<string, object>) =>
  context.writer.write({ personId, document: 'progress' }, () =>
    Object.entries(values).map(([key, value]) => ({ key, value: value as never })),
  )

/** Has a server count, and waits until it has. */
async function count(): Promise<void> {
  await addJob(pool, 'count-community', {})
  await until(async () => {
    const { rows } = await pool.query(
      `select from graphile_worker.jobs where task_identifier = 'count-community' and run_at <= now()`,
    )
    return rows.length === 0
  })
}

test('[O17] views and ratings count each sharing person once, and no count that tells of few is published', async () => {
  const before = await catalog()
  const [viewed, rarelyViewed] = before.resources
  const aliased = before.resources.find(({ aliases }) => aliases.includes('video1'))!
  const exact = async (id: string) =>
    (
      await pool.query(
        'select view_count, rating_avg::float8, rating_count from learning_resources where id = $1',
        [id],
      )
    ).rows[0]
  const published = async (id: string) => (await catalog()).resources.find(each => each.id === id)!
  for (const [n, { user }] of people.entries())
    await write(user.id, {
      [`seen/${viewed!.id}/aaaaaaaa`]: seen,
      // On another device again, and what one rates it stays one rating.
      ...(n === 0 && { [`seen/${viewed!.id}/bbbbbbbb`]: seen }),
      [`rating/${viewed!.id}`]: rated(n < 10 ? 5 : 4),
      ...(n > 0 && { [`seen/${rarelyViewed!.id}/aaaaaaaa`]: seen }),
      ...(n < 2 && { 'seen/video1/aaaaaaaa': seen }),
      ...(n === 0 && { [`seen/${aliased.id}/aaaaaaaa`]: seen }),
      'seen/no-such-resource/aaaaaaaa': seen,
    })
  const silent = await server.register({ personalizedRecommendations: true })
  await write(silent.user.id, { [`seen/${viewed!.id}/aaaaaaaa`]: seen })
  await count()
  expect(await exact(viewed!.id)).toEqual({ view_count: 20, rating_avg: 4.5, rating_count: 20 })
  expect(await exact(rarelyViewed!.id)).toEqual({ view_count: 19, rating_avg: 0, rating_count: 0 })
  expect(await exact(aliased.id)).toMatchObject({ view_count: 2 })
  expect(await published(viewed!.id)).toMatchObject({ viewCount: 20, ratingMean: 4.5, ratingCount: 20 })
  expect(await published(rarelyViewed!.id)).toMatchObject({ viewCount: 0, ratingMean: null, ratingCount: 0 })

  // Nothing has changed: nobody fetches the catalog again.
  const unchanged = await revision()
  await count()
  expect(await revision()).toBe(unchanged)

  // One takes the consent back, one deletes the account.
  const [first, second] = people as [SessionResponse, SessionResponse]
  const { accessToken: token } = first
  const body = { uses: { communitySharing: false } }
  expect((await server.call('PUT', '/api/user/privacy', { token, body })).status).toBe(200)
  await pool.query('delete from users where id = $1', [second.user.id])
  await count()
  expect(await exact(viewed!.id)).toEqual({ view_count: 18, rating_avg: 4.44, rating_count: 18 })
  expect(await published(viewed!.id)).toMatchObject({ viewCount: 0, ratingMean: null, ratingCount: 0 })
  expect(await revision()).toBe(unchanged + 1)
  expect(server.log.filter(line => JSON.parse(line).level >= 50)).toEqual([])
})

test('[O17] what is sealed does not count', async () => {
  const { rows } = await pool.query(
    `update documents set mode = 'sealed' where document = 'progress' and person_id = $1 returning person_id`,
    [people[2]!.user.id],
  )
  expect(rows).toHaveLength(1)
  await count()
  const { rows: counts } = await pool.query('select max(view_count) as most from learning_resources')
  expect(counts).toEqual([{ most: 17 }])
})
