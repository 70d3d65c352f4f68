// Lets admins pass, and nobody else.
import { CodedError } from '@workforce-democracy/shared'
import { createMiddleware } from 'hono/factory'
import { isAdmin } from '../db/admins.ts'
import type { Db } from '../db/database.ts'
import type { AuthenticatedEnv } from './authenticate.ts'

/**
 * Lets a request pass whose person is an admin now: the database is asked each time, so that a role taken away counts at
 * once. Stands behind `authenticate`. Any other request is answered `forbidden` (SPEC O1).
 *
 * @example
 * routes.post('/', authenticate(accounts), requireAdmin({ pool }), validated('json', schema), handler)
 */
export const requireAdmin = ({ pool }: { readonly pool: Db }) =>
  createMiddleware<AuthenticatedEnv>(async (c, next) => {
    if (!(await isAdmin(pool, c.var.person.id)))
      throw new CodedError('forbidden', 'Only an admin may do this.')
    await next()
  })
