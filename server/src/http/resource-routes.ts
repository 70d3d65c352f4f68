// The public list of learning resources, the search of it, and each of them.
import {
  CodedError,
  type Page,
  RESOURCE_SORTS,
  type Resource,
  type ResourceCatalog,
  type ResourceSort,
  resourceListQuerySchema,
  resourceParamSchema,
  resourceSearchQuerySchema,
} from '@workforce-democracy/shared'
import { Hono } from 'hono'
import { catalogResponse } from '../catalog/catalog-response.ts'
import type { Catalogs } from '../catalog/catalogs.ts'
import { keysetPage, type SortedList, type SortKey, sortedList } from '../catalog/keyset.ts'
import { findResource, searchCatalog } from '../catalog/resource-search.ts'
import type { Pool } from '../db/database.ts'
import * as answers from './answer-schemas.ts'
import { documented } from './documented.ts'
import { EXAMPLE_RESOURCE } from './examples.ts'
import { validated } from './validate.ts'

/** Smallest first. The published counts, not the exact ones, so that the order tells no more than they do. */
const KEY_BY_SORT: Readonly<Record<ResourceSort, (resource: Resource) => SortKey>> = {
  title: ({ title, id }) => [title.toLowerCase(), id],
  newest: ({ publishedOn, id }) => [publishedOn ? -Date.parse(publishedOn) : Number.MAX_SAFE_INTEGER, id],
  rating: ({ ratingMean, ratingCount, id }) => [-(ratingMean ?? 0), -ratingCount, id],
  popularity: ({ viewCount, id }) => [-viewCount, id],
}

const operations = {
  catalog: documented({
    summary: 'Get all learning resources as one file',
    description: 'With an ETag that is the catalog version.',
    who: 'anyone',
    answer: { schema: answers.resourceCatalogSchema },
  }),
  list: documented({
    summary: 'List learning resources',
    who: 'anyone',
    answer: {
      schema: answers.pageOf(answers.resourceSchema),
      example: { items: [EXAMPLE_RESOURCE], nextCursor: null },
    },
    example: { query: { type: 'videos', difficulty: 'beginner', sort: 'newest', limit: 5 } },
  }),
  search: documented({
    summary: 'Search learning resources, the best first',
    description:
      'Resources with every word, or with another of the same stem; what is typed last may be the beginning of one. Where there are none, those with words that are written almost so, and `similar` says it. `highlights` are ranges in title and description.',
    who: 'anyone',
    answer: {
      schema: answers.resourceSearchSchema,
      example: {
        items: [
          { resource: EXAMPLE_RESOURCE, score: 0.6, highlights: { title: [[14, 26]], description: [] } },
        ],
        nextCursor: null,
        similar: false,
      },
    },
    example: { query: { q: 'co-op', limit: 5 } },
  }),
  one: documented({
    summary: 'Get a learning resource by its id or one of its aliases',
    who: 'anyone',
    answer: { schema: answers.resourceSchema, example: EXAMPLE_RESOURCE },
    codes: ['not-found'],
    example: { params: { id: 'video1' } },
  }),
}

/** `GET /`, `GET /catalog`, `GET /search` and `GET /:id`. */
export function createResourceRoutes({
  pool,
  catalogs,
}: {
  readonly pool: Pool
  readonly catalogs: Catalogs
}): Hono {
  const routes = new Hono()
  const listsByCatalog = new WeakMap<ResourceCatalog, Readonly<Record<ResourceSort, SortedList<Resource>>>>()

  routes.get('/catalog', operations.catalog, async c =>
    catalogResponse(c, await catalogs.publishedResources()),
  )

  routes.get('/', operations.list, validated('query', resourceListQuerySchema), async c => {
    const { type, topic, difficulty, verified, sort, ...range } = c.req.valid('query')
    const catalog = await catalogs.resources()
    const lists = listsByCatalog.get(catalog) ?? sortedLists(catalog.resources)
    listsByCatalog.set(catalog, lists)
    const page: Page<Resource> = keysetPage(
      lists[sort],
      range,
      resource =>
        (!type || resource.type === type) &&
        (!topic || resource.topics.includes(topic)) &&
        (!difficulty || resource.difficulty === difficulty) &&
        (!verified || resource.verified === (verified === 'true')),
    )
    return c.json(page)
  })

  routes.get('/search', operations.search, validated('query', resourceSearchQuerySchema), async c =>
    c.json(await searchCatalog({ pool, catalogs }, c.req.valid('query'))),
  )

  routes.get('/:id', operations.one, validated('param', resourceParamSchema), async c => {
    const resource = findResource(await catalogs.resources(), c.req.valid('param').id)
    if (!resource) throw new CodedError('not-found')
    return c.json(resource)
  })
  return routes
}

function sortedLists(resources: readonly Resource[]): Record<ResourceSort, SortedList<Resource>> {
  const lists = RESOURCE_SORTS.map(sort => [sort, sortedList(sort, resources, KEY_BY_SORT[sort])])
  return Object.fromEntries(lists) as Record<ResourceSort, SortedList<Resource>>
}
