// What a person says about themselves, and where they stand.
import {
  type Dashboard,
  dashboard,
  keyOf,
  type ProfileResponse,
  type ProfileState,
  profileIn,
  profileRequestSchema,
  profileResponseSchema,
  type ReadonlyState,
  rank,
} from '@workforce-democracy/shared'
import { Hono } from 'hono'
import type { Accounts } from '../accounts/accounts.ts'
import type { Catalogs } from '../catalog/catalogs.ts'
import type { DocumentWriter, Write } from '../documents/document-writer.ts'
import type { Lookup } from '../encryption/lookup.ts'
import type { OpenState } from '../projection/open-state.ts'
import { dashboardSchema } from './answer-schemas.ts'
import { documented } from './documented.ts'
import { EXAMPLE_DASHBOARD, EXAMPLE_PROFILE } from './examples.ts'
import { rankedBy } from './resource-person-routes.ts'
import { validated } from './validate.ts'
import { WRITE_CODES } from './write-codes.ts'
import { type WriteOnceEnv, writeOnce } from './write-once.ts'

interface ProfileServices {
  readonly accounts: Pick<Accounts, 'uses'>
  readonly lookup: Lookup
  readonly writer: DocumentWriter
  readonly openState: OpenState
  readonly catalogs: Catalogs
  readonly nowMs: () => number
}

const operations = {
  get: documented({
    summary: 'Get my profile',
    who: 'person',
    answer: { schema: profileResponseSchema, example: EXAMPLE_PROFILE },
    codes: ['document-sealed'],
  }),
  put: documented({
    summary: 'Change my profile',
    description: 'What is left out stays, null removes; `interests` are all that there are to be.',
    who: 'person',
    once: true,
    answer: { schema: profileResponseSchema, example: EXAMPLE_PROFILE },
    codes: WRITE_CODES,
    example: { body: { skillLevel: 'beginner', occupation: null, interests: ['cooperatives'] } },
  }),
  dashboard: documented({
    summary: 'See where I stand',
    description:
      'From what is open to the server, by the time zone of the profile, else UTC. Without recommendations where they are not asked of the server.',
    who: 'person',
    answer: { schema: dashboardSchema, example: EXAMPLE_DASHBOARD },
  }),
}

/** `GET|PUT /profile`, `GET /dashboard`. */
export function createProfileRoutes(services: ProfileServices): Hono<WriteOnceEnv> {
  const { accounts, lookup, writer, openState, catalogs, nowMs } = services
  const routes = new Hono<WriteOnceEnv>()
  const profileOf = async (personId: string): Promise<ProfileResponse> => {
    const { fields, interests } = profileIn(await openState.read(personId, 'profile'))
    return { ...fields, interests: [...interests] }
  }

  routes.get('/profile', operations.get, async c => c.json(await profileOf(c.var.person.id)))

  routes.put(
    '/profile',
    operations.put,
    writeOnce({ lookup }),
    validated('json', profileRequestSchema),
    async c => {
      const { interests, ...fields } = c.req.valid('json')
      const changes = Object.entries(fields).flatMap(([field, value]) =>
        value === undefined ? [] : [{ key: keyOf(field), value }],
      )
      const addedAt = new Date(nowMs()).toISOString()
      const personId = c.var.person.id
      const compute = (state: ReadonlyState) => [
        ...changes,
        ...(interests ? interestWrites(profileIn(state), interests, addedAt) : []),
      ]
      await writer.write({ personId, document: 'profile' }, compute, c.var.once)
      return c.json(await profileOf(personId))
    },
  )

  routes.get('/dashboard', operations.dashboard, async c => {
    const personId = c.var.person.id
    const [uses, catalog] = await Promise.all([accounts.uses.find(personId), catalogs.resources()])
    const states = await openState.readAll(personId, rankedBy(uses))
    const body: Dashboard = dashboard(catalog, states, {
      recommendations: uses.recommendations === 'server' ? rank(catalog, states, nowMs()) : [],
      nowMs: nowMs(),
      timeZone: 'UTC',
    })
    return c.json(body)
  })
  return routes
}

/** @throws CodedError `invalid-key` for half a character */
function interestWrites(
  { interests: present }: ProfileState,
  wanted: readonly string[],
  addedAt: string,
): Write[] {
  const added = [...new Set(wanted)].filter(topic => !present.includes(topic))
  const removed = present.filter(topic => !wanted.includes(topic))
  return [
    ...added.map(topic => ({ key: keyOf('interest', topic), value: { addedAt } })),
    ...removed.map(topic => ({ key: keyOf('interest', topic), value: null })),
  ]
}
