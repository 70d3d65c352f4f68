// The record of what people agreed to. It is only ever added to.
import type { DocumentMode, DocumentName, PrivacyFlags, Uses } from '@workforce-democracy/shared'
import type { Db } from './database.ts'

/** Choices: the flags of a registration, modes that documents were given, or uses that were allowed or taken back. */
export interface ConsentFlags extends PrivacyFlags {
  readonly modes?: Readonly<Partial<Record<DocumentName, DocumentMode>>>
  readonly uses?: Partial<Uses>
}

/** What a person agreed to, at one time. */
export interface ConsentRow {
  readonly id: string
  readonly recordedAt: Date
  readonly flags: ConsentFlags
}

/** Adds to a person's record. */
export async function insertConsent(db: Db, personId: string, consent: ConsentRow): Promise<void> {
  await db.query(`insert into consents (person_id, id, recorded_at, flags) values ($1, $2, $3, $4)`, [
    personId,
    consent.id,
    consent.recordedAt,
    consent.flags,
  ])
}

/** A person's record, the oldest first. */
export async function listConsents(db: Db, personId: string): Promise<readonly ConsentRow[]> {
  const { rows } = await db.query<ConsentRow>(
    `select id, recorded_at as "recordedAt", flags from consents where person_id = $1 order by id`,
    [personId],
  )
  return rows
}
