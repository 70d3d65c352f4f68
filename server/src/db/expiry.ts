// What is deleted once it has run out.
import type { Db } from './database.ts'

/** A statement for each table. */
const STATEMENTS = [
  'delete from sessions where revoked_at is not null or expires_at <= now()',
  'delete from mail_tokens where expires_at <= now()',
  "delete from idempotency_keys where created_at < now() - interval '1 day'",
] as const

/** Deletes all that has run out. Each statement stands for itself. */
export async function deleteExpired(db: Db): Promise<void> {
  for (const statement of STATEMENTS) await db.query(statement)
}
