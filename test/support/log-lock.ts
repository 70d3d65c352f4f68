// A Postgres that takes no updates.
import pg from 'pg'

/** Keeps Postgres from taking updates, while they can be read. */
export async function lockLog(databaseUrl: string): Promise<{ release(): Promise<void> } & AsyncDisposable> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query('begin')
  await client.query('lock table document_updates in share mode')
  const release = () => client.end()
  return { release, [Symbol.asyncDispose]: release }
}
