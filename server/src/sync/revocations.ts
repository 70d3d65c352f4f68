// Closes the sockets of account sessions that were ended, wherever that happened.
import type { Logger } from 'pino'
import type { Pool } from '../db/database.ts'
import { sqlState } from '../db/error-codes.ts'
import { findLiveSessions } from '../db/sessions.ts'
import { repeatEvery } from './repetition.ts'
import type { Rooms } from './rooms.ts'
import type { Session } from './session.ts'

/** With the time that a query takes this stays under the five seconds promised (SPEC P14). */
const CHECK_MS = 2_000

/** Looks every two seconds which account sessions of open sockets are still live. */
export function watchRevocations(services: { pool: Pool; rooms: Rooms; logger: Logger }): AsyncDisposable {
  return repeatEvery(
    CHECK_MS,
    () => closeRevoked(services),
    error => services.logger.warn({ sqlState: sqlState(error) }, 'revocations could not be looked up'),
  )
}

async function closeRevoked({ pool, rooms }: { pool: Pool; rooms: Rooms }): Promise<void> {
  const socketsBySession = new Map<string, Session[]>()
  for (const session of rooms.sessions()) {
    const sockets = socketsBySession.get(session.accountSessionId)
    if (sockets) sockets.push(session)
    else socketsBySession.set(session.accountSessionId, [session])
  }
  if (socketsBySession.size === 0) return
  const refs = [...socketsBySession].flatMap(([sessionId, [first]]) =>
    first ? [{ personId: first.personId, sessionId }] : [],
  )
  const live = await findLiveSessions(pool, refs)
  for (const [sessionId, sockets] of socketsBySession) {
    if (live.has(sessionId)) continue
    for (const session of sockets) session.close('unauthorized')
  }
}
