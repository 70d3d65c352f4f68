// Finds what other servers have changed, whether it was announced or not.
import type { Logger } from 'pino'
import type { Pool } from '../db/database.ts'
import { listChanges } from '../db/documents.ts'
import { sqlState } from '../db/error-codes.ts'
import { type Repetition, repeatEvery } from './repetition.ts'
import type { Rooms } from './rooms.ts'

/** With the time that a query takes this stays under the five seconds promised (SPEC I2). */
const CHECK_MS = 2_000

/** Looks every two seconds where the documents of all rooms stand, and when asked. */
export function watchChanges(services: { pool: Pool; rooms: Rooms; logger: Logger }): Repetition {
  const { pool, rooms, logger } = services
  return repeatEvery(
    CHECK_MS,
    async () => {
      const seen = [...rooms.standings()]
      if (seen.length === 0) return
      for (const change of await listChanges(pool, seen)) rooms.changed(change)
    },
    error => logger.warn({ sqlState: sqlState(error) }, 'changes could not be looked up'),
  )
}
