// A made-up server of public catalogs, as a `fetch`: no network, and every request on record.
import type { CivicCatalog, Resource, ResourceCatalog } from '@workforce-democracy/shared'

export const RESOURCE_ID = '0190b5a0-0000-7000-8000-000000000001'

const resource = (n: number, alias: string, topic: string): Resource => ({
  id: RESOURCE_ID.slice(0, -1) + n,
  aliases: [alias],
  type: 'articles',
  title: `Made-up article ${n}`,
  description: null,
  contentUrl: null,
  thumbnailUrl: null,
  durationMinutes: null,
  difficulty: 'beginner',
  topics: [topic],
  author: null,
  sourceOrganization: null,
  publishedOn: null,
  verified: true,
  ratingMean: null,
  ratingCount: 0,
  viewCount: 0,
})

export const RESOURCES: ResourceCatalog = {
  version: 'resources-1',
  resources: [
    resource(1, 'video1', 'labor'),
    resource(2, 'video2', 'taxation'),
    resource(3, 'video3', 'labor'),
  ],
  paths: [],
  billTopics: {},
}

export const CIVIC: CivicCatalog = {
  version: 'civic-1',
  bills: [],
  representatives: [
    {
      id: 'Z000001',
      jurisdiction: 'us',
      name: 'Ada Example',
      party: 'I',
      state: 'ZZ',
      district: '1',
      chamber: 'house',
    },
  ],
  rollCalls: [
    {
      id: 'roll-1',
      billId: 'hr8-118',
      chamber: 'house',
      votedAt: '2026-01-01T00:00:00.000Z',
      question: 'On Passage',
      result: 'Passed',
      // One member, who voted yes.
      positions: 'AQ==',
    },
  ],
}

/** Answers `GET` of the two catalogs with ETags; `answer` comes first. */
export function publicServer(
  answer: (path: string, init: RequestInit, search: URLSearchParams) => Response | undefined = () =>
    undefined,
) {
  const requests: {
    path: string
    search: string
    method: string
    body: string
    headers: Headers
    status: number
  }[] = []
  let isOnline = true
  const respond = (path: string, search: URLSearchParams, init: RequestInit): Response => {
    const own = answer(path, init, search)
    if (own) return own
    const catalog = { '/api/resources/catalog': RESOURCES, '/api/civic/catalog': CIVIC }[path]
    if (!catalog) return Response.json({ code: 'not-found' }, { status: 404 })
    const etag = `"${catalog.version}"`
    if (new Headers(init.headers).get('if-none-match') === etag) return new Response(null, { status: 304 })
    return Response.json(catalog, { headers: { etag } })
  }
  const fetch: typeof globalThis.fetch = async (input, init = {}) => {
    if (!isOnline) throw new TypeError('fetch failed')
    const { pathname: path, search, searchParams } = new URL(String(input))
    const response = respond(path, searchParams, init)
    const { method = 'GET', body } = init
    requests.push({
      path,
      search,
      method,
      body: String(body ?? ''),
      headers: new Headers(init.headers),
      status: response.status,
    })
    return response
  }
  return {
    fetch,
    requests,
    goOffline: () => {
      isOnline = false
    },
    goOnline: () => {
      isOnline = true
    },
  }
}
