// Shapes of /api/admin.
import * as z from 'zod/mini'
import { listQuerySchema } from './lists.ts'

/** Query of `GET /api/admin/audit-log` → `Page<AuditLogEntry>`, the latest first. */
export const auditLogQuerySchema = z.extend(listQuerySchema, { cursor: z.optional(z.uuid()) })

/** Something that an admin has done. */
export const auditLogEntrySchema = z.object({
  id: z.uuid(),
  recordedAt: z.iso.datetime(),
  /** Account of the admin; `null` once it is deleted. */
  adminId: z.nullable(z.uuid()),
  /** Such as `resource-archive`. */
  action: z.string(),
  /** Such as `resource/<id>`. */
  subject: z.string(),
  detail: z.nullable(z.record(z.string(), z.unknown())),
})
export type AuditLogEntry = z.infer<typeof auditLogEntrySchema>
