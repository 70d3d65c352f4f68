// Every row about a person, of whatever table: read from the catalog of the database, so that no table is forgotten.
import { escapeIdentifier } from 'pg'
import type { Db } from './database.ts'

/** A table with a column that names a person. */
export interface PersonTable {
  readonly table: string
  readonly column: string
}

/** A row as the driver gives it: bytes as `Buffer`, times as `Date`. */
export type StoredRow = Readonly<Record<string, unknown>>

/** The columns that name a person. */
const PERSON_COLUMNS = ['person_id', 'user_id', 'admin_id']
/** Where the person's id is the row's own. */
const ACCOUNTS = 'users'

/** The tables with rows about people. */
export async function listPersonTables(db: Db): Promise<readonly PersonTable[]> {
  const { rows } = await db.query<PersonTable>(
    `select c.table_name as table, c.column_name as column
     from information_schema.columns c
     join information_schema.tables t using (table_schema, table_name)
     where table_schema = 'public' and t.table_type = 'BASE TABLE'
       and (c.column_name = any ($1) or (c.table_name = $2 and c.column_name = 'id'))
     order by c.table_name`,
    [PERSON_COLUMNS, ACCOUNTS],
  )
  return rows
}

/** Rows about a person, all columns of them: this is the one place that has to show each. */
export async function listRowsOf(
  db: Db,
  { table, column }: PersonTable,
  personId: string,
): Promise<readonly StoredRow[]> {
  const { rows } = await db.query<StoredRow>(
    `select * from ${escapeIdentifier(table)} where ${escapeIdentifier(column)} = $1`,
    [personId],
  )
  return rows
}
