// What admins have done, and what imports have come to, for admins.
import {
  type AuditLogEntry,
  auditLogEntrySchema,
  auditLogQuerySchema,
  type ImportRun,
  importRunSchema,
  type Page,
} from '@workforce-democracy/shared'
import { Hono } from 'hono'
import { listAuditLog } from '../db/admin-audit.ts'
import type { Db } from '../db/database.ts'
import { listRuns } from '../db/import-runs.ts'
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

const EXAMPLE_RUN: ImportRun = {
  id: '01985a3c-0000-7000-8000-0000000000f2',
  kind: 'districts',
  fileName: 'zip-districts.csv.gz',
  startedAt: '2026-03-01T12:00:00.000Z',
  updatedAt: '2026-03-01T12:00:02.000Z',
  finishedAt: '2026-03-01T12:00:02.000Z',
  sizeBytes: 101189,
  bytesRead: 101189,
  entriesRead: 42034,
  added: 42032,
  updated: 0,
  unchanged: 0,
  rejected: 1,
  skipped: { 'listed twice': 1 },
  rejectedLines: ['line 7: zcta: Invalid string: must match pattern'],
  damage: null,
}

/** `GET /audit-log` and `/imports` */
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
  const imports = documented({
    summary: 'List the last 100 imports: how far each is, and which entries it has left out',
    who: 'admin',
    answer: { schema: pageOf(importRunSchema), example: { items: [EXAMPLE_RUN], nextCursor: null } },
  })
  routes.get('/imports', imports, async c => {
    const items = (await listRuns(pool)).map(
      ({ startedAt, updatedAt, finishedAt, ...run }): ImportRun => ({
        ...run,
        startedAt: startedAt.toISOString(),
        updatedAt: updatedAt.toISOString(),
        finishedAt: finishedAt?.toISOString() ?? null,
        skipped: { ...run.skipped },
        rejectedLines: [...run.rejectedLines],
      }),
    )
    const page: Page<ImportRun> = { items, nextCursor: null }
    c.header('Cache-Control', 'private, no-store')
    return c.json(page)
  })
  return routes
}
