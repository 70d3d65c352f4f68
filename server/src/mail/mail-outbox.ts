// The outbox in Postgres: encrypted rows, and a job for each that carries nothing but its id.
import { MAIL_LANGUAGES } from '@workforce-democracy/shared'
import type { Logger } from 'pino'
import { uuidv7 } from 'uuidv7'
import * as z from 'zod/mini'
import type { Pool } from '../db/database.ts'
import { addJob } from '../db/jobs.ts'
import {
  claimMail,
  deleteMail,
  insertMail,
  listDueMails,
  type MailRow,
  postponeMail,
} from '../db/mail-outbox.ts'
import { accountScope } from '../encryption/account-scope.ts'
import type { DataKeys } from '../encryption/data-keys.ts'
import type { Metrics } from '../metrics.ts'
import type { Handover, Mailer } from './mailer.ts'
import type { Mail, Outbox } from './outbox.ts'
import { mailText } from './texts.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
/** A mail is its sender's for so long; then whoever sends it has gone. */
const CLAIM_MS = 2 * MINUTE_MS
const FIRST_RETRY_MS = MINUTE_MS
const LAST_RETRY_MS = 4 * 60 * MINUTE_MS
const GIVEN_UP_AFTER_MS = 3 * DAY_MS
/** Past due for so long, a mail has no job any more. */
const LATE_MS = MINUTE_MS
const MAX_AT_ONCE = 1_000

/** What {@link createMailOutbox} makes. */
export interface MailOutbox extends Outbox {
  /** Sends a mail if it is due and nobody else does. */
  send(mailId: string): Promise<void>
  /** Takes up mails that are due and have no job any more, since a server was killed. */
  sendDue(): Promise<void>
}

interface OutboxServices {
  readonly pool: Pool
  readonly dataKeys: DataKeys
  readonly mailer: Mailer
  readonly metrics: Pick<Metrics, 'mailSent' | 'mailFailed'>
  readonly logger: Logger
  /** What links begin with. */
  readonly publicUrl: string
  /** Until the next try, after so many. */
  readonly retryMs?: (attempts: number) => number
}

const contentSchema = z.union([
  z.object({ kind: z.enum(['verify-email', 'reset-password']), token: z.string() }),
  z.object({ kind: z.enum(['password-changed', 'password-reset', 'email-changing', 'account-deleted']) }),
])
const sealedSchema = z.object({ to: z.string(), language: z.enum(MAIL_LANGUAGES), content: contentSchema })

const place = (id: string) => ({ table: 'mail_outbox', column: 'data', row: id })

/** The account's key, or where that is destroyed with the account, one under the mail's id. */
const scopeOf = (id: string, personId: string | null) => accountScope(personId ?? id)

/** Makes the outbox of this server. */
export function createMailOutbox(services: OutboxServices): MailOutbox {
  const { pool, dataKeys, mailer, metrics, logger, publicUrl, retryMs = standardRetryMs } = services

  const open = async (
    id: string,
    { personId, data }: MailRow,
  ): Promise<Omit<Mail, 'personId'> | undefined> => {
    const cipher = await dataKeys.existing(scopeOf(id, personId))
    return cipher && sealedSchema.parse(JSON.parse(cipher.open(data, place(id)).toString()))
  }
  const forget = async (id: string, { personId }: MailRow): Promise<void> => {
    // In this order: a row without a key is deleted the next time, a key without a row would stay.
    if (personId === null) await dataKeys.destroy([scopeOf(id, personId)])
    await deleteMail(pool, id)
  }
  const failed = async (id: string, row: MailRow, failure: Handover & { sent: false }): Promise<void> => {
    const givenUp = failure.forGood || row.ageMs > GIVEN_UP_AFTER_MS
    metrics.mailFailed(failure.class)
    logger.warn({ class: failure.class, attempts: row.attempts, givenUp }, 'a mail was not taken')
    if (givenUp) {
      metrics.mailFailed('given-up')
      return forget(id, row)
    }
    const delayMs = retryMs(row.attempts)
    await postponeMail(pool, id, delayMs)
    await addJob(pool, 'send-mail', { mailId: id }, delayMs)
  }
  return {
    async add(db, { personId, to, language, content }) {
      const id = uuidv7()
      // The row must not go with the account, of which it tells the end.
      const owner = content.kind === 'account-deleted' ? null : personId
      const cipher = await dataKeys.cipherFor(scopeOf(id, owner))
      const plain = Buffer.from(JSON.stringify({ to, language, content }))
      await insertMail(db, { id, personId: owner, data: cipher.seal(plain, place(id)) })
      await addJob(db, 'send-mail', { mailId: id })
    },
    async send(mailId) {
      const row = await claimMail(pool, mailId, CLAIM_MS)
      if (!row) return
      const mail = await open(mailId, row)
      if (!mail) return forget(mailId, row)
      const { to, language, content } = mail
      const handover = await mailer.send({
        ...{ id: mailId, to, language },
        ...mailText(language, content, publicUrl),
      })
      if (!handover.sent) return failed(mailId, row, handover)
      metrics.mailSent()
      await forget(mailId, row)
    },
    async sendDue() {
      for (const mailId of await listDueMails(pool, LATE_MS, MAX_AT_ONCE))
        await addJob(pool, 'send-mail', { mailId })
    },
  }
}

/** Each time twice as long: some thirty tries in three days. */
function standardRetryMs(attempts: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** (attempts - 1), LAST_RETRY_MS)
}
