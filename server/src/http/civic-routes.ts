// The public list of bills, and everything civic as one file.
import { type Bill, billListQuerySchema, type CivicCatalog, type Page } from '@workforce-democracy/shared'
import { Hono } from 'hono'
import { catalogResponse } from '../catalog/catalog-response.ts'
import type { Catalogs } from '../catalog/catalogs.ts'
import { keysetPage, type SortedList, type SortKey, sortedList } from '../catalog/keyset.ts'
import * as answers from './answer-schemas.ts'
import { documented } from './documented.ts'
import { EXAMPLE_BILL } from './examples.ts'
import { validated } from './validate.ts'

/** The latest deciding vote first, bills without one last. */
function latestVoteFirst({ lastVotedOn, id }: Bill): SortKey {
  return [lastVotedOn ? -Date.parse(lastVotedOn) : Number.MAX_SAFE_INTEGER, id]
}

const operations = {
  catalog: documented({
    summary: 'Get all bills, representatives and roll calls as one file',
    description: 'With an ETag that is the catalog version.',
    who: 'anyone',
    answer: { schema: answers.civicCatalogSchema },
  }),
  bills: documented({
    summary: 'List bills, the latest deciding vote first',
    who: 'anyone',
    answer: {
      schema: answers.pageOf(answers.billSchema),
      example: { items: [EXAMPLE_BILL], nextCursor: null },
    },
    example: { query: { level: 'federal', jurisdiction: 'us', limit: 5 } },
  }),
}

/** `GET /bills` and `GET /catalog`. */
export function createCivicRoutes({ catalogs }: { readonly catalogs: Catalogs }): Hono {
  const routes = new Hono()
  const listByCatalog = new WeakMap<CivicCatalog, SortedList<Bill>>()

  routes.get('/catalog', operations.catalog, async c => catalogResponse(c, await catalogs.publishedCivic()))

  routes.get('/bills', operations.bills, validated('query', billListQuerySchema), async c => {
    const { level, jurisdiction, congress, ...range } = c.req.valid('query')
    const catalog = await catalogs.civic()
    const list = listByCatalog.get(catalog) ?? sortedList('bills', catalog.bills, latestVoteFirst)
    listByCatalog.set(catalog, list)
    const page: Page<Bill> = keysetPage(
      list,
      range,
      bill =>
        (!level || bill.governmentLevel === level) &&
        (!jurisdiction || bill.jurisdiction === jurisdiction) &&
        (!congress || bill.congress === congress),
    )
    return c.json(page)
  })
  return routes
}
