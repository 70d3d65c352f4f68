// The public list of bills, and everything civic as one file.
import { type Bill, billListQuerySchema, type CivicCatalog, type Page } from '@workforce-democracy/shared'
import { Hono } from 'hono'
import { catalogResponse } from '../catalog/catalog-response.ts'
import type { Catalogs } from '../catalog/catalogs.ts'
import { keysetPage, type SortedList, type SortKey, sortedList } from '../catalog/keyset.ts'
import { validated } from './validate.ts'

/** The latest deciding vote first, bills without one last. */
function latestVoteFirst({ lastVotedOn, id }: Bill): SortKey {
  return [lastVotedOn ? -Date.parse(lastVotedOn) : Number.MAX_SAFE_INTEGER, id]
}

/** `GET /bills` and `GET /catalog`. */
export function createCivicRoutes({ catalogs }: { readonly catalogs: Catalogs }): Hono {
  const routes = new Hono()
  const listByCatalog = new WeakMap<CivicCatalog, SortedList<Bill>>()

  routes.get('/catalog', async c => catalogResponse(c, await catalogs.publishedCivic()))

  routes.get('/bills', validated('query', billListQuerySchema), async c => {
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
