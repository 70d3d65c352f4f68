// Rows of admins: the accounts that have the role.
import type { Db } from './database.ts'

/** An account with the role. */
export interface AdminRow {
  readonly personId: string
  /** Encrypted, as in the account's own row. */
  readonly account: Buffer
  /** ISO 8601 date. */
  readonly grantedOn: string
}

/** Whether an account has the role now. */
export async function isAdmin(db: Db, personId: string): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'is-admin',
    text: `select from admins where person_id = $1`,
    values: [personId],
  })
  return rowCount === 1
}

/** Gives an account the role; returns whether it had not. */
export async function insertAdmin(db: Db, personId: string, grantedOn: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `insert into admins (person_id, granted_on) values ($1, $2) on conflict (person_id) do nothing`,
    [personId, grantedOn],
  )
  return rowCount === 1
}

/** Takes the role away; waits for actions that are under way. */
export async function deleteAdmin(db: Db, personId: string): Promise<void> {
  await db.query(`delete from admins where person_id = $1`, [personId])
}

/** Every account with the role, who had it first first. */
export async function listAdmins(db: Db): Promise<readonly AdminRow[]> {
  const { rows } = await db.query<AdminRow>(
    `select a.person_id as "personId", u.account, a.granted_on::text as "grantedOn"
     from admins a join users u on u.id = a.person_id
     order by a.granted_on, a.person_id`,
  )
  return rows
}
