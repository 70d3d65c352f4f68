// The end of an account: every row of a person, and the list of those that are gone.
import type { KeyScope } from './data-keys.ts'
import type { Db } from './database.ts'

/** Tables of a person that name no foreign key to `users`; those that do go with it. */
const WITHOUT_FOREIGN_KEY = ['document_updates', 'document_snapshots'] as const

/** Locks an account and its documents until the transaction ends; returns whether the account is still there. */
export async function lockPerson(db: Db, personId: string): Promise<boolean> {
  const { rowCount } = await db.query('select from users where id = $1 for update', [personId])
  // In the order of every commit.
  await db.query('select from documents where person_id = $1 order by person_id, document for update', [
    personId,
  ])
  return rowCount === 1
}

/**
 * Deletes every row of a person that {@link lockPerson} has locked. Other people's rows stay; none of them names who
 * submitted it yet.
 *
 * @returns the data keys of the documents that there were
 */
export async function deletePerson(db: Db, personId: string): Promise<readonly KeyScope[]> {
  // Whoever waits to append finds no document after this.
  const { rows } = await db.query<KeyScope>(
    `delete from documents where person_id = $1 returning person_id as "personId", document, generation`,
    [personId],
  )
  for (const table of WITHOUT_FOREIGN_KEY)
    await db.query(`delete from ${table} where person_id = $1`, [personId])
  await db.query('delete from users where id = $1', [personId])
  return rows
}

/** Puts an account on the list. */
export async function insertErasedAccount(db: Db, idHash: Buffer, erasedOn: string): Promise<void> {
  await db.query(
    'insert into erased_accounts (id_hash, erased_on) values ($1, $2) on conflict (id_hash) do nothing',
    [idHash, erasedOn],
  )
}

/** Whether an account is on it. */
export async function isErased(db: Db, idHash: Buffer): Promise<boolean> {
  const { rowCount } = await db.query('select from erased_accounts where id_hash = $1', [idHash])
  return rowCount === 1
}
