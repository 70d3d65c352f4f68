// What admins have done, for admins.
import {
  type AuditLogEntry,
  auditLogEntrySchema,
  auditLogQuerySchema,
  type Page,
} from '@workforce-democracy/shared'
import { Hono } from 'hono'
import { listAuditLog } from '../db/admin-audit.ts'
import type { Db } from '../db/database.ts'
import { pageOf } from './answer-schemas.ts'
import type { AuthenticatedEnv } from './authenticate.ts'
import { documented } from './documented.ts'
import { EXAMPLE_PERSON_ID } from './examples.ts'
import { validated } from './validate.ts'

const EXAMPLE_ENTRY: AuditLogEntry = {
  id: '01985a3c-0000-7000-8000-0000000000f1',
  recordedAt: '2026-03-01T12:00:00.000Z',
  adminId: EXAMPLE_PERSON_ID,
  action: 'resource-archive',
  subject: 'resource/01985a3c-0000-7000-8000-0000000000e1',
  detail: { title: 'How a Made-up Co-operative Works' },
}

/** `GET /audit-log` */
export function createAdminRoutes({ pool }: { readonly pool: Db }): Hono<AuthenticatedEnv> {
  const routes = new Hono<AuthenticatedEnv>()
  const operation = documented({
    summary: 'List what admins have done, the latest first',
    who: 'admin',
    answer: { schema: pageOf(auditLogEntrySchema), example: { items: [EXAMPLE_ENTRY], nextCursor: null } },
    example: { query: { limit: 50 } },
  })
  routes.get('/audit-log', operation, validated('query', auditLogQuerySchema), async c => {
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
