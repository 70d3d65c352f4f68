// Connections to Postgres and transactions on them.
import pg from 'pg'

/** Runs queries: the pool, or one client inside a transaction of the caller's. */
export type Db = Pick<pg.ClientBase, 'query'>

/** A pool of connections. */
export type Pool = pg.Pool

/** Opens a pool. Idle connections that break are dropped quietly: the next query opens another. */
export function createPool(connectionString: string, max = 10): Pool {
  const pool = new pg.Pool({ connectionString, max, application_name: 'workforce-democracy' })
  pool.on('error', () => undefined)
  // One that breaks while it is in use tells its query; the event of its own would end the process.
  pool.on('connect', client => client.on('error', () => undefined))
  return pool
}

/** Runs `work` in one transaction: committed when it returns, rolled back when it throws. */
export async function inTransaction<T>(pool: Pool, work: (db: Db) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query('begin')
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch((cause: Error) => {
      broken = cause
    })
    throw error
  } finally {
    client.release(broken)
  }
}

/** Runs queries that all see one state of the database, and change nothing. */
export function inSnapshot<T>(pool: Pool, read: (db: Db) => Promise<T>): Promise<T> {
  return inTransaction(pool, async db => {
    await db.query('set transaction isolation level repeatable read, read only')
    return read(db)
  })
}
