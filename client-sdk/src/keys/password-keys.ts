// What is derived from a password: the login secret that is sent in its place, and the wrapping key that never is.
import { CodedError, type PreloginResponse } from '@workforce-democracy/shared'
import { isBearableCost, SALT_BYTES } from './argon2id.ts'
import { fromBase64Url, toBase64Url } from './bytes.ts'
import { KEY_BYTES, type Sodium } from './sodium.ts'

/** The two halves of what Argon2id gives, each through a derivation of its own. */
export interface PasswordKeys {
  /** Sent as the password: 43 characters. */
  readonly loginSecret: string
  /** 32 bytes: seals the key bundle. */
  readonly wrappingKey: Uint8Array
}

const LOGIN_SECRET = { context: 'wdlogin_', id: 1 } as const
const WRAPPING_KEY = { context: 'wdwrap__', id: 1 } as const
const DERIVED_BYTES = 2 * KEY_BYTES

/**
 * Derives the login secret and the wrapping key of a password (SPEC K2).
 *
 * @throws CodedError `unsafe-derivation`, before anything is derived, when the server's parameters are weaker than
 * 64 MiB and 3 passes, or more than a device should bear
 */
export async function derivePasswordKeys(
  sodium: Sodium,
  password: string,
  { seed, ...cost }: PreloginResponse,
): Promise<PasswordKeys> {
  const salt = fromBase64Url(seed)
  if (salt?.length !== SALT_BYTES || !isBearableCost(cost)) throw new CodedError('unsafe-derivation')
  const derived = await sodium.argon2id({ ...cost, salt, passphrase: password, lengthBytes: DERIVED_BYTES })
  const loginSecret = toBase64Url(sodium.deriveKey(LOGIN_SECRET, derived.slice(0, KEY_BYTES)))
  const wrappingKey = sodium.deriveKey(WRAPPING_KEY, derived.slice(KEY_BYTES))
  derived.fill(0)
  return { loginSecret, wrappingKey }
}

/** A seed for a new password, 16 random bytes in base64url. */
export function newSeed(sodium: Sodium): string {
  return toBase64Url(sodium.randomBytes(SALT_BYTES))
}
