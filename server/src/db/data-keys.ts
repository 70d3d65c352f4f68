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

/** For how long it is known that a document's key was destroyed: no server goes on that long with an old generation. */
const REMEMBERED = '1 hour'

const columns = (scopes: readonly KeyScope[]) => [
  scopes.map(scope => scope.personId),
  scopes.map(scope => scope.document),
  scopes.map(scope => scope.generation),
]

/** Those of the keys that exist, in any order. */
export async function findDataKeys(db: Db, scopes: readonly KeyScope[]): Promise<readonly DataKeyRow[]> {
  const { rows } = await db.query<DataKeyRow>({
    name: 'find-data-keys',
    text: `select person_id as "personId", document, generation, keyring_id as "keyringId", wrapped
           from data_keys
           join unnest($1::uuid[], $2::text[], $3::int[]) as s (person_id, document, generation)
             using (person_id, document, generation)
           where wrapped is not null`,
    values: columns(scopes),
  })
  return rows
}

/** Which keys of a person exist. */
export async function listDataKeys(db: Db, personId: string): Promise<readonly KeyScope[]> {
  const { rows } = await db.query<KeyScope>(
    `select person_id as "personId", document, generation from data_keys
     where person_id = $1 and wrapped is not null`,
    [personId],
  )
  return rows
}

/** Adds keys; where one exists or was destroyed it stays so. In one order, so that two servers never deadlock. */
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

/**
 * Destroys keys; what they sealed can never be opened again. The name of a document's key stays for an hour, so that who
 * is about to add it does not; an account's is random and never comes back.
 */
export async function destroyDataKeys(db: Db, scopes: readonly KeyScope[]): Promise<void> {
  await db.query(
    `with scopes as (
       select distinct * from unnest($1::uuid[], $2::text[], $3::int[]) as s (person_id, document, generation)
     ), deleted as (
       delete from data_keys k using scopes s
       where s.generation = 0
         and k.person_id = s.person_id and k.document = s.document and k.generation = s.generation
     )
     insert into data_keys (person_id, document, generation, keyring_id, wrapped, destroyed_at)
     select person_id, document, generation, null, null, now() from scopes
     where generation > 0
     order by person_id, document, generation
     on conflict (person_id, document, generation)
     do update set keyring_id = null, wrapped = null,
       destroyed_at = coalesce(data_keys.destroyed_at, excluded.destroyed_at)`,
    columns(scopes),
  )
}

/** Forgets the names of keys that were destroyed long ago. */
export async function forgetDestroyedKeys(db: Db): Promise<void> {
  await db.query(`delete from data_keys where destroyed_at < now() - $1::interval`, [REMEMBERED])
}
