// Finds what other servers have changed, whether it was announced or not, and says what they have to know of this one.
import type { Logger } from 'pino'
import type { Pool } from '../db/database.ts'
import { leaseForStock } from '../db/document-moves.ts'
import { listChanges } from '../db/documents.ts'
import { sqlState } from '../db/error-codes.ts'
import type { KeyDestructions } from '../documents/key-destructions.ts'
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

/** Looks every two seconds which data keys were destroyed, or are still to be. */
export function watchDestructions(services: { destructions: KeyDestructions; logger: Logger }): Repetition {
  const { destructions, logger } = services
  return repeatEvery(
    CHECK_MS,
    () => destructions.look(),
    error => logger.warn({ sqlState: sqlState(error) }, 'destroyed keys could not be looked up'),
  )
}

/** A lease holds a minute: one renewal may fail. */
const RENEW_MS = 25_000
const MAX_AT_ONCE = 500

/** Says again and again where stock clients are connected, so that no server starts a new generation there. */
export function watchStock(services: { pool: Pool; rooms: Rooms; logger: Logger }): Repetition {
  const { pool, rooms, logger } = services
  return repeatEvery(
    RENEW_MS,
    async () => {
      const seen = [...rooms.withStock()]
      while (seen.length > 0) await leaseForStock(pool, seen.splice(0, MAX_AT_ONCE))
    },
    error => logger.warn({ sqlState: sqlState(error) }, 'stock clients could not be announced'),
  )
}
