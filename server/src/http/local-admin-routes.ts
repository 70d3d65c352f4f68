// Moderation of places: what people submit is shown once an admin has approved it.
import {
  CodedError,
  type LocalChange,
  type LocalSubmission,
  localAdminQuerySchema,
  localChangeSchema,
  localIdParamSchema,
  type Page,
} from '@workforce-democracy/shared'
import { Hono } from 'hono'
import { toSubmission } from '../catalog/local-view.ts'
import { recordAdminAction } from '../db/admin-audit.ts'
import { inTransaction, type Pool } from '../db/database.ts'
import { bumpRevision } from '../db/imports.ts'
import {
  type LocalResourceRow,
  listLocalByStatus,
  lockLocalResource,
  updateLocalResource,
} from '../db/local-resources.ts'
import * as answers from './answer-schemas.ts'
import type { AuthenticatedEnv } from './authenticate.ts'
import { documented } from './documented.ts'
import { EXAMPLE_LOCAL } from './examples.ts'
import { validated } from './validate.ts'

const EXAMPLE_ANSWER: LocalSubmission = { resource: EXAMPLE_LOCAL, status: 'pending', reason: null }

const operations = {
  list: documented({
    summary: 'List places that wait, or that were approved or rejected, by id',
    who: 'admin',
    answer: {
      schema: answers.pageOf(answers.localSubmissionSchema),
      example: { items: [EXAMPLE_ANSWER], nextCursor: null },
    },
    example: { query: { status: 'pending', limit: 20 } },
  }),
  change: documented({
    summary: 'Approve, reject or edit a place',
    description: 'What is left out stays. Rejecting takes a reason, which who submitted it gets to read.',
    who: 'admin',
    answer: { schema: answers.localSubmissionSchema, example: { ...EXAMPLE_ANSWER, status: 'approved' } },
    codes: ['not-found'],
    example: { params: { id: EXAMPLE_LOCAL.id }, body: { status: 'approved', verified: true } },
  }),
}

/** `GET /local-resources` and `PUT /local-resources/:id`, of `/api/admin`. */
export function createLocalAdminRoutes({ pool }: { readonly pool: Pool }): Hono<AuthenticatedEnv> {
  const routes = new Hono<AuthenticatedEnv>()

  routes.get('/local-resources', operations.list, validated('query', localAdminQuerySchema), async c => {
    const { status, cursor, limit } = c.req.valid('query')
    const rows = await listLocalByStatus(pool, { status, after: cursor, limit: limit + 1 })
    const items = rows.slice(0, limit).map(toSubmission)
    const page: Page<LocalSubmission> = {
      items,
      nextCursor: rows.length > limit ? (items.at(-1)?.resource.id ?? null) : null,
    }
    return c.json(page)
  })

  routes.put(
    '/local-resources/:id',
    operations.change,
    validated('param', localIdParamSchema),
    validated('json', localChangeSchema),
    async c => {
      const { id } = c.req.valid('param')
      const change = c.req.valid('json')
      const after = await inTransaction(pool, async db => {
        const before = await lockLocalResource(db, id)
        if (!before) throw new CodedError('not-found')
        const changed = applied(before, change)
        await updateLocalResource(db, changed, changed)
        await bumpRevision(db, 'local')
        // What was submitted may speak of people: the log has what was decided, not the words.
        const fields = Object.keys(change).filter(field => field !== 'status' && field !== 'reason')
        const detail = { from: before.status, to: changed.status, fields }
        await recordAdminAction(db, {
          ...{ adminId: c.var.person.id, action: 'local-change', subject: `local/${id}`, detail },
        })
        return changed
      })
      return c.json(toSubmission(after))
    },
  )
  return routes
}

/** @throws CodedError `invalid-input` where one coordinate would be left without the other */
function applied(before: LocalResourceRow, { status, reason, ...fields }: LocalChange): LocalResourceRow {
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
  const changed = {
    ...before,
    ...(given as Partial<LocalResourceRow>),
    status: status ?? before.status,
    reason: status === undefined ? before.reason : (reason ?? null),
  }
  if ((changed.latitude === null) !== (changed.longitude === null))
    throw new CodedError('invalid-input', 'A point has a latitude and a longitude.')
  return changed
}
