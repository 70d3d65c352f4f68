// Queries on behalf of one person: Postgres itself hides everybody else's rows from them.
import { begun, type Db, type Pool } from './database.ts'

/**
 * Runs `work` in one transaction under the role `wd_http`, for which only rows of this person are there: what is about
 * another one is not found, and not written (SPEC O4).
 *
 * @example
 * const devices = await asPerson(pool, personId, db => listDevices(db, personId, now))
 */
export function asPerson<T>(pool: Pool, personId: string, work: (db: Db) => Promise<T>): Promise<T> {
  return begun(
    pool,
    // One round trip; both end with the transaction.
    client =>
      `begin; set local role wd_http; select set_config('app.person_id', ${client.escapeLiteral(personId)}, true)`,
    work,
  )
}
