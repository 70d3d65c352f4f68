// Places near by: searching, submitting, moderating, rating.
import {
  type FoundLocalResource,
  LOCAL_TYPES,
  type LocalCatalog,
  type LocalQuery,
  type LocalResource,
  type LocalSubmission,
  type Page,
  searchLocal,
} from '@workforce-democracy/shared'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPool, type Pool } from '../../server/src/db/database.ts'
import { bumpRevision } from '../../server/src/db/imports.ts'
import { addJob } from '../../server/src/db/jobs.ts'
import { upsertLocalResources } from '../../server/src/db/local-resources.ts'
import { toPlace } from '../../server/src/import/formats/place-fields.ts'
import { importStarter } from '../../server/src/import/starter.ts'
import { withAdmins } from '../support/admins.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

let server: TestServer
let pool: Pool
let admin: string
beforeAll(async () => {
  server = await startTestServer()
  pool = createPool(server.databases.databaseUrl)
  await importStarter(pool)
  const { accessToken, user } = await server.register()
  await withAdmins(server, admins => admins.grant(user.username ?? ''))
  admin = accessToken
})
afterAll(async () => {
  await pool.end()
  await server[Symbol.asyncDispose]()
})

const BAKERY = {
  ...{ name: 'A Made-up Bakery', type: 'food', address: '1 Example Street', city: 'Sampleton' },
  ...{ state: 'VT', zipCode: '05001', country: 'us', workerOwned: true },
}

async function person() {
  const { accessToken: token, user } = await server.register()
  const call = (method: string, path: string, body?: unknown) =>
    server.call(method, path, { token, ...(body !== undefined && { body }) })
  return { call, user }
}
const asAdmin = (method: string, path: string, body?: unknown) =>
  server.call(method, path, { token: admin, ...(body !== undefined && { body }) })
const catalog = async (): Promise<LocalCatalog> =>
  (await server.call('GET', '/api/local/catalog?country=us')).body
const found = async (query: string): Promise<FoundLocalResource[]> =>
  (await server.call('GET', `/api/local/resources?${query}`)).body.items

/** The count of the day, now. */
async function count(): Promise<void> {
  await addJob(pool, 'count-community', {})
  await until(async () => {
    const { rows } = await pool.query(
      `select from graphile_worker.jobs where task_identifier = 'count-community' and run_at <= now()`,
    )
    return rows.length === 0
  })
}

describe('a submission', () => {
  test('[O24] is shown to nobody but who made it until an admin has approved it', async () => {
    const { call } = await person()
    const submitted = (await call('POST', '/api/local/resources', BAKERY)).body as LocalSubmission
    expect(submitted).toMatchObject({
      resource: { ...BAKERY, verified: false },
      status: 'pending',
      reason: null,
    })
    const { id } = submitted.resource
    expect(await found('q=made-up%20bakery')).toEqual([])
    expect((await server.call('GET', `/api/local/resources/${id}`)).status).toBe(404)
    expect((await call('POST', `/api/local/resources/${id}/rate`, { rating: 5 })).status).toBe(404)
    expect((await call('GET', '/api/local/submissions')).body.items).toEqual([submitted])
    expect((await (await person()).call('GET', '/api/local/submissions')).body.items).toEqual([])
    const waiting = (await asAdmin('GET', '/api/admin/local-resources')).body as Page<LocalSubmission>
    expect(waiting.items).toContainEqual(submitted)
    expect(JSON.stringify(waiting)).not.toMatch(/person|submittedBy/)

    const before = await catalog()
    const change = { status: 'approved', name: 'The Made-up Bakery', verified: true }
    expect((await asAdmin('PUT', `/api/admin/local-resources/${id}`, change)).body).toMatchObject({
      ...{ resource: { ...BAKERY, name: 'The Made-up Bakery', verified: true }, status: 'approved' },
    })
    expect(await found('q=made-up%20bak')).toMatchObject([
      { id, name: 'The Made-up Bakery', distanceKm: null },
    ])
    expect((await catalog()).version).not.toBe(before.version)
    expect((await catalog()).resources.map(each => each.id)).toContain(id)
    expect((await call('GET', '/api/local/submissions')).body.items).toMatchObject([{ status: 'approved' }])
    const [entry] = (await asAdmin('GET', '/api/admin/audit-log')).body.items
    expect(entry).toMatchObject({
      ...{ action: 'local-change', subject: `local/${id}` },
      detail: { from: 'pending', to: 'approved', fields: ['name', 'verified'] },
    })
  })

  test('[O24] is rejected with a reason, and with none otherwise', async () => {
    const { call } = await person()
    const { id } = ((await call('POST', '/api/local/resources', BAKERY)).body as LocalSubmission).resource
    const put = (body: object) => asAdmin('PUT', `/api/admin/local-resources/${id}`, body)
    for (const body of [{ status: 'rejected' }, { status: 'approved', reason: 'No.' }, { latitude: 1 }])
      expect(await put(body)).toMatchObject({ status: 400, body: { code: 'invalid-input' } })
    await put({ status: 'rejected', reason: 'It has closed.' })
    expect((await call('GET', '/api/local/submissions')).body.items).toMatchObject([
      { status: 'rejected', reason: 'It has closed.' },
    ])
    expect((await server.call('GET', `/api/local/resources/${id}`)).status).toBe(404)
    await put({ city: 'Othertown' })
    expect((await call('GET', '/api/local/submissions')).body.items).toMatchObject([
      { status: 'rejected', reason: 'It has closed.', resource: { city: 'Othertown' } },
    ])
  })

  test.each([
    { type: 'food' },
    { ...BAKERY, type: 'bakery' },
    { ...BAKERY, latitude: 44 },
    { ...BAKERY, latitude: 91, longitude: 0 },
    { ...BAKERY, website: 'javascript:alert(1)' },
    { ...BAKERY, country: 'USA' },
  ])('[O10] like %o is refused', async body => {
    const { call } = await person()
    expect(await call('POST', '/api/local/resources', body)).toMatchObject({
      ...{ status: 400, body: { code: 'invalid-input' } },
    })
    expect((await call('GET', '/api/local/submissions')).body.items).toEqual([])
  })
})

test('[O25] each person counts once, with the last rating, from three people on, and not at all once they are gone', async () => {
  const place = (await catalog()).resources.find(({ name }) => name.startsWith('Park Slope'))!
  const people = await Promise.all([person(), person(), person()])
  const rate = (at: number, rating: number) =>
    people[at]!.call('POST', `/api/local/resources/${place.id}/rate`, { rating })
  const shown = async (): Promise<LocalResource> =>
    (await server.call('GET', `/api/local/resources/${place.id}`)).body
  await rate(0, 1)
  await rate(0, 5)
  await rate(1, 4)
  expect((await people[0]!.call('GET', '/api/local/ratings')).body.items).toEqual([
    { resourceId: place.id, rating: 5 },
  ])
  await count()
  expect(await shown()).toMatchObject({ ratingMean: null, ratingCount: 0 })
  await rate(2, 4)
  await count()
  expect(await shown()).toMatchObject({ ratingMean: 4.33, ratingCount: 3 })
  expect((await catalog()).resources).toContainEqual(await shown())
  const counted = async () =>
    (await pool.query('select rating_count from local_resources where id = $1', [place.id])).rows[0]
      .rating_count
  for (const left of [2, 1, 0]) {
    await pool.query('delete from users where id = $1', [people[left]!.user.id])
    await count()
    expect(await shown()).toMatchObject({ ratingMean: null, ratingCount: 0 })
    expect(await counted()).toBe(left)
  }
})

test('[O25] no row says what somebody has submitted or rated', async () => {
  const { call, user } = await person()
  const { id } = (
    (await call('POST', '/api/local/resources', { ...BAKERY, name: 'Thistledown' })).body as LocalSubmission
  ).resource
  const place = (await catalog()).resources[0]!
  await call('POST', `/api/local/resources/${place.id}/rate`, { rating: 2 })
  for (const table of ['local_submissions', 'local_ratings']) {
    const { rows } = await pool.query(`select * from ${table} where person_id = $1`, [user.id])
    expect(rows).toHaveLength(1)
    const bytes = Object.values(rows[0] as Record<string, unknown>).map(value =>
      Buffer.isBuffer(value) ? value.toString('latin1') : String(value),
    )
    expect(bytes.join(' ')).not.toMatch(new RegExp(`${id}|${place.id}|Thistledown`))
  }
  const { rows } = await pool.query('select * from local_resources where id = $1', [id])
  expect(JSON.stringify(rows)).not.toContain(user.id)
  const { body } = await call('GET', '/api/user/stored')
  expect(JSON.stringify(body)).toContain(id)
})

test('[O26] two lists join what they have of one place, again changes nothing, and an admin’s word stays', async () => {
  const named = (origin: string, more: object) =>
    toPlace({
      ...{ sourceKey: 'site:made-up.example', origin, name: `Of ${origin}`, type: 'technology' },
      ...more,
    })
  const first = named('one', { cooperative: true, city: 'Sampleton', unions: ['Local 1'] })
  const second = named('two', { workerOwned: true, city: 'Othertown', phone: '555', unions: ['Local 2'] })
  expect(await upsertLocalResources(pool, [first, { ...first, unions: ['Local 3'] }])).toEqual({
    added: 1,
    updated: 0,
  })
  expect(await upsertLocalResources(pool, [second])).toEqual({ added: 0, updated: 1 })
  for (const each of [first, second])
    expect(await upsertLocalResources(pool, [each])).toEqual({ added: 0, updated: 0 })
  const shown = async () => (await server.call('GET', `/api/local/resources/${first.id}`)).body
  expect(await shown()).toMatchObject({
    ...{ name: 'Of one', city: 'Sampleton', phone: '555', cooperative: true, workerOwned: true },
    unions: ['Local 1', 'Local 2', 'Local 3'],
  })
  await asAdmin('PUT', `/api/admin/local-resources/${first.id}`, { name: 'Of an admin', unions: [] })
  expect(await upsertLocalResources(pool, [first, second])).toEqual({ added: 0, updated: 0 })
  expect(await shown()).toMatchObject({ name: 'Of an admin', unions: [] })
})

test('[O23] Postgres finds what a device finds in the file, in the same order, over any pages', async () => {
  const text = fc.constantFrom(
    'Café',
    'cafe',
    'Œuvre',
    'Co-op',
    'North End',
    'münchen',
    'Bakery 3',
    '日本',
    'x',
  )
  const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: null })
  const place = fc.record({
    name: fc.array(text, { minLength: 1, maxLength: 3 }).map(words => words.join(' ')),
    type: fc.constantFrom(...LOCAL_TYPES.slice(0, 3)),
    description: maybe(text),
    city: maybe(text),
    state: maybe(fc.constantFrom('VT', 'NY', 'Île-de-France')),
    zipCode: maybe(fc.constantFrom('05001', '05002', 'HX5 9DB', 'HX59DA')),
    country: maybe(fc.constantFrom('us', 'gb')),
    workerOwned: fc.boolean(),
    cooperative: fc.boolean(),
    unionShop: fc.boolean(),
    point: maybe(fc.tuple(fc.integer({ min: -90, max: 90 }), fc.integer({ min: -180, max: 180 }))),
  })
  const optional = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined, freq: 2 })
  const query = fc.record<LocalQuery>({
    q: optional(fc.constantFrom('cafe', 'CAF', 'oeu', 'north e', 'bak 3', '日', '!', "x' | 'y")),
    type: optional(fc.constantFrom(...LOCAL_TYPES.slice(0, 3))),
    country: optional(fc.constantFrom('us', 'gb')),
    state: optional(fc.constantFrom('vt', 'ile-de-france')),
    city: optional(text),
    zip: optional(fc.constantFrom('050', 'hx5 9', '%', '05001')),
    workerOwned: optional(fc.boolean()),
    around: optional(
      fc.record({
        latitude: fc.integer({ min: -90, max: 90 }),
        longitude: fc.integer({ min: -180, max: 180 }),
        withinKm: fc.constantFrom(1, 200, 500),
      }),
    ),
  })
  const places = fc.sample(place, { numRuns: 300, seed: 1 }).map(({ point, ...each }, n) =>
    toPlace({
      ...{ ...each, sourceKey: `made-up:${n}`, origin: 'made-up' },
      ...{ latitude: point?.[0] ?? null, longitude: point?.[1] ?? null },
    }),
  )
  // On either side of the line of the date.
  const acrossTheLine = [179, -179].map(longitude =>
    toPlace({
      ...{ name: 'x', type: 'food', country: 'us', latitude: 0, longitude },
      ...{ sourceKey: `made-up:line ${longitude}`, origin: 'made-up' },
    }),
  )
  await upsertLocalResources(pool, [...places, ...acrossTheLine])
  await bumpRevision(pool, 'local')
  const all: LocalResource[] = []
  for (const country of ['us', 'gb', 'de', 'fr']) {
    const { resources } = (await server.call('GET', `/api/local/catalog?country=${country}`))
      .body as LocalCatalog
    all.push(
      ...resources.filter(each => each.country === country || (country === 'us' && each.country === null)),
    )
  }
  expect(all.length).toBeGreaterThan(300)
  let seen = 0
  await fc.assert(
    fc.asyncProperty(query, fc.integer({ min: 1, max: 100 }), async ({ around, ...asked }, limit) => {
      const parameters = new URLSearchParams({ limit: String(limit) })
      for (const [name, value] of Object.entries(asked))
        if (value !== undefined) parameters.set(name, String(value))
      if (around) {
        parameters.set('lat', String(around.latitude))
        parameters.set('lon', String(around.longitude))
        parameters.set('km', String(around.withinKm))
      }
      const items: FoundLocalResource[] = []
      for (let cursor: string | null = ''; cursor !== null; ) {
        if (cursor) parameters.set('cursor', cursor)
        const { status, body } = await server.call('GET', `/api/local/resources?${parameters}`)
        expect(status).toBe(200)
        items.push(...body.items)
        cursor = body.nextCursor
      }
      seen += items.length
      expect(items).toEqual(searchLocal(all, { ...asked, around }).items)
    }),
    { numRuns: 80, examples: [[{ around: { latitude: 0, longitude: -180, withinKm: 500 } }, 3]] },
  )
  expect(seen).toBeGreaterThan(100)
})

test.each(['lat=44', 'lat=91&lon=0', 'km=0', 'type=bakery', 'cursor=nonsense', 'workerOwned=yes'])(
  '[O10] GET /api/local/resources?%s is refused',
  async query => {
    expect(await server.call('GET', `/api/local/resources?${query}`)).toMatchObject({
      ...{ status: 400, body: { code: 'invalid-input' } },
    })
  },
)
