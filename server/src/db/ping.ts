// Whether Postgres answers at all.
import type { Db } from './database.ts'

/** Resolves when Postgres answers. */
export async function ping(db: Db): Promise<void> {
  await db.query('select 1')
}
