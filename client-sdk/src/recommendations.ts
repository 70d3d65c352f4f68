// What to learn next: by the server where it may see everything that ranking needs, else by the same code here.
import {
  CodedError,
  OPENABLE_DOCUMENTS,
  type Recommendation,
  rank,
  wishedUses,
} from '@workforce-democracy/shared'
import * as z from 'zod/mini'
import type { Catalogs } from './catalogs.ts'
import { type Http, readBody } from './http.ts'
import type { Replica } from './replica.ts'
import type { Session } from './session.ts'
import type { Sync } from './sync/sync.ts'

/** Resources to learn next. */
export interface Recommendations {
  /** Best first, at most ten. */
  readonly items: readonly Recommendation[]
  /** What the ranking rests on: the same version ranks the same anywhere. */
  readonly catalogVersion: string
  readonly rankedBy: 'server' | 'device'
}

/** What {@link createRecommender} takes. */
export interface RecommenderOptions {
  readonly replica: Replica
  readonly catalogs: Catalogs
  readonly http: Http
  readonly session: Session
  readonly sync: Sync
}

const answerSchema = z.looseObject({
  items: z.array(z.looseObject({ score: z.number(), resource: z.looseObject({ id: z.string() }) })),
  catalogVersion: z.string(),
})

/** Makes the function behind `client.recommendations()`. */
export function createRecommender(options: RecommenderOptions) {
  return async ({ rankedBy }: { readonly rankedBy?: 'device' } = {}): Promise<Recommendations> => {
    const { recommendations: ranker, civicEngagementTracking } = wishedUses(options.replica.state('settings'))
    if (ranker === 'off') throw new CodedError('consent-required', 'The person wants no recommendations.')
    if (rankedBy !== 'device' && ranker === 'server' && serverSeesAll(options)) {
      try {
        return await fromServer(options)
      } catch (error) {
        if (!(error instanceof CodedError)) throw error
      }
    }
    return fromDevice(options, civicEngagementTracking)
  }
}

/** Whether all that ranking looks at is open, and has reached the server. */
function serverSeesAll({ replica, session, sync }: RecommenderOptions): boolean {
  const modes = replica.modes()
  return (
    session.isSignedIn &&
    sync.status.state === 'durable' &&
    OPENABLE_DOCUMENTS.every(
      document => modes.get(document) === 'open' && replica.pendingCount(document) === 0,
    )
  )
}

async function fromServer({ http, session }: RecommenderOptions): Promise<Recommendations> {
  const accessToken = await session.accessToken()
  const response = await http.send({ method: 'GET', path: '/api/resources/recommended', accessToken })
  const { items, catalogVersion } = await readBody(response, answerSchema)
  return { items: items as unknown as readonly Recommendation[], catalogVersion, rankedBy: 'server' }
}

async function fromDevice(
  { replica, catalogs }: RecommenderOptions,
  civicEngagementTracking: boolean,
): Promise<Recommendations> {
  if (!catalogs.resources) await catalogs.refresh()
  const catalog = catalogs.resources
  if (!catalog) throw new CodedError('offline', 'The catalog has never been fetched.')
  const seen = OPENABLE_DOCUMENTS.filter(name => name !== 'votes' || civicEngagementTracking)
  const documents = Object.fromEntries(seen.map(name => [name, replica.state(name)]))
  return {
    items: rank(catalog, documents, replica.now()),
    catalogVersion: catalog.version,
    rankedBy: 'device',
  }
}
