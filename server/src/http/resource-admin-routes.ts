// Learning resources as admins look after them: what they write no import writes over, and what they delete is archived.
import {
  type AdminResource,
  adminResourceQuerySchema,
  CodedError,
  type Page,
  type ResourceInput,
  resourceChangeSchema,
  resourceIdParamSchema,
  resourceInputSchema,
} from '@workforce-democracy/shared'
import { Hono } from 'hono'
import { uuidv7 } from 'uuidv7'
import type { Accounts } from '../accounts/accounts.ts'
import { toResource } from '../catalog/build.ts'
import { recordAdminAction } from '../db/admin-audit.ts'
import { type Db, inTransaction, type Pool } from '../db/database.ts'
import { bumpRevision } from '../db/imports.ts'
import {
  archiveResource,
  insertResource,
  type KeptResourceRow,
  listKeptResources,
  lockResource,
  updateResource,
  type WrittenResource,
} from '../db/resources.ts'
import { youTubeId } from '../import/formats/resource-fields.ts'
import { stableId } from '../import/stable-id.ts'
import * as answers from './answer-schemas.ts'
import { type AuthenticatedEnv, authenticate } from './authenticate.ts'
import { documented } from './documented.ts'
import { EXAMPLE_KEPT_RESOURCE_ID, EXAMPLE_RESOURCE } from './examples.ts'
import { requireAdmin } from './require-admin.ts'
import { validated } from './validate.ts'

const EXAMPLE_INPUT: ResourceInput = {
  type: 'articles',
  title: 'A Made-up Guide to Meetings',
  description: 'How a group of made-up people decides.',
  contentUrl: 'https://example.org/made-up-guide',
  thumbnailUrl: null,
  durationMinutes: 20,
  difficulty: 'beginner',
  topics: ['cooperatives'],
  author: 'Ada Example',
  sourceOrganization: null,
  publishedOn: '2026-01-15',
  aliases: ['made-up-guide'],
  verified: true,
}
const EXAMPLE_ANSWER: AdminResource = { resource: EXAMPLE_RESOURCE, status: 'active', origin: 'admin' }

const answer = { schema: answers.adminResourceSchema, example: EXAMPLE_ANSWER }
const operations = {
  list: documented({
    summary: 'List learning resources by id, also those that are archived',
    who: 'admin',
    answer: {
      schema: answers.pageOf(answers.adminResourceSchema),
      example: { items: [EXAMPLE_ANSWER], nextCursor: null },
    },
    example: { query: { limit: 5, status: 'active' } },
  }),
  create: documented({
    summary: 'Add a learning resource',
    description: 'Its id is made from its address, as importing makes it.',
    who: 'admin',
    answer: { ...answer, status: 201 },
    codes: ['already-exists'],
    example: { body: EXAMPLE_INPUT },
  }),
  change: documented({
    summary: 'Write over a learning resource',
    description: 'From then on importing again leaves it as it is. An archived one comes back by `status`.',
    who: 'admin',
    answer,
    codes: ['not-found'],
    example: { params: { id: EXAMPLE_KEPT_RESOURCE_ID }, body: EXAMPLE_INPUT },
  }),
  archive: documented({
    summary: 'Archive a learning resource',
    description: 'It is no longer shown, and stays for those who have learned with it.',
    who: 'admin',
    answer: { status: 204 },
    codes: ['not-found'],
    example: { params: { id: EXAMPLE_KEPT_RESOURCE_ID } },
  }),
}

interface ResourceAdminServices {
  readonly pool: Pool
  readonly accounts: Pick<Accounts, 'authenticate'>
}

/** `GET /resources`, of `/api/admin`. */
export function createAdminResourceRoutes({ pool }: { readonly pool: Pool }): Hono<AuthenticatedEnv> {
  const routes = new Hono<AuthenticatedEnv>()
  routes.get('/resources', operations.list, validated('query', adminResourceQuerySchema), async c => {
    const { limit, cursor, status } = c.req.valid('query')
    const rows = await listKeptResources(pool, { limit: limit + 1, after: cursor, status })
    const items = rows.slice(0, limit).map(toAnswer)
    const page: Page<AdminResource> = {
      items,
      nextCursor: rows.length > limit ? (items.at(-1)?.resource.id ?? null) : null,
    }
    return c.json(page)
  })
  return routes
}

/** `POST /`, `PUT /:id` and `DELETE /:id`, of `/api/resources`. */
export function createResourceAdminRoutes({ pool, accounts }: ResourceAdminServices): Hono<AuthenticatedEnv> {
  const routes = new Hono<AuthenticatedEnv>()
  const guards = [authenticate(accounts), requireAdmin({ pool })] as const

  routes.post('/', operations.create, ...guards, validated('json', resourceInputSchema), async c => {
    const input = c.req.valid('json')
    const sourceKey = input.contentUrl ? new URL(input.contentUrl).href : `admin:${uuidv7()}`
    const resource = toWritten(stableId(sourceKey), input)
    const row = await inTransaction(pool, async db => {
      if (!(await insertResource(db, resource, sourceKey)))
        throw new CodedError('already-exists', `It has the id ${resource.id}.`)
      const detail = { title: resource.title }
      return changed(db, { adminId: c.var.person.id, verb: 'create', id: resource.id, detail })
    })
    return c.json(toAnswer(row), 201)
  })

  routes.put(
    '/:id',
    operations.change,
    ...guards,
    validated('param', resourceIdParamSchema),
    validated('json', resourceChangeSchema),
    async c => {
      const { id } = c.req.valid('param')
      const { status, ...input } = c.req.valid('json')
      const row = await inTransaction(pool, async db => {
        const before = await existing(db, id)
        await updateResource(db, toWritten(before.id, input), status ?? before.status)
        const detail = differences(before, { ...input, status: status ?? before.status })
        return changed(db, { adminId: c.var.person.id, verb: 'change', id: before.id, detail })
      })
      return c.json(toAnswer(row))
    },
  )

  routes.delete('/:id', operations.archive, ...guards, validated('param', resourceIdParamSchema), async c => {
    await inTransaction(pool, async db => {
      const { id, title } = await existing(db, c.req.valid('param').id)
      await archiveResource(db, id)
      return changed(db, { adminId: c.var.person.id, verb: 'archive', id, detail: { title } })
    })
    return c.body(null, 204)
  })
  return routes
}

async function existing(db: Db, id: string): Promise<KeptResourceRow> {
  const row = await lockResource(db, id)
  if (!row) throw new CodedError('not-found')
  return row
}

/** Records what was done, has it published, and gives what is there now. */
async function changed(
  db: Db,
  {
    adminId,
    verb,
    id,
    detail,
  }: {
    readonly adminId: string
    readonly verb: 'create' | 'change' | 'archive'
    readonly id: string
    readonly detail: Readonly<Record<string, unknown>>
  },
): Promise<KeptResourceRow> {
  await bumpRevision(db, 'resources')
  await recordAdminAction(db, { adminId, action: `resource-${verb}`, subject: `resource/${id}`, detail })
  return existing(db, id)
}

/** What was and what is, of the fields that differ. */
function differences(before: KeptResourceRow, after: Readonly<Record<string, unknown>>) {
  const earlier = before as unknown as Readonly<Record<string, unknown>>
  return Object.fromEntries(
    Object.entries(after).flatMap(([field, value]) =>
      JSON.stringify(earlier[field]) === JSON.stringify(value)
        ? []
        : [[field, { from: earlier[field] ?? null, to: value }]],
    ),
  )
}

function toWritten(id: string, input: ResourceInput): WrittenResource {
  return { ...input, id, videoId: input.contentUrl ? youTubeId(input.contentUrl) : null }
}

/** With counts as everybody sees them: those of few people would tell of them, to admins too. */
function toAnswer({ status, origin, ...row }: KeptResourceRow): AdminResource {
  return { resource: toResource(row), status, origin }
}
