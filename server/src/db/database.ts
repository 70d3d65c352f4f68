// Connections to Postgres and transactions on them.
import pg from 'pg'

/** Runs queries: the pool, or one client inside a transaction of the caller's. */
export type Db = Pick<pg.ClientBase, 'query'>

/** A pool of connections. */
export type Pool = pg.Pool

/** With them a Postgres that vanishes without a word is missed: TCP alone would wait for a quarter of an hour. */
export interface PoolTimeouts {
  /** For a connection, one that others have to give back first included. */
  readonly connectionMs?: number
  /** For a query. */
  readonly queryMs?: number
}

/**
 * Opens a pool. Idle connections that break are dropped quietly: the next query opens another.
 *
 * @param timeouts how long things may take; without them they may take for ever
 */
export function createPool(connectionString: string, max = 10, timeouts: PoolTimeouts = {}): Pool {
  const pool = new pg.Pool({
    connectionString,
    max,
    // Opening the first takes longer than most queries: one stays.
    min: 1,
    application_name: 'workforce-democracy',
    keepAlive: true,
    connectionTimeoutMillis: timeouts.connectionMs,
    query_timeout: timeouts.queryMs,
  })
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
