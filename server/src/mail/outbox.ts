// The outbox: mails that a transaction has decided on, and that a job sends once it has committed.
import type { MailLanguage } from '@workforce-democracy/shared'
import type { Db } from '../db/database.ts'

/** What there is to say. `token` is the secret that the mail's link carries. */
export type MailContent =
  | { readonly kind: 'verify-email'; readonly token: string }
  | { readonly kind: 'reset-password'; readonly token: string }
  | { readonly kind: 'password-changed' }
  | { readonly kind: 'password-reset' }
  | { readonly kind: 'email-changing' }
  | { readonly kind: 'account-deleted' }

/** A mail to one person. */
export interface Mail {
  readonly personId: string
  readonly to: string
  readonly language: MailLanguage
  readonly content: MailContent
}

/** Takes mails in. */
export interface Outbox {
  /** Adds a mail in the caller's transaction: it is sent if that commits, and only then. */
  add(db: Db, mail: Mail): Promise<void>
}
