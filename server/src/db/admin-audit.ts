// The log of all that admins do. It is only ever added to.
import { CodedError } from '@workforce-democracy/shared'
import { uuidv7 } from 'uuidv7'
import type { Db } from './database.ts'

/** Something that an admin does. */
export interface AdminAction {
  /** The admin's account; for `role-grant` and `role-revoke`, which the command line does, the one that it is about. */
  readonly adminId: string
  /** What is done, a noun and a verb in kebab-case, such as `resource-archive`. */
  readonly action: string
  /** What it is done to, such as `resource/<id>`; never a person. */
  readonly subject: string
  /** What changed, as JSON. Nothing about people. */
  readonly detail?: Readonly<Record<string, unknown>>
}

/** An entry of the log. */
export interface AuditLogRow {
  /** UUIDv7: later ones are greater. */
  readonly id: string
  readonly recordedAt: Date
  /** `null` once the account is deleted. */
  readonly adminId: string | null
  readonly action: string
  readonly subject: string
  readonly detail: Readonly<Record<string, unknown>> | null
}

/**
 * Records an action, in the transaction that does it (SPEC O2). The role is held until that ends: who has lost it
 * meanwhile does nothing.
 *
 * @throws CodedError `forbidden` when the account has no role
 * @example
 * await inTransaction(pool, async db => {
 *   await archiveResource(db, id)
 *   await recordAdminAction(db, { adminId, action: 'resource-archive', subject: `resource/${id}` })
 * })
 */
export async function recordAdminAction(
  db: Db,
  { adminId, action, subject, detail }: AdminAction,
): Promise<void> {
  const { rowCount } = await db.query(
    `with role as (select person_id from admins where person_id = $2 for key share)
     insert into admin_audit_log (id, admin_id, action, subject, detail)
     select $1::uuid, person_id, $3::text, $4::text, $5::jsonb from role`,
    [uuidv7(), adminId, action, subject, detail ?? null],
  )
  if (rowCount !== 1) throw new CodedError('forbidden', 'Only an admin may do this.')
}

/** Up to `limit` entries older than the one named, the latest first. */
export async function listAuditLog(
  db: Db,
  { limit, before }: { readonly limit: number; readonly before: string | undefined },
): Promise<readonly AuditLogRow[]> {
  const { rows } = await db.query<AuditLogRow>(
    `select id, recorded_at as "recordedAt", admin_id as "adminId", action, subject, detail
     from admin_audit_log
     where $2::uuid is null or id < $2
     order by id desc limit $1`,
    [limit, before ?? null],
  )
  return rows
}
