// The public catalogs: fetched whole, so that nobody learns what a person looks at, and kept for use offline.
import {
  type CivicCatalog,
  CodedError,
  type DistrictTable,
  type LocalCatalog,
  prepareCatalog,
  type ResourceCatalog,
  resolveResource,
} from '@workforce-democracy/shared'
import { decodeUtf8, encodeUtf8 } from 'lib0/string'
import * as z from 'zod/mini'
import type { Http } from './http.ts'
import type { Replica } from './replica.ts'

/**
 * The cached catalogs.
 *
 * @example
 * await client.catalogs.refresh()
 * console.log(client.catalogs.resources?.version, client.catalogs.resolve('video1'))
 */
export interface Catalogs {
  /** Learning resources; `undefined` before the first {@link refresh}. */
  readonly resources: ResourceCatalog | undefined
  /** Bills, representatives and how they voted; `undefined` before the first {@link refresh}. */
  readonly civic: CivicCatalog | undefined
  /**
   * Fetches what has changed, and keeps it encrypted in the store.
   *
   * @throws CodedError `offline`, `store-failed`
   */
  refresh(): Promise<void>
  /** The UUID of a resource known by an alias; an id that the catalog lacks stays as given. */
  resolve(resourceId: string): string
}

/** The catalogs, and the files that are fetched when they are first wanted. */
export interface CatalogFiles extends Catalogs {
  /**
   * The electoral districts of all postcodes of a jurisdiction, fetched when first asked for and with each
   * {@link Catalogs.refresh} from then on.
   *
   * @throws CodedError `offline` when it has never been fetched, `store-failed`
   */
  districts(jurisdiction: string): Promise<DistrictTable>
  /**
   * Places of a country, and those of no one country; fetched as {@link districts} are.
   *
   * @throws CodedError `offline` when it has never been fetched, `store-failed`
   */
  local(country: string): Promise<LocalCatalog>
}

/** Only what decides whether it is a catalog at all: checking thousands of entries would check our own server. */
const resourcesSchema = z.looseObject({
  version: z.string(),
  resources: z.array(z.looseObject({ id: z.string(), aliases: z.array(z.string()) })),
  // A catalog that was kept before there were any has none.
  paths: z.optional(z.array(z.looseObject({ id: z.string(), steps: z.array(z.unknown()) }))),
  billTopics: z.record(z.string(), z.array(z.string())),
})
const civicSchema = z.looseObject({
  version: z.string(),
  bills: z.array(z.looseObject({ id: z.string() })),
  representatives: z.array(z.looseObject({ id: z.string() })),
  rollCalls: z.array(z.looseObject({ id: z.string() })),
})

const districtsSchema = z.looseObject({
  version: z.string(),
  jurisdiction: z.string(),
  districts: z.array(z.looseObject({ state: z.string(), district: z.string(), postcodes: z.string() })),
})

const localSchema = z.looseObject({
  version: z.string(),
  country: z.string(),
  resources: z.array(z.looseObject({ id: z.string(), name: z.string(), unions: z.array(z.string()) })),
})

/** Makes the catalogs of a client from what its store has cached. */
export function createCatalogs({
  replica,
  http,
}: {
  readonly replica: Replica
  readonly http: Http
}): CatalogFiles {
  const resources = createCachedFile<ResourceCatalog>(
    '/api/resources/catalog',
    resourcesSchema,
    replica,
    http,
  )
  const civic = createCachedFile<CivicCatalog>('/api/civic/catalog', civicSchema, replica, http)
  /** Those that somebody has wanted. */
  const files = new Map<string, { refresh(): Promise<void> }>()
  const fetched = async <T>(path: string, schema: z.ZodMiniType): Promise<T> => {
    const known = files.get(path) as ReturnType<typeof createCachedFile<T>> | undefined
    const file = known ?? createCachedFile<T>(path, schema, replica, http)
    files.set(path, file)
    if (!file.value) await file.refresh()
    if (!file.value) throw new CodedError('internal', 'The server has not sent the file.')
    return file.value
  }
  return {
    get resources() {
      return resources.value
    },
    get civic() {
      return civic.value
    },
    async refresh() {
      await Promise.all([resources, civic, ...files.values()].map(file => file.refresh()))
    },
    districts: jurisdiction =>
      fetched(`/api/civic/districts?jurisdiction=${encodeURIComponent(jurisdiction)}`, districtsSchema),
    local: country => fetched(`/api/local/catalog?country=${encodeURIComponent(country)}`, localSchema),
    resolve: resourceId =>
      resources.value ? resolveResource(prepareCatalog(resources.value), resourceId) : resourceId,
  }
}

/** What a page sees of them: the files are asked for by the verbs that need them. */
export const publicCatalogs = (catalogs: Catalogs): Catalogs => ({
  get resources() {
    return catalogs.resources
  },
  get civic() {
    return catalogs.civic
  },
  refresh: () => catalogs.refresh(),
  resolve: resourceId => catalogs.resolve(resourceId),
})

/** The civic catalog. @throws CodedError `offline` when none has been fetched yet */
export function civicOf({ civic }: Pick<Catalogs, 'civic'>): CivicCatalog {
  if (!civic) throw new CodedError('offline', 'The catalog has never been fetched.')
  return civic
}

/** A public file as last fetched: its text under its path, its ETag beside it. */
function createCachedFile<T>(path: string, schema: z.ZodMiniType, replica: Replica, http: Http) {
  const etagName = `etag:${path}`
  const cached = replica.meta.get(path)
  let value = cached instanceof Uint8Array ? parsed<T>(decodeUtf8(cached), schema) : undefined
  return {
    get value() {
      return value
    },
    async refresh(): Promise<void> {
      const etag = value && replica.meta.get(etagName)
      const headers: Record<string, string> = typeof etag === 'string' ? { 'if-none-match': etag } : {}
      const response = await http.send({ method: 'GET', path, headers })
      if (response.status === 304) return
      const text = await response.text().catch(cause => {
        throw new CodedError('offline', undefined, { cause })
      })
      const fresh = parsed<T>(text, schema)
      if (!fresh) throw new CodedError('internal', 'The server’s catalog does not have the documented form.')
      await Promise.all([
        replica.meta.set(path, encodeUtf8(text)),
        replica.meta.set(etagName, response.headers.get('etag')),
      ])
      value = fresh
    },
  }
}

function parsed<T>(text: string, schema: z.ZodMiniType): T | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return z.safeParse(schema, value).success ? (value as T) : undefined
  } catch {
    return undefined
  }
}
