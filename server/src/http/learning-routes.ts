// A person's way through the learning resources, merged with what their devices write.
import {
  type BookmarkItem,
  type BookmarkValue,
  bookmarkParamSchema,
  bookmarkRequestSchema,
  bookmarkSchema,
  CodedError,
  type HistoryItem,
  keyOf,
  latestFirst,
  listQuerySchema,
  localDate,
  type Page,
  partsOf,
  prepareCatalog,
  profileIn,
  progressRequestSchema,
  progressStats,
  type ResourceProgress,
  rateRequestSchema,
  readValue,
  resolvedProgress,
  resolveResource,
  resourceRequestSchema,
  SERVER_DEVICE,
  sittingValues,
  toHistoryItem,
} from '@workforce-democracy/shared'
import { Hono } from 'hono'
import type { Catalogs } from '../catalog/catalogs.ts'
import type { DocumentWriter } from '../documents/document-writer.ts'
import type { Lookup } from '../encryption/lookup.ts'
import type { OpenState } from '../projection/open-state.ts'
import { operations } from './learning-operations.ts'
import { pageOf } from './page.ts'
import { validated } from './validate.ts'
import { type WriteOnceEnv, writeOnce } from './write-once.ts'

interface LearningServices {
  readonly lookup: Lookup
  readonly writer: DocumentWriter
  readonly openState: OpenState
  readonly catalogs: Catalogs
  readonly nowMs: () => number
}

/** Where the person is that has stated no time zone, or to whose profile the server has no key. */
const TIME_ZONE = 'UTC'

interface Done {
  readonly resourceId: string
  readonly percent?: number | undefined
  readonly seconds?: number
  readonly isCompleted?: boolean
}

/** `POST /view|progress|complete|rate|bookmark`, `DELETE /bookmark/:id`, `GET /history`, `GET /stats`. */
export function createLearningRoutes(services: LearningServices): Hono<WriteOnceEnv> {
  const { lookup, writer, openState, catalogs, nowMs } = services
  const once = writeOnce({ lookup })
  const routes = new Hono<WriteOnceEnv>()
  const nowIso = () => new Date(nowMs()).toISOString()
  const timeZoneOf = async (personId: string): Promise<string> =>
    profileIn((await openState.readAll(personId, ['profile'])).profile ?? new Map()).fields.timeZone ??
    TIME_ZONE

  const see = async (
    { person: { id: personId }, once }: WriteOnceEnv['Variables'],
    { resourceId, percent = 0, seconds = 0, isCompleted }: Done,
  ) => {
    const viewedAt = nowIso()
    const sitting = {
      resourceId: await resolved(catalogs, resourceId),
      device: SERVER_DEVICE,
      nowMs: nowMs(),
      timeZone: await timeZoneOf(personId),
      seen: { percent, seconds, viewedAt, ...(isCompleted && { completedAt: viewedAt }) },
    }
    await writer.write({ personId, document: 'progress' }, state => sittingValues(state, sitting), once)
    return historyItem(services, personId, sitting.resourceId)
  }

  routes.post('/view', operations.view, once, validated('json', resourceRequestSchema), async c =>
    c.json(await see(c.var, c.req.valid('json'))),
  )
  routes.post('/progress', operations.progress, once, validated('json', progressRequestSchema), async c =>
    c.json(await see(c.var, c.req.valid('json'))),
  )
  routes.post('/complete', operations.complete, once, validated('json', resourceRequestSchema), async c =>
    c.json(await see(c.var, { ...c.req.valid('json'), percent: 100, isCompleted: true })),
  )
  routes.post('/rate', operations.rate, once, validated('json', rateRequestSchema), async c => {
    const personId = c.var.person.id
    const { resourceId: given, rating } = c.req.valid('json')
    const resourceId = await resolved(catalogs, given)
    const write = { key: keyOf('rating', resourceId), value: { rating, ratedAt: nowIso() } }
    await writer.write({ personId, document: 'progress' }, () => [write], c.var.once)
    return c.json(await historyItem(services, personId, resourceId))
  })

  routes.post('/bookmark', operations.bookmark, once, validated('json', bookmarkRequestSchema), async c => {
    const { resourceId: given, folder } = c.req.valid('json')
    const resourceId = await resolved(catalogs, given)
    const value: BookmarkValue = { addedAt: nowIso(), ...(folder !== undefined && { folder }) }
    const write = { key: keyOf('resource', resourceId), value }
    const personId = c.var.person.id
    const written = await writer.write({ personId, document: 'bookmarks' }, () => [write], c.var.once)
    const standing = async () =>
      readValue(bookmarkSchema, (await openState.read(personId, 'bookmarks')).get(write.key)?.value)
    const stands = written.length > 0 ? value : ((await standing()) ?? value)
    const item: BookmarkItem = { resourceId, addedAt: stands.addedAt, folder: stands.folder ?? null }
    return c.json(item)
  })
  routes.delete(
    '/bookmark/:id',
    operations.removeBookmark,
    validated('param', bookmarkParamSchema),
    async c => {
      const catalog = prepareCatalog(await catalogs.resources())
      const id = resolveResource(catalog, c.req.valid('param').id)
      await writer.write({ personId: c.var.person.id, document: 'bookmarks' }, bookmarks =>
        [...bookmarks.values()].flatMap(({ key, value }) => {
          const [kind, given] = partsOf(key) ?? []
          if (value === null || kind !== 'resource' || given === undefined) return []
          return resolveResource(catalog, given) === id ? [{ key, value: null }] : []
        }),
      )
      return c.body(null, 204)
    },
  )

  routes.get('/history', operations.history, validated('query', listQuerySchema), async c => {
    const items = await history(services, c.var.person.id)
    const viewed = items.filter(({ viewedAt }) => viewedAt !== null)
    const page: Page<HistoryItem> = pageOf(viewed, c.req.valid('query'), ({ resourceId }) => resourceId)
    return c.json(page)
  })

  routes.get('/stats', operations.stats, async c => {
    const personId = c.var.person.id
    // What was done is the person's to have; to work out days and streaks of it is a use.
    const state = await openState.read(personId, 'progress', ({ learningAnalytics }) => {
      if (!learningAnalytics) throw new CodedError('consent-required')
    })
    const today = localDate(nowMs(), await timeZoneOf(personId))
    const catalog = prepareCatalog(await catalogs.resources())
    const resources = resolvedProgress(state, id => resolveResource(catalog, id)).values()
    return c.json(progressStats(state, resources, today))
  })
  return routes
}

const resolved = async (catalogs: Catalogs, id: string): Promise<string> =>
  resolveResource(prepareCatalog(await catalogs.resources()), id)

async function historyItem(
  services: Pick<LearningServices, 'openState' | 'catalogs'>,
  personId: string,
  resourceId: string,
): Promise<HistoryItem> {
  const item = (await history(services, personId)).find(each => each.resourceId === resourceId)
  // Sealed since it was written.
  if (!item) throw new CodedError('moved')
  return item
}

/** Everything that something was done with, the latest first. */
async function history(
  { openState, catalogs }: Pick<LearningServices, 'openState' | 'catalogs'>,
  personId: string,
): Promise<HistoryItem[]> {
  const progress = await openState.read(personId, 'progress')
  const { bookmarks = new Map() } = await openState.readAll(personId, ['bookmarks'])
  const catalog = prepareCatalog(await catalogs.resources())
  const bookmarked = new Set(
    [...bookmarks.values()].flatMap(({ key, value }) => {
      const [kind, id] = partsOf(key) ?? []
      return kind === 'resource' && id && readValue(bookmarkSchema, value)
        ? [resolveResource(catalog, id)]
        : []
    }),
  )
  const all = [...resolvedProgress(progress, id => resolveResource(catalog, id)).values()]
  return latestFirst(all).map((each: ResourceProgress) =>
    toHistoryItem(each, {
      title: catalog.resources[catalog.indexById.get(each.resourceId) ?? -1]?.title,
      bookmarked: bookmarked.has(each.resourceId),
    }),
  )
}
