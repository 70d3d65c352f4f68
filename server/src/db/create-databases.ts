// The server's own role and its two databases, in a Postgres that is ours alone.
import pg from 'pg'

/** What {@link createDatabases} makes where it is missing. */
export interface CreateDatabasesOptions {
  /** A superuser's connection. */
  readonly adminUrl: string
  /** Owner of the databases. Like the one a host would give us: it may create roles and databases, no more. */
  readonly role: string
  readonly password: string
  readonly databases: readonly string[]
}

/** Makes the role and the databases that are missing. */
export async function createDatabases(options: CreateDatabasesOptions): Promise<void> {
  const client = new pg.Client({ connectionString: options.adminUrl })
  await client.connect()
  try {
    await createRole(client, options.role, options.password)
    for (const database of options.databases) await createDatabase(client, database, options.role)
  } finally {
    await client.end()
  }
}

async function createRole(client: pg.Client, role: string, password: string): Promise<void> {
  const { rowCount } = await client.query('select 1 from pg_roles where rolname = $1', [role])
  if (rowCount) return
  await client.query(
    `create role ${client.escapeIdentifier(role)} login createrole createdb password ${client.escapeLiteral(password)}`,
  )
}

async function createDatabase(client: pg.Client, database: string, owner: string): Promise<void> {
  const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [database])
  if (rowCount) return
  await client.query(
    `create database ${client.escapeIdentifier(database)} owner ${client.escapeIdentifier(owner)}`,
  )
}
