// Refresh tokens: which session, and 32 random bytes that only its holder knows.
import { UUID } from 'uuidv7'
import type { SessionRef } from '../db/sessions.ts'

const ID_BYTES = 16
const SECRET_BYTES = 32
const TOKEN_BYTES = 2 * ID_BYTES + SECRET_BYTES

/** base64url of person id, session id and secret: a session is found by its primary key, and a token out of date still names it. */
export function newRefreshToken(
  { personId, sessionId }: SessionRef,
  randomBytes: (sizeBytes: number) => Buffer,
): string {
  const bytes = Buffer.concat([
    UUID.parse(personId).bytes,
    UUID.parse(sessionId).bytes,
    randomBytes(SECRET_BYTES),
  ])
  return bytes.toString('base64url')
}

/** The session that a token names, `undefined` for what has not the form of one. */
export function parseRefreshToken(token: string): SessionRef | undefined {
  const bytes = Buffer.from(token, 'base64url')
  if (bytes.length !== TOKEN_BYTES || bytes.toString('base64url') !== token) return undefined
  return {
    personId: UUID.ofInner(bytes.subarray(0, ID_BYTES)).toString(),
    sessionId: UUID.ofInner(bytes.subarray(ID_BYTES, 2 * ID_BYTES)).toString(),
  }
}
