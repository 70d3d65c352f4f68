// Places near by: to search for everybody, to submit and rate for who has an account, approved by admins.
import { randomUUID } from 'node:crypto'
import {
  CodedError,
  type FoundLocalResource,
  type LocalInput,
  type LocalListQuery,
  type LocalSubmission,
  listQuerySchema,
  localCatalogQuerySchema,
  localIdParamSchema,
  localInputSchema,
  localListQuerySchema,
  localRateRequestSchema,
  type Page,
  shownDistance,
} from '@workforce-democracy/shared'
import { Hono } from 'hono'
import type { Accounts } from '../accounts/accounts.ts'
import { catalogResponse } from '../catalog/catalog-response.ts'
import type { Catalogs } from '../catalog/catalogs.ts'
import { toLocalResource, toSubmission } from '../catalog/local-view.ts'
import type { Pool } from '../db/database.ts'
import {
  type FoundLocalRow,
  type LocalSearch,
  readLocalResource,
  readLocalResources,
  searchLocalResources,
  type WrittenLocalResource,
} from '../db/local-resources.ts'
import type { LocalPeople } from '../local/local-people.ts'
import * as answers from './answer-schemas.ts'
import { type AuthenticatedEnv, authenticate } from './authenticate.ts'
import { documented } from './documented.ts'
import { EXAMPLE_LOCAL } from './examples.ts'
import { pageOf } from './page.ts'
import { validated } from './validate.ts'

interface LocalServices {
  readonly pool: Pool
  readonly accounts: Pick<Accounts, 'authenticate'>
  readonly catalogs: Pick<Catalogs, 'publishedLocal'>
  readonly localPeople: LocalPeople
}

const EXAMPLE_INPUT: LocalInput = {
  name: 'A Made-up Bakery',
  type: 'food',
  address: '1 Example Street',
  city: 'Sampleton',
  state: 'VT',
  zipCode: '05001',
  country: 'us',
  website: 'https://example.org/bakery',
  workerOwned: true,
}

const operations = {
  list: documented({
    summary: 'Search places near by',
    description:
      'By words, kind, place and who owns them; the nearest first where a point is given, else by name. To search without telling where, fetch the catalog of a country and search on the device.',
    who: 'anyone',
    answer: {
      schema: answers.pageOf(answers.foundLocalResourceSchema),
      example: { items: [{ ...EXAMPLE_LOCAL, distanceKm: 1.2 }], nextCursor: null },
    },
    example: { query: { q: 'groc', country: 'us', lat: 37.77, lon: -122.42, km: 10 } },
  }),
  catalog: documented({
    summary: 'Get every place of a country as one file',
    description: 'With those of no one country, and with an ETag.',
    who: 'anyone',
    answer: {
      schema: answers.localCatalogSchema,
      example: {
        version: 'q8Zt0r1m3u5x7z9B1D3F5H7J9L1N3P5R7T9V1X3Z5b7',
        country: 'us',
        resources: [EXAMPLE_LOCAL],
      },
    },
    example: { query: { country: 'us' } },
  }),
  one: documented({
    summary: 'Get a place',
    who: 'anyone',
    answer: { schema: answers.localResourceSchema, example: EXAMPLE_LOCAL },
    codes: ['not-found'],
    example: { params: { id: EXAMPLE_LOCAL.id } },
  }),
  submit: documented({
    summary: 'Submit a place',
    description: 'It is shown once an admin has approved it. Who has submitted it is told to nobody.',
    who: 'person',
    answer: {
      status: 201,
      schema: answers.localSubmissionSchema,
      example: { resource: EXAMPLE_LOCAL, status: 'pending', reason: null },
    },
    example: { body: EXAMPLE_INPUT },
  }),
  submissions: documented({
    summary: 'List what I have submitted',
    who: 'person',
    answer: {
      schema: answers.pageOf(answers.localSubmissionSchema),
      example: {
        items: [{ resource: EXAMPLE_LOCAL, status: 'rejected', reason: 'It has closed.' }],
        nextCursor: null,
      },
    },
    example: { query: { limit: 20 } },
  }),
  rate: documented({
    summary: 'Rate a place',
    description: 'Another rating takes its place. Ratings are counted once a day.',
    who: 'person',
    answer: { schema: answers.localRatingSchema, example: { resourceId: EXAMPLE_LOCAL.id, rating: 4 } },
    codes: ['not-found'],
    example: { params: { id: EXAMPLE_LOCAL.id }, body: { rating: 4 } },
  }),
  ratings: documented({
    summary: 'List how I have rated places',
    who: 'person',
    answer: {
      schema: answers.pageOf(answers.localRatingSchema),
      example: { items: [{ resourceId: EXAMPLE_LOCAL.id, rating: 4 }], nextCursor: null },
    },
    example: { query: { limit: 20 } },
  }),
}

/** `GET /catalog`, `GET|POST /resources`, `GET /resources/:id`, `POST /resources/:id/rate`, `GET /submissions`, `GET /ratings`. */
export function createLocalRoutes(services: LocalServices): Hono<AuthenticatedEnv> {
  const { pool, accounts, catalogs, localPeople } = services
  const routes = new Hono<AuthenticatedEnv>()
  const guard = authenticate(accounts)

  routes.get('/catalog', operations.catalog, validated('query', localCatalogQuerySchema), async c =>
    catalogResponse(c, await catalogs.publishedLocal(c.req.valid('query').country)),
  )

  routes.get('/resources', operations.list, validated('query', localListQuerySchema), async c => {
    const search = toSearch(c.req.valid('query'))
    const rows = await searchLocalResources(pool, { ...search, limit: search.limit + 1 })
    const shown = rows.slice(0, search.limit)
    const last = rows.length > search.limit ? shown.at(-1) : undefined
    const page: Page<FoundLocalResource> = {
      items: shown.map(toFound),
      nextCursor: last ? encodeCursor(last) : null,
    }
    return c.json(page)
  })

  routes.post('/resources', operations.submit, guard, validated('json', localInputSchema), async c => {
    const row = await localPeople.submit(c.var.person.id, toWritten(c.req.valid('json')))
    return c.json(toSubmission(row), 201)
  })

  routes.get('/resources/:id', operations.one, validated('param', localIdParamSchema), async c =>
    c.json(toLocalResource(await approved(pool, c.req.valid('param').id))),
  )

  routes.post(
    '/resources/:id/rate',
    operations.rate,
    guard,
    validated('param', localIdParamSchema),
    validated('json', localRateRequestSchema),
    async c => {
      const { id: resourceId } = await approved(pool, c.req.valid('param').id)
      const rating = { resourceId, rating: c.req.valid('json').rating }
      await localPeople.rate(c.var.person.id, rating)
      return c.json(rating)
    },
  )

  routes.get('/submissions', operations.submissions, guard, validated('query', listQuerySchema), async c => {
    const rows = await readLocalResources(pool, await localPeople.submitted(c.var.person.id))
    const items: LocalSubmission[] = rows.map(toSubmission)
    return c.json(pageOf(items, c.req.valid('query'), ({ resource }) => resource.id))
  })

  routes.get('/ratings', operations.ratings, guard, validated('query', listQuerySchema), async c => {
    const items = await localPeople.ratings(c.var.person.id)
    return c.json(pageOf(items, c.req.valid('query'), ({ resourceId }) => resourceId))
  })
  return routes
}

async function approved(pool: Pool, id: string) {
  const row = await readLocalResource(pool, id)
  if (row?.status !== 'approved') throw new CodedError('not-found')
  return row
}

/** A place that nobody knew before. */
function toWritten(input: LocalInput): WrittenLocalResource {
  return {
    id: randomUUID(),
    name: input.name,
    type: input.type,
    description: input.description ?? null,
    address: input.address ?? null,
    city: input.city ?? null,
    state: input.state ?? null,
    zipCode: input.zipCode ?? null,
    country: input.country ?? null,
    phone: input.phone ?? null,
    email: input.email ?? null,
    website: input.website ?? null,
    workerOwned: input.workerOwned ?? false,
    cooperative: input.cooperative ?? false,
    unionShop: input.unionShop ?? false,
    unions: input.unions ?? [],
    verified: false,
    latitude: input.latitude ?? null,
    longitude: input.longitude ?? null,
  }
}

function toFound(row: FoundLocalRow): FoundLocalResource {
  return { ...toLocalResource(row), distanceKm: row.km === null ? null : shownDistance(row.km) }
}

/** @throws CodedError `invalid-input` for one coordinate without the other, and for the cursor of another list */
function toSearch({ cursor, lat, lon, km, ...query }: LocalListQuery): LocalSearch {
  if ((lat === undefined) !== (lon === undefined))
    throw new CodedError('invalid-input', 'A point has a latitude and a longitude.')
  const around =
    lat !== undefined && lon !== undefined ? { latitude: lat, longitude: lon, withinKm: km } : undefined
  const flag = (value: 'true' | 'false' | undefined) => (value === undefined ? undefined : value === 'true')
  return {
    ...query,
    workerOwned: flag(query.workerOwned),
    cooperative: flag(query.cooperative),
    unionShop: flag(query.unionShop),
    around,
    after: cursor === undefined ? undefined : decodeCursor(cursor, around ? 'number' : 'string'),
  }
}

const encodeCursor = ({ km, nameKey, id }: FoundLocalRow): string =>
  Buffer.from(JSON.stringify([km ?? nameKey, id])).toString('base64url')

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

function decodeCursor(cursor: string, kind: 'number' | 'string'): NonNullable<LocalSearch['after']> {
  const [key, id] = parseArray(Buffer.from(cursor, 'base64url').toString('utf8'))
  const isKey =
    (typeof key === 'number' && Number.isFinite(key)) || (typeof key === 'string' && !key.includes('\0'))
  if (!isKey || typeof key !== kind || typeof id !== 'string' || !UUID.test(id))
    throw new CodedError('invalid-input', 'The cursor is of another list.')
  return { key, id }
}

function parseArray(json: string): unknown[] {
  try {
    const value: unknown = JSON.parse(json)
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}
