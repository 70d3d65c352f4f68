// The names inside an account, and the language of its mails: encrypted where they are stored.
import { CodedError, MAIL_LANGUAGES, type SessionResponse } from '@workforce-democracy/shared'
import * as z from 'zod/mini'
import type { DataCipher } from '../encryption/data-keys.ts'

const namesSchema = z.object({
  email: z.nullable(z.string()),
  username: z.nullable(z.string()),
  language: z._default(z.enum(MAIL_LANGUAGES), 'en'),
})

/** An account's names as its person wrote them, and the language of mails to this person. */
export type AccountNames = z.infer<typeof namesSchema>

/** Where they are. */
const place = (personId: string) => ({ table: 'users', column: 'account', row: personId })

/** Encrypts an account's names. */
export function sealNames(cipher: DataCipher, personId: string, names: AccountNames): Buffer {
  return cipher.seal(Buffer.from(JSON.stringify(names)), place(personId))
}

/** @throws CodedError `at-rest-damaged` */
export function openNames(cipher: DataCipher, personId: string, sealed: Buffer): AccountNames {
  return namesSchema.parse(JSON.parse(cipher.open(sealed, place(personId)).toString()))
}

/** An account as its person's programs see it. */
export function toUser(id: string, { email, username }: AccountNames): SessionResponse['user'] {
  return { id, email, username }
}

/** Of an account whose data key is gone. */
export function missingKey(): CodedError {
  return new CodedError('at-rest-damaged', 'The key of an account is missing.')
}
