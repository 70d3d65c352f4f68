// What the key store holds under which key of the keyring, and its keys one portion at a time, to be wrapped anew.
import type { DataKeyRow, KeyScope } from './data-keys.ts'
import type { Db } from './database.ts'
import type { ServerKeyRow } from './server-keys.ts'

/** How many keys one key of the keyring wraps. */
export interface WrappedCount {
  readonly keyringId: string
  readonly dataKeys: number
  readonly serverKeys: number
}

/** Those keys of the keyring that wrap anything: some index look-ups, however many keys there are. */
export async function listKeyringIds(db: Db): Promise<readonly string[]> {
  const { rows } = await db.query<{ keyringId: string }>(
    `with recursive used (keyring_id) as (
       select min(keyring_id) from data_keys where keyring_id is not null
       union all
       select (select min(k.keyring_id) from data_keys k where k.keyring_id > used.keyring_id)
       from used where used.keyring_id is not null
     )
     select keyring_id as "keyringId" from used where keyring_id is not null
     union select keyring_id from server_keys
     order by 1`,
  )
  return rows.map(({ keyringId }) => keyringId)
}

/** How many keys each key of the keyring wraps. */
export async function countWrapped(db: Db): Promise<readonly WrappedCount[]> {
  const { rows } = await db.query<WrappedCount>(
    `select keyring_id as "keyringId", sum(data_keys)::int as "dataKeys", sum(server_keys)::int as "serverKeys"
     from (
       select keyring_id, count(*) as data_keys, 0 as server_keys from data_keys
       where keyring_id is not null group by keyring_id
       union all
       select keyring_id, 0, count(*) from server_keys group by keyring_id
     ) counts
     group by keyring_id order by keyring_id`,
  )
  return rows
}

/**
 * Locks the next data keys under any of `keyringIds`, in order. A row that somebody else holds is passed over: who waits
 * for nobody never stands in a circle of waiting.
 */
export async function lockDataKeys(
  db: Db,
  { keyringIds, after, limit }: { keyringIds: readonly string[]; after: KeyScope | undefined; limit: number },
): Promise<readonly DataKeyRow[]> {
  const { rows } = await db.query<DataKeyRow>(
    `select person_id as "personId", document, generation, keyring_id as "keyringId", wrapped from data_keys
     where keyring_id = any($1)
       and ($2::uuid is null or (person_id, document, generation) > ($2, $3, $4))
     order by person_id, document, generation
     limit $5
     for update skip locked`,
    [keyringIds, after?.personId, after?.document, after?.generation, limit],
  )
  return rows
}

/** The same for one that others hold: waits until they let go of it. `undefined` when there is none left. */
export async function awaitDataKey(
  db: Db,
  { keyringIds, after }: { keyringIds: readonly string[]; after: KeyScope | undefined },
): Promise<{ readonly scope: KeyScope; readonly row: DataKeyRow | undefined } | undefined> {
  const { rows } = await db.query<KeyScope>(
    `select person_id as "personId", document, generation from data_keys
     where keyring_id = any($1)
       and ($2::uuid is null or (person_id, document, generation) > ($2, $3, $4))
     order by person_id, document, generation
     limit 1`,
    [keyringIds, after?.personId, after?.document, after?.generation],
  )
  const [scope] = rows
  if (!scope) return undefined
  const locked = await db.query<DataKeyRow>(
    `select person_id as "personId", document, generation, keyring_id as "keyringId", wrapped from data_keys
     where person_id = $1 and document = $2 and generation = $3 and keyring_id = any($4)
     for update`,
    [scope.personId, scope.document, scope.generation, keyringIds],
  )
  return { scope, row: locked.rows[0] }
}

/** Replaces how data keys that this transaction has locked are wrapped; one that was destroyed stays destroyed. */
export async function replaceWrapped(db: Db, keys: readonly DataKeyRow[]): Promise<void> {
  await db.query(
    `update data_keys d set keyring_id = k.keyring_id, wrapped = k.wrapped
     from unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::bytea[])
       as k (person_id, document, generation, keyring_id, wrapped)
     where d.person_id = k.person_id and d.document = k.document and d.generation = k.generation
       and d.wrapped is not null`,
    [
      keys.map(key => key.personId),
      keys.map(key => key.document),
      keys.map(key => key.generation),
      keys.map(key => key.keyringId),
      keys.map(key => key.wrapped),
    ],
  )
}

/** Replaces how a key of the server is wrapped, unless somebody else has done so since it was read. */
export async function replaceWrappedServerKey(
  db: Db,
  before: ServerKeyRow,
  after: ServerKeyRow,
): Promise<void> {
  await db.query(`update server_keys set keyring_id = $3, wrapped = $4 where name = $1 and keyring_id = $2`, [
    before.name,
    before.keyringId,
    after.keyringId,
    after.wrapped,
  ])
}
