// Learning paths: for everybody, with the person's own progress where they ask for it, and looked after by admins.
import {
  CodedError,
  type LearningPath,
  listQuerySchema,
  type PathAnswer,
  type PathChange,
  type PathProgress,
  pathChangeSchema,
  pathInputSchema,
  pathParamSchema,
  pathProgress,
  prepareCatalog,
  type ResourceCatalog,
  resolvedProgress,
  resolveResource,
} from '@workforce-democracy/shared'
import { Hono } from 'hono'
import type { Accounts } from '../accounts/accounts.ts'
import type { Catalogs } from '../catalog/catalogs.ts'
import { findResource } from '../catalog/resource-search.ts'
import { recordAdminAction } from '../db/admin-audit.ts'
import { type Db, inTransaction, type Pool } from '../db/database.ts'
import { bumpRevision } from '../db/imports.ts'
import { deletePath, insertPath, lockPath, updatePath } from '../db/learning-paths.ts'
import type { OpenState } from '../projection/open-state.ts'
import * as answers from './answer-schemas.ts'
import { type AuthenticatedEnv, authenticate, authenticateIfTold, personIfTold } from './authenticate.ts'
import { documented } from './documented.ts'
import { EXAMPLE_PATH } from './examples.ts'
import { pageOf } from './page.ts'
import { requireAdmin } from './require-admin.ts'
import { validated } from './validate.ts'

interface LearningPathServices {
  readonly pool: Pool
  readonly accounts: Pick<Accounts, 'authenticate'>
  readonly catalogs: Catalogs
  readonly openState: OpenState
}

const { id: _, ...EXAMPLE_CHANGE } = {
  ...EXAMPLE_PATH,
  steps: [
    { resourceId: 'article2', required: true },
    { resourceId: 'video2', required: false },
  ],
}
const EXAMPLE_PROGRESS: PathProgress = {
  completed: 1,
  total: 2,
  requiredCompleted: 0,
  requiredTotal: 1,
  percent: 40,
  nextResourceId: EXAMPLE_PATH.steps[0]?.resourceId ?? null,
  done: false,
}

const operations = {
  list: documented({
    summary: 'List learning paths by id',
    who: 'anyone',
    answer: {
      schema: answers.pageOf(answers.pathSchema),
      example: { items: [EXAMPLE_PATH], nextCursor: null },
    },
    example: { query: { limit: 10 } },
  }),
  one: documented({
    summary: 'Get a learning path',
    description:
      'With a token also how far its person has come: `progress` is null without one, and where that is not open to the server.',
    who: 'anyone',
    answer: {
      schema: answers.pathAnswerSchema,
      example: { path: EXAMPLE_PATH, progress: EXAMPLE_PROGRESS },
    },
    codes: ['unauthorized', 'account-deleted', 'not-found'],
    example: { params: { id: EXAMPLE_PATH.id } },
  }),
  create: documented({
    summary: 'Add a learning path',
    who: 'admin',
    answer: { status: 201, schema: answers.pathSchema, example: EXAMPLE_PATH },
    codes: ['already-exists'],
    example: { body: { ...EXAMPLE_CHANGE, id: 'made-up-path' } },
  }),
  change: documented({
    summary: 'Write over a learning path',
    who: 'admin',
    answer: { schema: answers.pathSchema, example: EXAMPLE_PATH },
    codes: ['not-found'],
    example: { params: { id: EXAMPLE_PATH.id }, body: EXAMPLE_CHANGE },
  }),
  remove: documented({
    summary: 'Delete a learning path; its resources stay',
    who: 'admin',
    answer: { status: 204 },
    codes: ['not-found'],
    example: { params: { id: 'economic-democracy' } },
  }),
}

/** `GET /`, `GET /:id`, `POST /`, `PUT /:id` and `DELETE /:id`. */
export function createLearningPathRoutes({
  pool,
  accounts,
  catalogs,
  openState,
}: LearningPathServices): Hono<AuthenticatedEnv> {
  const routes = new Hono<AuthenticatedEnv>()
  const guards = [authenticate(accounts), requireAdmin({ pool })] as const

  routes.get('/', operations.list, validated('query', listQuerySchema), async c => {
    const { paths } = await catalogs.resources()
    return c.json(pageOf(paths, c.req.valid('query'), ({ id }) => id))
  })

  routes.get(
    '/:id',
    operations.one,
    authenticateIfTold(accounts),
    validated('param', pathParamSchema),
    async c => {
      const catalog = await catalogs.resources()
      const path = catalog.paths.find(({ id }) => id === c.req.valid('param').id)
      if (!path) throw new CodedError('not-found')
      const person = personIfTold(c)
      const progress = person ? await progressAlong(openState, person.id, catalog, path) : null
      const body: PathAnswer = { path, progress }
      return c.json(body)
    },
  )

  routes.post('/', operations.create, ...guards, validated('json', pathInputSchema), async c => {
    const { id, ...input } = c.req.valid('json')
    const path = toPath(id, input, await catalogs.resources())
    await inTransaction(pool, async db => {
      if (!(await insertPath(db, path))) throw new CodedError('already-exists')
      await changed(db, c.var.person.id, 'create', id, { to: path })
    })
    return c.json(path, 201)
  })

  routes.put(
    '/:id',
    operations.change,
    ...guards,
    validated('param', pathParamSchema),
    validated('json', pathChangeSchema),
    async c => {
      const path = toPath(c.req.valid('param').id, c.req.valid('json'), await catalogs.resources())
      await inTransaction(pool, async db => {
        const from = await existing(db, path.id)
        await updatePath(db, path)
        await changed(db, c.var.person.id, 'change', path.id, { from, to: path })
      })
      return c.json(path)
    },
  )

  routes.delete('/:id', operations.remove, ...guards, validated('param', pathParamSchema), async c => {
    const { id } = c.req.valid('param')
    await inTransaction(pool, async db => {
      const from = await existing(db, id)
      await deletePath(db, id)
      await changed(db, c.var.person.id, 'delete', id, { from })
    })
    return c.body(null, 204)
  })
  return routes
}

/** `null` where the person has not opened it. */
async function progressAlong(
  openState: OpenState,
  personId: string,
  catalog: ResourceCatalog,
  path: LearningPath,
): Promise<PathProgress | null> {
  const { progress } = await openState.readAll(personId, ['progress'])
  if (!progress) return null
  const prepared = prepareCatalog(catalog)
  return pathProgress(
    path,
    resolvedProgress(progress, id => resolveResource(prepared, id)),
  )
}

/** @throws CodedError `invalid-input` for a resource that the catalog lacks, or that is there twice */
function toPath(id: string, { steps: given, ...fields }: PathChange, catalog: ResourceCatalog): LearningPath {
  const steps = given.map(({ resourceId, required }, index) => {
    const resource = findResource(catalog, resourceId)
    if (!resource) throw new CodedError('invalid-input', `steps.${index}: the catalog has no such resource.`)
    return { resourceId: resource.id, required }
  })
  if (new Set(steps.map(({ resourceId }) => resourceId)).size < steps.length)
    throw new CodedError('invalid-input', 'A resource is there twice.')
  return { id, ...fields, steps }
}

async function existing(db: Db, id: string): Promise<LearningPath> {
  const path = await lockPath(db, id)
  if (!path) throw new CodedError('not-found')
  return path
}

/** Records what was done, and has it published. */
async function changed(
  db: Db,
  adminId: string,
  verb: 'create' | 'change' | 'delete',
  id: string,
  detail: Readonly<Record<string, LearningPath>>,
): Promise<void> {
  await bumpRevision(db, 'resources')
  await recordAdminAction(db, { adminId, action: `path-${verb}`, subject: `path/${id}`, detail })
}
