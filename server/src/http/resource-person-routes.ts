// What the server recommends a person to learn next, from what that person has opened to it.
import {
  CodedError,
  OPENABLE_DOCUMENTS,
  type OpenableDocument,
  rank,
  type Uses,
} from '@workforce-democracy/shared'
import { Hono } from 'hono'
import type { Catalogs } from '../catalog/catalogs.ts'
import type { OpenState } from '../projection/open-state.ts'
import { recommendationsSchema } from './answer-schemas.ts'
import type { AuthenticatedEnv } from './authenticate.ts'
import { documented } from './documented.ts'
import { EXAMPLE_RECOMMENDATION } from './examples.ts'

/** What the server may rank by: votes are there for who has allowed that, too. */
export const rankedBy = ({ civicEngagementTracking }: Uses): readonly OpenableDocument[] =>
  OPENABLE_DOCUMENTS.filter(document => document !== 'votes' || civicEngagementTracking)

interface ResourcePersonServices {
  readonly openState: OpenState
  readonly catalogs: Catalogs
  readonly nowMs: () => number
}

/** `GET /recommended`: the ten best, and the catalog version that they rest on, where the person wants that of the server. */
export function createResourcePersonRoutes({
  openState,
  catalogs,
  nowMs,
}: ResourcePersonServices): Hono<AuthenticatedEnv> {
  const routes = new Hono<AuthenticatedEnv>()
  const operation = documented({
    summary: 'Recommend me what to learn next',
    description: 'The ten best by what is open to the server, each with its score, its parts and a reason.',
    who: 'person',
    answer: {
      schema: recommendationsSchema,
      example: { items: [EXAMPLE_RECOMMENDATION], nextCursor: null, catalogVersion: 'bWFkZS11cA' },
    },
    codes: ['consent-required'],
  })
  routes.get('/recommended', operation, async c => {
    const [catalog, states] = await Promise.all([
      catalogs.resources(),
      openState.readAll(c.var.person.id, uses => {
        // What is open for other uses is not ranked by: the device does, or nobody.
        if (uses.recommendations !== 'server')
          throw new CodedError('consent-required', 'The person has not asked the server to recommend.')
        return rankedBy(uses)
      }),
    ])
    c.header('Cache-Control', 'private, no-store')
    return c.json({
      items: rank(catalog, states, nowMs()),
      nextCursor: null,
      catalogVersion: catalog.version,
    })
  })
  return routes
}
