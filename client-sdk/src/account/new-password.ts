// A new password, and with it a new record, bundle and recovery code: one compare-and-swap, whatever the reason.
import {
  CodedError,
  type DocumentName,
  errorCode,
  type KeysForNewPassword,
  type KeysResponse,
  type PreloginResponse,
} from '@workforce-democracy/shared'
import { derivePasswordKeys, newSeed } from '../keys/password-keys.ts'
import { withNextEpoch } from '../keys/vault.ts'
import { type AccountParts, checkPassword, loginOf, startSession } from './account-parts.ts'
import { withLostAnswer } from './lost-answers.ts'
import { devicesWith, type MadeKeys, makeKeys, recordDevice } from './opened-keys.ts'
import { type Opening, openByCode, openByPassword, type Proof } from './openings.ts'
import { firstKeys, keptOf, type NewKeys, signInTo } from './registration.ts'
import { requestDevice, signIn } from './sign-in.ts'

/** What shows that the person may change the password: the present one, or the recovery code. */
export type PasswordOrCode = { readonly password: string } | { readonly recoveryCode: string }

/** A change of the password. */
export type PasswordChange = PasswordOrCode & {
  readonly newPassword: string
  /** Takes this device out of the account, and begins a new epoch without it. */
  readonly revoke?: string
}

/** The keys of an account after a change. */
export interface ChangedKeys extends NewKeys {
  /**
   * After a device was revoked: the sealed documents that could not be moved to the new keys right away, for want of a
   * connection. They follow by themselves; until then what is in them is still under the old ones.
   */
  readonly unmoved: readonly DocumentName[]
}

const MAX_ATTEMPTS = 4

/**
 * Changes the password, also of an account that has no keys yet. When the answer to an earlier try was lost, trying
 * again with the same words ends the same way.
 *
 * @throws CodedError `not-signed-in`, `wrong-credentials`, `wrong-recovery-code`, `keys-locked`, `record-refused`,
 * `account-replaced`, `not-found` when no such device is to be revoked, `record-conflict`, `offline`
 */
export async function changePassword(parts: AccountParts, change: PasswordChange): Promise<ChangedKeys> {
  checkPassword(change.newPassword)
  if (change.revoke === parts.keyring.device.id)
    throw new CodedError(
      'invalid-input',
      'A device does not revoke itself: sign out, or revoke it from another.',
    )
  const login = loginOf(parts)
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptChange(parts, change, login)
    } catch (error) {
      const code = errorCode(error)
      if (attempt === MAX_ATTEMPTS || !WORTH_ANOTHER_TRY.has(code)) throw error
      // The session may have ended because the change was made before, and its answer lost.
      if (code !== 'record-conflict')
        await signIn(parts, { login, password: change.newPassword }).catch(() => {
          throw error
        })
    }
  }
}

const WORTH_ANOTHER_TRY: ReadonlySet<string> = new Set(['record-conflict', 'unauthorized', 'not-signed-in'])

async function attemptChange(
  parts: AccountParts,
  change: PasswordChange,
  login: string,
): Promise<ChangedKeys> {
  const prelogin = await parts.requests.prelogin(login)
  const present = await parts.requests.keys()
  const situation = { change, login, prelogin }
  if (present) return changeKeys(parts, { ...situation, present })
  return { ...(await createKeys(parts, situation)), unmoved: [] }
}

interface Situation {
  readonly change: PasswordChange
  readonly login: string
  readonly prelogin: PreloginResponse
}

async function changeKeys(
  parts: AccountParts,
  { change, login, prelogin, present }: Situation & { readonly present: KeysResponse },
): Promise<ChangedKeys> {
  const { sodium, keyring } = parts
  const { opened, proof, isRepeated } = await open(parts, change, prelogin, present)
  const { record, identitySecret } = opened
  const devices = devicesWith(record, recordDevice(sodium, keyring.device))
  const isNamed = devices.some(({ id }) => id === change.revoke)
  if (change.revoke !== undefined && !isNamed && !isRepeated)
    throw new CodedError('not-found', 'This account has no such device.')
  const result = await sendPassword(parts, {
    login,
    prelogin,
    newPassword: change.newPassword,
    proof,
    expectedNumber: record.body.number,
    rotationNeeded: present.rotationNeeded && !isNamed,
    make: wrappingKey =>
      makeKeys(sodium, {
        vault: isNamed ? withNextEpoch(sodium, opened.vault) : opened.vault,
        identitySecret,
        number: record.body.number + 1,
        devices: devices.filter(({ id }) => id !== change.revoke),
        wrappingKey,
      }),
  })
  return { ...result, unmoved: change.revoke === undefined ? [] : await parts.onNextEpoch() }
}

/** Opens the keys with what the person gave, or else with the new password: then the change was made before. */
async function open(
  parts: AccountParts,
  change: PasswordChange,
  prelogin: PreloginResponse,
  present: KeysResponse,
): Promise<Opening & { readonly isRepeated: boolean }> {
  const first =
    'password' in change
      ? await openByPassword(parts, change.password, prelogin, present)
      : openByCode(parts, change.recoveryCode, present)
  if (first) return { ...first, isRepeated: false }
  const second = present.bundle && (await openByPassword(parts, change.newPassword, prelogin, present))
  if (second) return { ...second, isRepeated: true }
  throw new CodedError('password' in change ? 'wrong-credentials' : 'wrong-recovery-code')
}

/** The first keys of an account that was made without, by an SDK or over HTTP. */
async function createKeys(parts: AccountParts, { change, login, prelogin }: Situation): Promise<NewKeys> {
  if (parts.keyring.record) throw new CodedError('account-replaced', 'The account had keys, and has none.')
  if (!('password' in change)) throw new CodedError('account-plain')
  const { loginSecret } = await derivePasswordKeys(parts.sodium, change.password, prelogin)
  return sendPassword(parts, {
    login,
    prelogin,
    newPassword: change.newPassword,
    proof: { password: loginSecret },
    make: wrappingKey => firstKeys(parts, wrappingKey),
  })
}

/** What {@link sendPassword} takes. */
export interface NewPassword {
  readonly login: string
  /** What the server derives with for this name: the new password gets the same cost and a seed of its own. */
  readonly prelogin: PreloginResponse
  readonly newPassword: string
  readonly proof: Proof
  /** Number of the record that the new one follows; without it there was none. */
  readonly expectedNumber?: number
  readonly make: (wrappingKey: Uint8Array) => MadeKeys
  /** Whether a device that was signed out still has the keys that there are then. */
  readonly rotationNeeded?: boolean
  /** Of the session that asks, where it is not this device's. */
  readonly accessToken?: string
}

/** Sets a new password with what goes with it, and goes on in the session that the server gives for it. */
export async function sendPassword(parts: AccountParts, options: NewPassword): Promise<NewKeys> {
  const { sodium, keyring, requests, standing } = parts
  const { login, prelogin, newPassword, proof, expectedNumber, make, accessToken } = options
  const seed = newSeed(sodium)
  const { loginSecret, wrappingKey } = await derivePasswordKeys(sodium, newPassword, { ...prelogin, seed })
  const made = make(wrappingKey)
  const keys: KeysForNewPassword | MadeKeys['request'] =
    expectedNumber === undefined ? made.request : { expectedNumber, ...made.request }
  const device = requestDevice(parts)
  const response = await withLostAnswer(
    () =>
      requests.changePassword(
        { ...proof, newPassword: loginSecret, newSeed: seed, keys, device },
        accessToken,
      ),
    () => signInTo(parts, made, { login, loginSecret }),
  )
  const user = await startSession(parts, response, {
    ...keptOf(made),
    keyedLogins: keyring.withLogins([login, response.user.email, response.user.username]),
    problem: undefined,
  })
  standing.believed({ bundle: made.request.bundle, rotationNeeded: options.rotationNeeded ?? false })
  return { user, recoveryCode: made.recoveryCode }
}
