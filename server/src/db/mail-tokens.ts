// Rows of mail tokens: what the link of a mail carries, as a keyed hash.
import type { Db } from './database.ts'

/** What a token is good for. */
export type MailTokenPurpose = 'verify-email' | 'change-email' | 'reset-password'

/** A token as stored. */
export interface MailTokenRow {
  readonly personId: string
  readonly purpose: MailTokenPurpose
  /** The new address, encrypted; only for `change-email`. */
  readonly email: Buffer | null
}

/** Adds a token in the place of the person's earlier ones for this purpose. */
export async function replaceMailToken(
  db: Db,
  token: MailTokenRow & { tokenHash: Buffer; expiresAt: Date },
): Promise<void> {
  await deleteMailTokens(db, token.personId, [token.purpose])
  await db.query(
    `insert into mail_tokens (token_hash, person_id, purpose, email, expires_at) values ($1, $2, $3, $4, $5)`,
    [token.tokenHash, token.personId, token.purpose, token.email, token.expiresAt],
  )
}

/** A token that is good for one of `purposes`. */
export async function findMailToken(
  db: Db,
  tokenHash: Buffer,
  purposes: readonly MailTokenPurpose[],
  now: Date,
): Promise<MailTokenRow | undefined> {
  const { rows } = await db.query<MailTokenRow>(
    `select person_id as "personId", purpose, email from mail_tokens
     where token_hash = $1 and purpose = any ($2) and expires_at > $3`,
    [tokenHash, purposes, now],
  )
  return rows[0]
}

/** Takes a token; returns whether it was still there. */
export async function deleteMailToken(db: Db, tokenHash: Buffer): Promise<boolean> {
  const { rowCount } = await db.query(`delete from mail_tokens where token_hash = $1`, [tokenHash])
  return rowCount === 1
}

/** Forgets a person's tokens for these purposes. */
export async function deleteMailTokens(
  db: Db,
  personId: string,
  purposes: readonly MailTokenPurpose[],
): Promise<void> {
  await db.query(`delete from mail_tokens where person_id = $1 and purpose = any ($2)`, [personId, purposes])
}
