// What admins have done, for admins.
import { type AuditLogEntry, auditLogQuerySchema, type Page } from '@workforce-democracy/shared'
import { Hono } from 'hono'
import { listAuditLog } from '../db/admin-audit.ts'
import type { Db } from '../db/database.ts'
import type { AuthenticatedEnv } from './authenticate.ts'
import { validated } from './validate.ts'

/** `GET /audit-log` */
export function createAdminRoutes({ pool }: { readonly pool: Db }): Hono<AuthenticatedEnv> {
  const routes = new Hono<AuthenticatedEnv>()
  routes.get('/audit-log', validated('query', auditLogQuerySchema), async c => {
    const { limit, cursor } = c.req.valid('query')
    const rows = await listAuditLog(pool, { limit: limit + 1, before: cursor })
    const items = rows
      .slice(0, limit)
      .map((row): AuditLogEntry => ({ ...row, recordedAt: row.recordedAt.toISOString() }))
    const page: Page<AuditLogEntry> = {
      items,
      nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null,
    }
    c.header('Cache-Control', 'private, no-store')
    return c.json(page)
  })
  return routes
}
