// Connections to Postgres and transactions on them.
import pg from 'pg'

/** Runs queries: the pool, or one client inside a transaction of the caller's. */
export type Db = Pick<pg.ClientBase, 'query'>

/** A pool of connections. */
export type Pool = pg.Pool

/** How a pool connects. */
export interface PoolOptions {
  /** Connections at most. */
  readonly max?: number
  /** Whether statements are prepared once and found again by name: not through a pooler in transaction mode. */
  readonly prepares?: boolean
  /** How long a connection may take, one that others have to give back first included. */
  readonly connectionMs?: number
  /** How long a query may take. */
  readonly queryMs?: number
}

/** For whatever is read: when everybody comes back at once, connections wait long for their turn. */
export const READ_TIMEOUTS = { connectionMs: 30_000, queryMs: 10_000 }

/**
 * Opens a pool. Idle connections that break are dropped quietly: the next query opens another.
 *
 * Without time limits things may take for ever: a Postgres that vanishes without a word would be missed only when TCP
 * gives up, after a quarter of an hour.
 */
export function createPool(
  connectionString: string,
  { max = 10, prepares = true, connectionMs, queryMs }: PoolOptions = {},
): Pool {
  const pool = new pg.Pool({
    connectionString,
    max,
    // Opening the first takes longer than most queries: one stays.
    min: 1,
    application_name: 'workforce-democracy',
    keepAlive: true,
    connectionTimeoutMillis: connectionMs,
    query_timeout: queryMs,
    Client: prepares ? pg.Client : UnpreparedClient,
  })
  pool.on('error', () => undefined)
  // One that breaks while it is in use tells its query; the event of its own would end the process.
  pool.on('connect', client => client.on('error', () => undefined))
  return pool
}

/** Sends every statement whole: the next one may reach another connection behind the pooler. */
class UnpreparedClient extends pg.Client {
  // biome-ignore lint/suspicious/noExplicitAny: the driver's eight overloads, passed on as they are
  override query(statement: any, ...rest: any[]): any {
    const isNamed = typeof statement === 'object' && 'text' in statement && 'name' in statement
    return super.query(isNamed ? { ...statement, name: undefined } : statement, ...rest)
  }
}

/** Runs `work` in one transaction: committed when it returns, rolled back when it throws. */
export function inTransaction<T>(pool: Pool, work: (db: Db) => Promise<T>): Promise<T> {
  return begun(pool, () => 'begin', work)
}

/** The same with a beginning of the caller's, which names nothing that it has not escaped. */
export async function begun<T>(
  pool: Pool,
  beginning: (client: pg.ClientBase) => string,
  work: (db: Db) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query(beginning(client))
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
