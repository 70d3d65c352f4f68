// Places near by: searched on this device, in a public file, so that nobody learns where somebody looks.
import {
  type FoundLocal,
  type LocalInput,
  type LocalQuery,
  type LocalRating,
  type LocalResource,
  type LocalSubmission,
  type Page,
  searchLocal,
} from '@workforce-democracy/shared'
import * as z from 'zod/mini'
import type { CatalogFiles } from './catalogs.ts'
import { type Http, type HttpRequest, readBody } from './http.ts'
import type { Session } from './session.ts'

/** Places near by. Searching takes no account, and network only the first time; all else takes both. */
export interface Local {
  /**
   * Places of a country, and those of no one country, up to `limit` (50).
   *
   * @throws CodedError `offline` when the file of that country has never been fetched and there is no network
   * @example
   * const { items, total } = await client.local.search({ country: 'us', q: 'grocery', state: 'CA' })
   */
  search(query: LocalQuery & { readonly country: string }, limit?: number): Promise<FoundLocal>
  /**
   * One place of a country's file, `undefined` where it has none of this id.
   *
   * @throws CodedError `offline`
   * @example
   * const [first] = (await client.local.search({ country: 'us' })).items
   * const place = await client.local.get('us', first.id)
   * console.log(place?.name)
   */
  get(country: string, id: string): Promise<LocalResource | undefined>
  /**
   * Submits a place; it is shown to others once an admin has approved it.
   *
   * @throws CodedError `not-signed-in`, `offline`, `invalid-input`, `too-many`
   * @example
   * await client.local.submit({ name: 'A Made-up Bakery', type: 'food', city: 'Sampleton', country: 'us' })
   */
  submit(place: LocalInput): Promise<LocalSubmission>
  /**
   * What this person has submitted, and what became of it.
   *
   * @throws CodedError `not-signed-in`, `offline`
   * @example
   * for (const { resource, status, reason } of await client.local.submissions())
   *   console.log(resource.name, status, reason)
   */
  submissions(): Promise<LocalSubmission[]>
  /**
   * Rates a place, 1 to 5; another rating takes its place. Counted once a day, told to nobody whose it is.
   *
   * @throws CodedError `not-signed-in`, `offline`, `invalid-input`, `not-found`
   * @example
   * const [first] = (await client.local.search({ country: 'us' })).items
   * await client.local.rate(first.id, 4)
   */
  rate(resourceId: string, rating: number): Promise<LocalRating>
  /**
   * How this person has rated places.
   *
   * @throws CodedError `not-signed-in`, `offline`
   * @example
   * const given = new Map((await client.local.ratings()).map(({ resourceId, rating }) => [resourceId, rating]))
   * console.log(given.size)
   */
  ratings(): Promise<LocalRating[]>
}

const SHOWN = 50
const PAGE = 100

/** Only what decides whether it is an answer at all: what is in it our own server has checked. */
const submissionSchema = z.looseObject({ resource: z.looseObject({ id: z.string() }), status: z.string() })
const ratingSchema = z.object({ resourceId: z.string(), rating: z.number() })

/** Makes it. */
export function createLocal({
  catalogs,
  http,
  session,
}: {
  readonly catalogs: CatalogFiles
  readonly http: Http
  readonly session: Session
}): Local {
  const ask = async <T>(request: Omit<HttpRequest, 'accessToken'>, schema: z.ZodMiniType): Promise<T> => {
    const accessToken = await session.accessToken()
    return (await readBody(await http.send({ ...request, accessToken }), schema)) as T
  }
  const listAll = async <T>(path: string, item: z.ZodMiniType): Promise<T[]> => {
    const schema = z.object({ items: z.array(item), nextCursor: z.nullable(z.string()) })
    const all: T[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const query: string = cursor && `&cursor=${encodeURIComponent(cursor)}`
      const page = await ask<Page<T>>({ method: 'GET', path: `${path}?limit=${PAGE}${query}` }, schema)
      all.push(...page.items)
      cursor = page.nextCursor
    }
    return all
  }
  return {
    async search({ country, ...query }, limit = SHOWN) {
      const { resources } = await catalogs.local(country)
      return searchLocal(resources, query, limit)
    },
    async get(country, id) {
      const { resources } = await catalogs.local(country)
      return resources.find(each => each.id === id)
    },
    submit: place => ask({ method: 'POST', path: '/api/local/resources', body: place }, submissionSchema),
    submissions: () => listAll('/api/local/submissions', submissionSchema),
    rate: (resourceId, rating) =>
      ask(
        {
          method: 'POST',
          path: `/api/local/resources/${encodeURIComponent(resourceId)}/rate`,
          body: { rating },
        },
        ratingSchema,
      ),
    ratings: () => listAll('/api/local/ratings', ratingSchema),
  }
}
