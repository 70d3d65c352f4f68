// The public catalogs: fetched whole, so that nobody learns what a person looks at, and kept for use offline.
import {
  type CivicCatalog,
  CodedError,
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

/** Makes the catalogs of a client from what its store has cached. */
export function createCatalogs({
  replica,
  http,
}: {
  readonly replica: Replica
  readonly http: Http
}): Catalogs {
  const resources = createCachedFile<ResourceCatalog>(
    '/api/resources/catalog',
    resourcesSchema,
    replica,
    http,
  )
  const civic = createCachedFile<CivicCatalog>('/api/civic/catalog', civicSchema, replica, http)
  return {
    get resources() {
      return resources.value
    },
    get civic() {
      return civic.value
    },
    async refresh() {
      await Promise.all([resources.refresh(), civic.refresh()])
    },
    resolve: resourceId =>
      resources.value ? resolveResource(prepareCatalog(resources.value), resourceId) : resourceId,
  }
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
