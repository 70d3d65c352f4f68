// Shapes of /api/admin.
import * as z from 'zod/mini'
import { listQuerySchema } from './lists.ts'

/** Query of `GET /api/admin/audit-log` → `Page<AuditLogEntry>`, the latest first. */
export const auditLogQuerySchema = z.extend(listQuerySchema, { cursor: z.optional(z.uuid()) })

const count = z.int().check(z.minimum(0))

/** A run of `workforce-democracy import`. */
export const importRunSchema = z.object({
  id: z.uuid(),
  kind: z.string(),
  fileName: z.string(),
  startedAt: z.iso.datetime(),
  /** When it last stored something. */
  updatedAt: z.iso.datetime(),
  /** `null` while it runs, and for ever where it was killed. */
  finishedAt: z.nullable(z.iso.datetime()),
  /** Of the file as it lies on the disk, and how much of that has been read. */
  sizeBytes: count,
  bytesRead: count,
  entriesRead: count,
  added: count,
  updated: count,
  unchanged: count,
  rejected: count,
  /** How many entries were left out on purpose, by reason. */
  skipped: z.record(z.string(), count),
  /** The first 200 of those that were rejected, each with its place and why. */
  rejectedLines: z.array(z.string()),
  /** What is wrong with the file where it could not be read to its end. */
  damage: z.nullable(z.string()),
})
/** Item of `GET /api/admin/imports` → `Page<ImportRun>`: the last 100, the latest first. */
export type ImportRun = z.infer<typeof importRunSchema>

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
