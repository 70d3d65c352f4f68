// Which named writes of a person were done.
import type { Db } from './database.ts'

/** A write that its sender has named. Both are keyed hashes of 32 bytes. */
export interface NamedWrite {
  readonly keyHash: Buffer
  /** Of what was asked for, so that a name is of one write. */
  readonly requestHash: Buffer
}

/**
 * Takes the name of a write within its transaction. Somebody else who takes it at the same moment waits for the end of
 * that, and finds the write `done`, or does it after all.
 */
export async function claimIdempotencyKey(
  db: Db,
  personId: string,
  { keyHash, requestHash }: NamedWrite,
): Promise<'new' | 'done' | 'another'> {
  const { rowCount } = await db.query(
    `insert into idempotency_keys (person_id, key_hash, request_hash) values ($1, $2, $3)
     on conflict (person_id, key_hash) do nothing`,
    [personId, keyHash, requestHash],
  )
  if (rowCount === 1) return 'new'
  const { rows } = await db.query<{ is_same: boolean }>(
    'select request_hash = $3 as is_same from idempotency_keys where person_id = $1 and key_hash = $2',
    [personId, keyHash, requestHash],
  )
  return rows[0]?.is_same ? 'done' : 'another'
}
