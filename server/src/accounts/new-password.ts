// What a new password brings with it, however somebody came to set it.
import type { AccountRow } from '../db/accounts.ts'
import type { Passwords } from './passwords.ts'
import { newPasswordSeed } from './prelogin.ts'

/** Mails that were asked for under the old password: who knew it may have wanted the address, and with it the account. */
export const ENDED_BY_NEW_PASSWORD = ['reset-password', 'change-email'] as const

/** Password and seed as they are stored. @throws CodedError `overloaded` */
export async function hashedPassword(
  passwords: Passwords,
  { newPassword, newSeed }: { readonly newPassword: string; readonly newSeed?: string | undefined },
): Promise<Pick<AccountRow, 'passwordHash' | 'preloginSeed'>> {
  return { passwordHash: await passwords.hash(newPassword), preloginSeed: newPasswordSeed(newSeed) }
}
