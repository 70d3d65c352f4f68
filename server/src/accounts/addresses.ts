// Mail addresses of accounts: shown to be the person's, replaced, and the way back in.
import { type ChangeEmailRequest, CodedError } from '@workforce-democracy/shared'
import { type AccountRow, lockAccount, markEmailVerified, updateEmail } from '../db/accounts.ts'
import { type Db, inTransaction } from '../db/database.ts'
import { sqlState } from '../db/error-codes.ts'
import { deleteMailTokens } from '../db/mail-tokens.ts'
import { sealNames } from './account-names.ts'
import {
  type AccountServices,
  cipherOf,
  findByName,
  lockProven,
  namesOf,
  notify,
} from './account-services.ts'
import type { Caller } from './attempts.ts'
import { hashLoginName, newLoginName, parseLoginName } from './login-name.ts'
import type { Proofs } from './proofs.ts'

/** Looks after the addresses of accounts (SPEC A21–A23). */
export interface Addresses {
  /** Takes the token of a mail. @throws CodedError `invalid-token`, `too-many` */
  verify(token: string, caller?: Caller): Promise<void>
  /** Sends a mail with a token where there is an account with an address; says nothing of it. @throws CodedError `too-many` */
  forgot(login: string, caller?: Caller): Promise<void>
  /** @throws CodedError `wrong-credentials`, `invalid-input`, `too-many`, `overloaded` */
  change(personId: string, request: ChangeEmailRequest, caller?: Caller): Promise<void>
}

/** Where in a token's row the new address is. */
const place = (personId: string) => ({ table: 'mail_tokens', column: 'email', row: personId })

/** Makes what looks after addresses. */
export function createAddresses(services: AccountServices & { readonly proofs: Proofs }): Addresses {
  const { pool, lookup, mailTokens, attempts, outbox, logger, proofs } = services

  const sendReset = async (login: string): Promise<void> => {
    const row = await findByName(services, parseLoginName(login))
    if (!row) return
    const { email, language } = await namesOf(services, row)
    if (email === null) return
    await inTransaction(pool, async db => {
      await lockAccount(db, row.id)
      const token = await mailTokens.issue(db, { personId: row.id, purpose: 'reset-password', email: null })
      await outbox.add(db, {
        ...{ personId: row.id, to: email, language },
        content: { kind: 'reset-password', token },
      })
    })
  }
  const takeAddress = async (db: Db, row: AccountRow, sealed: Buffer): Promise<void> => {
    const personId = row.id
    const cipher = await cipherOf(services, personId)
    const names = {
      ...(await namesOf(services, row)),
      email: cipher.open(sealed, place(personId)).toString(),
    }
    const emailHash = hashLoginName(lookup, newLoginName('email', names.email))
    // Somebody has signed up with it meanwhile: the token is good for nothing any more.
    if (!(await updateEmail(db, personId, { emailHash, account: sealNames(cipher, personId, names) })))
      throw new CodedError('invalid-token')
    // What went to the old address is good for nothing any more: it may be somebody else's by now.
    await deleteMailTokens(db, personId, ['verify-email', 'reset-password'])
  }

  return {
    async verify(token, caller) {
      await attempts.count('token', { caller })
      const { personId, email } = await mailTokens.find(pool, token, ['verify-email', 'change-email'])
      await inTransaction(pool, async db => {
        const row = await lockAccount(db, personId)
        await mailTokens.take(db, token)
        if (!row) throw new CodedError('invalid-token')
        if (email) await takeAddress(db, row, email)
        else await markEmailVerified(db, personId)
      })
    },
    async forgot(login, caller) {
      await attempts.count('mail', { account: parseLoginName(login).normalized, caller })
      // Not waited for: how long it takes would say whether there is such an account. Who gets no mail asks again.
      void sendReset(login).catch(error =>
        logger.error({ sqlState: sqlState(error) }, 'a mail to reset a password could not be written'),
      )
    },
    async change(personId, { password, email }, caller) {
      const row = await proofs.password(personId, password, caller)
      await attempts.count('mail', { account: personId, caller })
      const name = newLoginName('email', email)
      const holder = await findByName(services, name)
      const cipher = await cipherOf(services, personId)
      const names = await namesOf(services, row)
      await inTransaction(pool, async db => {
        await lockProven(db, row)
        await notify(services, db, row, names, { kind: 'email-changing' })
        // Of an address that is taken nobody is told: neither here, nor by what the old one gets.
        if (holder && holder.id !== personId) return
        const sealed = cipher.seal(Buffer.from(email), place(personId))
        const token = await mailTokens.issue(db, { personId, purpose: 'change-email', email: sealed })
        await outbox.add(db, {
          ...{ personId, to: email, language: names.language },
          content: { kind: 'verify-email', token },
        })
      })
    },
  }
}
