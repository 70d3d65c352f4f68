// Rows of sessions: one per signed-in device or program, with the hashes of its refresh tokens.
import type { Db } from './database.ts'

/** A person's session. */
export interface SessionRef {
  readonly personId: string
  readonly sessionId: string
}

/** A session as its person may see it. */
export interface SessionRow {
  readonly id: string
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly revokedAt: Date | null
}

/** Starts a session. */
export async function insertSession(
  db: Db,
  session: SessionRef & { deviceId: string; refreshTokenHash: Buffer; createdAt: Date; expiresAt: Date },
): Promise<void> {
  await db.query(
    `insert into sessions (person_id, id, device_id, refresh_token_hash, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6)`,
    [
      session.personId,
      session.sessionId,
      session.deviceId,
      session.refreshTokenHash,
      session.createdAt,
      session.expiresAt,
    ],
  )
}

/**
 * Replaces the refresh token of a live session, and returns its device if the one presented was good. The newest is;
 * the one before it is until the newest has been presented, which this forgets it at.
 */
export async function rotateRefreshToken(
  db: Db,
  rotation: SessionRef & { presentedHash: Buffer; successorHash: Buffer; now: Date; expiresAt: Date },
): Promise<string | undefined> {
  const { rows } = await db.query<{ deviceId: string }>(
    `update sessions
     set refresh_token_hash = $4, previous_refresh_token_hash = $3, expires_at = $6
     where person_id = $1 and id = $2 and revoked_at is null and expires_at > $5
       and $3 in (refresh_token_hash, previous_refresh_token_hash)
     returning device_id as "deviceId"`,
    [
      rotation.personId,
      rotation.sessionId,
      rotation.presentedHash,
      rotation.successorHash,
      rotation.now,
      rotation.expiresAt,
    ],
  )
  return rows[0]?.deviceId
}

/** Ends the session that a good refresh token belongs to. */
export async function revokeSessionByToken(
  db: Db,
  { personId, sessionId, presentedHash, now }: SessionRef & { presentedHash: Buffer; now: Date },
): Promise<void> {
  await db.query(
    `update sessions set revoked_at = $4
     where person_id = $1 and id = $2 and revoked_at is null
       and $3 in (refresh_token_hash, previous_refresh_token_hash)`,
    [personId, sessionId, presentedHash, now],
  )
}

/** Ends a session. */
export async function revokeSession(db: Db, { personId, sessionId }: SessionRef, now: Date): Promise<void> {
  await db.query(
    `update sessions set revoked_at = $3 where person_id = $1 and id = $2 and revoked_at is null`,
    [personId, sessionId, now],
  )
}

/** Whether access tokens of this session are still good. They never outlive its expiry: it is moved when one is made. */
export async function isSessionLive(db: Db, personId: string, sessionId: string): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'is-session-live',
    text: `select from sessions where person_id = $1 and id = $2 and revoked_at is null`,
    values: [personId, sessionId],
  })
  return rowCount === 1
}

/** A person's sessions, the oldest first. */
export async function listSessions(db: Db, personId: string): Promise<readonly SessionRow[]> {
  const { rows } = await db.query<SessionRow>(
    `select id, created_at as "createdAt", expires_at as "expiresAt", revoked_at as "revokedAt"
     from sessions where person_id = $1 order by id`,
    [personId],
  )
  return rows
}

/** Forgets a person's sessions that are over. */
export async function deleteEndedSessions(db: Db, personId: string, now: Date): Promise<void> {
  await db.query(
    `delete from sessions where person_id = $1 and (revoked_at is not null or expires_at <= $2)`,
    [personId, now],
  )
}

/** Those of these sessions that nobody has ended, by their ids. */
export async function findLiveSessions(db: Db, refs: readonly SessionRef[]): Promise<ReadonlySet<string>> {
  const { rows } = await db.query<{ id: string }>(
    `select s.id from sessions s
     join unnest($1::uuid[], $2::uuid[]) as r (person_id, id) using (person_id, id)
     where s.revoked_at is null`,
    [refs.map(ref => ref.personId), refs.map(ref => ref.sessionId)],
  )
  return new Set(rows.map(({ id }) => id))
}

/** The device of a session. */
export async function findSessionDevice(
  db: Db,
  { personId, sessionId }: SessionRef,
): Promise<string | undefined> {
  const { rows } = await db.query<{ deviceId: string }>(
    `select device_id as "deviceId" from sessions where person_id = $1 and id = $2`,
    [personId, sessionId],
  )
  return rows[0]?.deviceId
}

/** Ends a person's sessions, except those of these devices; `except` is a session that ends all the same. */
export async function deleteSessions(
  db: Db,
  personId: string,
  kept: { readonly devices: readonly string[]; readonly except?: string } = { devices: [] },
): Promise<void> {
  await db.query(
    `delete from sessions where person_id = $1 and (id = $3 or not device_id = any ($2::uuid[]))`,
    [personId, kept.devices, kept.except ?? null],
  )
}
