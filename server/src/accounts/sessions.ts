// Sessions: one for each sign-in, carried on by refresh tokens that change at every use.
import { randomBytes } from 'node:crypto'
import { CodedError } from '@workforce-democracy/shared'
import { uuidv7 } from 'uuidv7'
import type { Db } from '../db/database.ts'
import { type DeviceRef, touchDevice } from '../db/devices.ts'
import { isErased } from '../db/erasure.ts'
import {
  deleteEndedSessions,
  insertSession,
  isSessionLive,
  revokeSession,
  revokeSessionByToken,
  rotateRefreshToken,
  type SessionRef,
} from '../db/sessions.ts'
import type { Lookup } from '../encryption/lookup.ts'
import { erasedIdHash } from './erasure.ts'
import { isoDate } from './iso-date.ts'
import { newRefreshToken, parseRefreshToken } from './refresh-token.ts'
import type { TokenHolder, Tokens } from './tokens.ts'

/** A session ends when it has not been refreshed for so long. */
const LIFETIME_MS = 60 * 24 * 60 * 60 * 1000

/** What a device keeps of its session. */
export interface SessionTokens {
  readonly accessToken: string
  /** ISO 8601. */
  readonly accessTokenExpiresAt: string
  readonly refreshToken: string
}

/** Starts, carries on and ends sessions. */
export interface Sessions {
  /** Starts a session of a device, and forgets those of this person that are over. */
  start(db: Db, device: DeviceRef): Promise<SessionTokens>
  /**
   * Exchanges a refresh token for its successor. The old one stays good until the successor is first presented: then
   * an answer that got lost costs nothing. Whoever presents it after that holds a copy, and the session ends. Two
   * exchanges of one token make two successors, of which only the last counts: a program must not run them at once.
   *
   * @throws CodedError `unauthorized`, `account-deleted`
   */
  refresh(db: Db, refreshToken: string): Promise<SessionTokens & { readonly personId: string }>
  /** Ends the session of a good refresh token; any other changes nothing. */
  end(db: Db, refreshToken: string): Promise<void>
  /** Whom an access token of a live session speaks for. @throws CodedError `account-deleted` */
  authenticate(db: Db, accessToken: string): Promise<TokenHolder | undefined>
}

/** Makes the sessions of this server. */
export function createSessions(options: { tokens: Tokens; lookup: Lookup; nowMs: () => number }): Sessions {
  const { tokens, lookup, nowMs } = options
  const hashOf = (refreshToken: string) => lookup.hash('refresh-token', refreshToken)

  const wasErased = (db: Db, personId: string) => isErased(db, erasedIdHash(lookup, personId))
  const issue = async (session: SessionRef, refreshToken: string): Promise<SessionTokens> => {
    const { accessToken, expiresAt } = await tokens.issue(session)
    return { accessToken, accessTokenExpiresAt: expiresAt.toISOString(), refreshToken }
  }

  return {
    async start(db, { personId, deviceId }) {
      const session = { personId, sessionId: uuidv7() }
      const refreshToken = newRefreshToken(session, randomBytes)
      const createdAt = new Date(nowMs())
      const expiresAt = new Date(nowMs() + LIFETIME_MS)
      await deleteEndedSessions(db, personId, createdAt)
      const refreshTokenHash = hashOf(refreshToken)
      await insertSession(db, { ...session, deviceId, refreshTokenHash, createdAt, expiresAt })
      return issue(session, refreshToken)
    },
    async refresh(db, refreshToken) {
      const session = parseRefreshToken(refreshToken)
      if (!session) throw new CodedError('unauthorized')
      const successor = newRefreshToken(session, randomBytes)
      const now = new Date(nowMs())
      const deviceId = await rotateRefreshToken(db, {
        ...session,
        presentedHash: hashOf(refreshToken),
        successorHash: hashOf(successor),
        now,
        expiresAt: new Date(nowMs() + LIFETIME_MS),
      })
      if (deviceId === undefined) {
        await revokeSession(db, session, now)
        throw new CodedError((await wasErased(db, session.personId)) ? 'account-deleted' : 'unauthorized')
      }
      await touchDevice(db, { personId: session.personId, deviceId }, isoDate(nowMs()))
      return { personId: session.personId, ...(await issue(session, successor)) }
    },
    async end(db, refreshToken) {
      const session = parseRefreshToken(refreshToken)
      if (!session) return
      const presentedHash = hashOf(refreshToken)
      await revokeSessionByToken(db, { ...session, presentedHash, now: new Date(nowMs()) })
    },
    async authenticate(db, accessToken) {
      const holder = await tokens.verify(accessToken)
      if (!holder || (await isSessionLive(db, holder.personId, holder.sessionId))) return holder
      if (await wasErased(db, holder.personId)) throw new CodedError('account-deleted')
      return undefined
    },
  }
}
