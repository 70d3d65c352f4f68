// The key store's data keys, wrapped: one per person, document and generation.
import type { Db } from './database.ts'

/** Which data key. Accounts use document `account`, generation 0. */
export interface KeyScope {
  readonly personId: string
  readonly document: string
  readonly generation: number
}

/** A data key as stored. */
export interface DataKeyRow extends KeyScope {
  readonly keyringId: string
  readonly wrapped: Buffer
}

const columns = (scopes: readonly KeyScope[]) => [
  scopes.map(scope => scope.personId),
  scopes.map(scope => scope.document),
  scopes.map(scope => scope.generation),
]

/** Those of the keys that exist, in any order. */
export async function findDataKeys(db: Db, scopes: readonly KeyScope[]): Promise<readonly DataKeyRow[]> {
  const { rows } = await db.query<DataKeyRow>(
    `select person_id as "personId", document, generation, keyring_id as "keyringId", wrapped
     from data_keys
     join unnest($1::uuid[], $2::text[], $3::int[]) as s (person_id, document, generation)
       using (person_id, document, generation)`,
    columns(scopes),
  )
  return rows
}

/** Adds keys; where one exists already it stays. In one order, so that two servers never deadlock. */
export async function insertDataKeys(db: Db, keys: readonly DataKeyRow[]): Promise<void> {
  await db.query(
    `insert into data_keys (person_id, document, generation, keyring_id, wrapped)
     select person_id, document, generation, keyring_id, wrapped
     from unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::bytea[])
       as k (person_id, document, generation, keyring_id, wrapped)
     order by person_id, document, generation
     on conflict (person_id, document, generation) do nothing`,
    [...columns(keys), keys.map(key => key.keyringId), keys.map(key => key.wrapped)],
  )
}

/** Destroys keys; what they sealed can never be opened again. */
export async function deleteDataKeys(db: Db, scopes: readonly KeyScope[]): Promise<void> {
  await db.query(
    `delete from data_keys k
     using unnest($1::uuid[], $2::text[], $3::int[]) as s (person_id, document, generation)
     where k.person_id = s.person_id and k.document = s.document and k.generation = s.generation`,
    columns(scopes),
  )
}
