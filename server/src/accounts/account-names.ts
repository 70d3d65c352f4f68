// The names inside an account: encrypted where they are stored.
import { CodedError } from '@workforce-democracy/shared'
import * as z from 'zod/mini'
import type { DataCipher } from '../encryption/data-keys.ts'

const namesSchema = z.object({ email: z.nullable(z.string()), username: z.nullable(z.string()) })

/** An account's names as its person wrote them. */
export type AccountNames = z.infer<typeof namesSchema>

/** Where they are. */
const place = (personId: string) => ({ table: 'users', column: 'account', row: personId })

/** Encrypts an account's names. */
export function sealNames(cipher: DataCipher, personId: string, names: AccountNames): Buffer {
  return cipher.seal(Buffer.from(JSON.stringify(names)), place(personId))
}

/** @throws CodedError `at-rest-damaged`, also for a `cipher` that no longer exists */
export function openNames(cipher: DataCipher | undefined, personId: string, sealed: Buffer): AccountNames {
  if (!cipher) throw new CodedError('at-rest-damaged', 'The key of an account is missing.')
  return namesSchema.parse(JSON.parse(cipher.open(sealed, place(personId)).toString()))
}
