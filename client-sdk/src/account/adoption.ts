// Adoption: the only road on which a typed password leaves a device, once, to a plain account that was made over HTTP.
import { CodedError, errorCode } from '@workforce-democracy/shared'
import { type AccountParts, checkOwner, checkPassword, ownerOf } from './account-parts.ts'
import { sendPassword } from './new-password.ts'
import { signInWithNewCode } from './recovery.ts'
import { firstKeys, type NewKeys } from './registration.ts'

/** What {@link adopt} takes. */
export interface Adoption {
  readonly login: string
  /** As it was typed where the account was made: it is sent once, as it is. */
  readonly oldPassword: string
  /** Never sent. */
  readonly newPassword: string
}

/**
 * Signs in to a plain account with its typed password, and gives it keys and a new password that is never sent.
 *
 * @throws CodedError `forbidden` where this device has used keys with this name, or belongs to another account;
 * `wrong-credentials`, `invalid-input`, `offline`, `unsafe-derivation`
 */
export async function adopt(
  parts: AccountParts,
  { login, oldPassword, newPassword }: Adoption,
): Promise<NewKeys> {
  const { keyring, replica, requests } = parts
  checkPassword(newPassword)
  if (oldPassword === newPassword)
    throw new CodedError('invalid-input', 'The new password must be another one: the old one is sent.')
  // Whoever asks for the typed password of an account that has keys is not to be answered, whatever the server says.
  if (keyring.knowsLogin(login) || (keyring.record && ownerOf(replica) !== undefined))
    throw new CodedError('forbidden', 'This device has used keys with this account.')
  const prelogin = await requests.prelogin(login)
  const response = await requests.login({ login, password: oldPassword }).catch(error => {
    if (errorCode(error) === 'wrong-credentials') return undefined
    throw error
  })
  // If the new one is the password, an earlier try has worked, and its answer was lost.
  if (!response) return signInWithNewCode(parts, login, newPassword)
  try {
    checkOwner(replica, response.user.id)
    if (response.keys) throw new CodedError('forbidden', 'This account has keys.')
    const { accessToken } = response
    const isRestored = ownerOf(replica) === undefined
    const { user, recoveryCode } = await sendPassword(parts, {
      login,
      prelogin,
      newPassword,
      proof: { password: oldPassword },
      make: wrappingKey => firstKeys(parts, wrappingKey),
      accessToken,
    })
    if (isRestored) await keyring.save({ restoring: true })
    return { user, recoveryCode }
  } catch (error) {
    await requests.logout(response.refreshToken)
    throw error
  }
}
