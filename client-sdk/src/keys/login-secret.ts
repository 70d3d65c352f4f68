// What a device sends instead of the password: the server never learns what was typed.
import { CodedError, type PreloginResponse } from '@workforce-democracy/shared'
import { argon2id, isBearableCost, SALT_BYTES } from './argon2id.ts'
import { fromBase64Url, toBase64Url } from './bytes.ts'
import { KEY_BYTES, type Sodium } from './sodium.ts'

const LOGIN_SECRET = { context: 'wdlogin_', id: 1 } as const
/** The first half becomes the login secret, the second the wrapping key, which nothing needs yet. */
const DERIVED_BYTES = 64

/**
 * The login secret of a password, 43 characters.
 *
 * @throws CodedError `unsafe-derivation` when the server's parameters are weaker than 64 MiB and 3 passes, or more
 * than a device should bear
 */
export async function loginSecret(
  sodium: Sodium,
  password: string,
  { seed, ...cost }: PreloginResponse,
): Promise<string> {
  const salt = fromBase64Url(seed)
  if (salt?.length !== SALT_BYTES || !isBearableCost(cost)) throw new CodedError('unsafe-derivation')
  const derived = await argon2id({ ...cost, salt, passphrase: password, lengthBytes: DERIVED_BYTES })
  const secret = toBase64Url(sodium.deriveKey(LOGIN_SECRET, derived.slice(0, KEY_BYTES)))
  derived.fill(0)
  return secret
}
