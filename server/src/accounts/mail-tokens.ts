// Mail tokens: 32 random bytes in the link of a mail, good once and for a while. Only their hashes are kept.
import { randomBytes } from 'node:crypto'
import { CodedError } from '@workforce-democracy/shared'
import type { Db } from '../db/database.ts'
import {
  deleteMailToken,
  findMailToken,
  type MailTokenPurpose,
  type MailTokenRow,
  replaceMailToken,
} from '../db/mail-tokens.ts'
import type { Lookup } from '../encryption/lookup.ts'

const HOUR_MS = 60 * 60 * 1000
const LIFETIME_MS = {
  'verify-email': 24 * HOUR_MS,
  'change-email': 24 * HOUR_MS,
  'reset-password': HOUR_MS,
} as const satisfies Record<MailTokenPurpose, number>

/** Gives tokens out and takes them back. */
export interface MailTokens {
  /** A token in the place of the person's earlier ones for this purpose. */
  issue(db: Db, token: MailTokenRow): Promise<string>
  /** What a token is good for. @throws CodedError `invalid-token` */
  find(db: Db, token: string, purposes: readonly MailTokenPurpose[]): Promise<MailTokenRow>
  /** Takes a token that was found, once. @throws CodedError `invalid-token` when somebody else just has */
  take(db: Db, token: string): Promise<void>
}

/** Makes what gives tokens out. */
export function createMailTokens({ lookup, nowMs }: { lookup: Lookup; nowMs: () => number }): MailTokens {
  const hashOf = (token: string) => lookup.hash('mail-token', token)
  return {
    async issue(db, row) {
      const token = randomBytes(32).toString('base64url')
      const expiresAt = new Date(nowMs() + LIFETIME_MS[row.purpose])
      await replaceMailToken(db, { ...row, tokenHash: hashOf(token), expiresAt })
      return token
    },
    async find(db, token, purposes) {
      const row = await findMailToken(db, hashOf(token), purposes, new Date(nowMs()))
      if (!row) throw new CodedError('invalid-token')
      return row
    },
    async take(db, token) {
      if (!(await deleteMailToken(db, hashOf(token)))) throw new CodedError('invalid-token')
    },
  }
}
