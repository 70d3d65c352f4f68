// Signing up: the vault of this device becomes the account's, under an identity that is made for it.
import { CodedError, errorCode, type MailLanguage, type PrivacyFlags } from '@workforce-democracy/shared'
import { derivePasswordKeys } from '../keys/password-keys.ts'
import { KEY_BYTES } from '../keys/sodium.ts'
import type { User } from '../session.ts'
import { type AccountParts, checkPassword, ownerOf, startSession, storeTaken } from './account-parts.ts'
import { withLostAnswer } from './lost-answers.ts'
import { type MadeKeys, makeKeys, recordDevice } from './opened-keys.ts'
import { requestDevice } from './sign-in.ts'

/** What signing up takes: at least one of email address and username. */
export interface Registration {
  readonly email?: string
  readonly username?: string
  /** At least 8 characters. */
  readonly password: string
  /** Opens the categories that each flag speaks of, on the server and on this device. */
  readonly privacy?: PrivacyFlags
  /** What the person calls this device. */
  readonly deviceName?: string
  /** Of the mails to this person; English unless given. */
  readonly language?: MailLanguage
}

/** An account that was made, or whose keys were. */
export interface NewKeys {
  readonly user: User
  /** To be shown once and written down: it is kept nowhere, and opens the keys when the password is forgotten. */
  readonly recoveryCode: string
}

/**
 * Makes an account.
 *
 * @throws CodedError `invalid-input`, `login-taken`, `offline`, `unsafe-derivation`, `forbidden` when this store
 * belongs to another account
 */
export async function register(parts: AccountParts, registration: Registration): Promise<NewKeys> {
  const { sodium, replica, keyring, requests, standing } = parts
  const { email, username, password, privacy, deviceName, language } = registration
  // Before anything is sent: an account that this store cannot use must not come to be.
  if (ownerOf(replica) !== undefined) throw storeTaken()
  const login = email ?? username
  if (!login) throw new CodedError('invalid-input', 'An email address or a username is needed.')
  checkPassword(password)
  const { loginSecret, wrappingKey } = await derivePasswordKeys(
    sodium,
    password,
    await requests.prelogin(login),
  )
  const made = firstKeys(parts, wrappingKey)
  const device = requestDevice(parts, deviceName)
  const body = { email, username, password: loginSecret, privacy, language, keys: made.request, device }
  const response = await withLostAnswer(
    () => requests.register(body),
    () => signInTo(parts, made, { login, loginSecret }),
  )
  const user = await startSession(parts, response, {
    ...keptOf(made),
    keyedLogins: keyring.withLogins([login, email, username]),
    problem: undefined,
    restoring: false,
  })
  standing.believed({ bundle: made.request.bundle, rotationNeeded: false })
  return { user, recoveryCode: made.recoveryCode }
}

/** The first keys of an account: around this device's vault, under a new identity. */
export function firstKeys({ sodium, keyring }: AccountParts, wrappingKey: Uint8Array): MadeKeys {
  return makeKeys(sodium, {
    vault: keyring.vault,
    identitySecret: sodium.randomBytes(KEY_BYTES),
    number: 1,
    devices: [recordDevice(sodium, keyring.device)],
    wrappingKey,
  })
}

/** What stays of made keys. */
export function keptOf({ record, vault }: MadeKeys) {
  return { record, vault }
}

/**
 * Signs in with a new password, if the server has taken it over with exactly these keys: `undefined` if it has not.
 * For when the answer to the change was lost.
 */
export async function signInTo(
  parts: AccountParts,
  made: MadeKeys,
  { login, loginSecret }: { readonly login: string; readonly loginSecret: string },
) {
  try {
    const response = await parts.requests.login({
      login,
      password: loginSecret,
      device: requestDevice(parts),
    })
    if (response.keys?.record.body === made.record.signed.body) return response
    await parts.requests.logout(response.refreshToken)
    return undefined
  } catch (error) {
    if (errorCode(error) === 'wrong-credentials') return undefined
    throw error
  }
}
