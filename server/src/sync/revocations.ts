// Closes the sockets of account sessions that were ended, wherever that happened.
import type { Logger } from 'pino'
import type { Pool } from '../db/database.ts'
import { sqlState } from '../db/error-codes.ts'
import { findLiveSessions } from '../db/sessions.ts'
import type { Connection } from './connection.ts'
import { repeatEvery } from './repetition.ts'

/** With the time that a query takes this stays under the five seconds promised (SPEC P14). */
const CHECK_MS = 2_000

/** What is looked after. */
export interface RevocationServices {
  readonly pool: Pool
  /** Open sockets whose person is known. */
  readonly connections: () => Iterable<Connection>
  readonly logger: Logger
}

/** Looks every two seconds which account sessions of open sockets are still live. */
export function watchRevocations(services: RevocationServices): AsyncDisposable {
  return repeatEvery(
    CHECK_MS,
    () => closeRevoked(services),
    error => services.logger.warn({ sqlState: sqlState(error) }, 'revocations could not be looked up'),
  )
}

async function closeRevoked({ pool, connections }: RevocationServices): Promise<void> {
  const connectionsBySession = new Map<string, Connection[]>()
  for (const connection of connections()) {
    const others = connectionsBySession.get(connection.accountSessionId)
    if (others) others.push(connection)
    else connectionsBySession.set(connection.accountSessionId, [connection])
  }
  if (connectionsBySession.size === 0) return
  const refs = [...connectionsBySession].flatMap(([sessionId, [first]]) =>
    first ? [{ personId: first.personId, sessionId }] : [],
  )
  const live = await findLiveSessions(pool, refs)
  for (const [sessionId, revoked] of connectionsBySession) {
    if (live.has(sessionId)) continue
    for (const connection of revoked) connection.close('unauthorized')
  }
}
