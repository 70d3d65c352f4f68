// Rows of mails that are to be sent.
import type { Db } from './database.ts'

/** A mail as stored. */
export interface MailRow {
  /** `null`: the mail has a data key of its own. */
  readonly personId: string | null
  /** Encrypted. */
  readonly data: Buffer
  /** How often it was tried, this time included. */
  readonly attempts: number
  readonly ageMs: number
}

/** Adds a mail. */
export async function insertMail(
  db: Db,
  mail: { readonly id: string; readonly data: Buffer } & Pick<MailRow, 'personId'>,
): Promise<void> {
  await db.query(`insert into mail_outbox (id, person_id, data) values ($1, $2, $3)`, [
    mail.id,
    mail.personId,
    mail.data,
  ])
}

/** A mail to send, if it is there and due; it is nobody else's for so long. */
export async function claimMail(db: Db, id: string, claimMs: number): Promise<MailRow | undefined> {
  const { rows } = await db.query<MailRow>(
    `update mail_outbox
     set attempts = attempts + 1, due_at = now() + $2::float8 * interval '1 millisecond'
     where id = $1 and due_at <= now()
     returning person_id as "personId", data, attempts,
       (extract(epoch from now() - created_at) * 1000)::float8 as "ageMs"`,
    [id, claimMs],
  )
  return rows[0]
}

/** Has a mail wait for its next try. */
export async function postponeMail(db: Db, id: string, delayMs: number): Promise<void> {
  await db.query(
    `update mail_outbox set due_at = now() + $2::float8 * interval '1 millisecond' where id = $1`,
    [id, delayMs],
  )
}

/** Deletes a mail. */
export async function deleteMail(db: Db, id: string): Promise<void> {
  await db.query(`delete from mail_outbox where id = $1`, [id])
}

/** Mails that should have been taken up so long ago. */
export async function listDueMails(db: Db, lateMs: number, limit: number): Promise<readonly string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select id from mail_outbox where due_at < now() - $1::float8 * interval '1 millisecond'
     order by due_at limit $2`,
    [lateMs, limit],
  )
  return rows.map(({ id }) => id)
}
