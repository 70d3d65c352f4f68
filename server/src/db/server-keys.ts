// The key store's keys of the server itself, wrapped.
import type { Db } from './database.ts'

/** A key of the server as stored. */
export interface ServerKeyRow {
  readonly name: string
  readonly keyringId: string
  readonly wrapped: Buffer
}

/** Every key of the server. */
export async function listServerKeys(db: Db): Promise<readonly ServerKeyRow[]> {
  const { rows } = await db.query<ServerKeyRow>(
    `select name, keyring_id as "keyringId", wrapped from server_keys order by name`,
  )
  return rows
}

/** Adds a key; one of this name that exists already stays. */
export async function insertServerKey(db: Db, key: ServerKeyRow): Promise<void> {
  await db.query(
    `insert into server_keys (name, keyring_id, wrapped) values ($1, $2, $3)
     on conflict (name) do nothing`,
    [key.name, key.keyringId, key.wrapped],
  )
}
