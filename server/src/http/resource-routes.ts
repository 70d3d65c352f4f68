// The public list of learning resources.
import {
  type Page,
  RESOURCE_SORTS,
  type Resource,
  type ResourceCatalog,
  type ResourceSort,
  resourceListQuerySchema,
} from '@workforce-democracy/shared'
import { Hono } from 'hono'
import { catalogResponse } from '../catalog/catalog-response.ts'
import type { Catalogs } from '../catalog/catalogs.ts'
import { keysetPage, type SortedList, type SortKey, sortedList } from '../catalog/keyset.ts'
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
}

/** `GET /` and `GET /catalog`. */
export function createResourceRoutes({ catalogs }: { readonly catalogs: Catalogs }): Hono {
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
  return routes
}

function sortedLists(resources: readonly Resource[]): Record<ResourceSort, SortedList<Resource>> {
  const lists = RESOURCE_SORTS.map(sort => [sort, sortedList(sort, resources, KEY_BY_SORT[sort])])
  return Object.fromEntries(lists) as Record<ResourceSort, SortedList<Resource>>
}
