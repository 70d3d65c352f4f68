// Ways back in: with the recovery code, with a mail, and with what a device has of its own.
import {
  CodedError,
  decodeRecordBody,
  errorCode,
  type KeysRequest,
  type KeysResponse,
} from '@workforce-democracy/shared'
import { derivePasswordKeys, newSeed } from '../keys/password-keys.ts'
import { deriveRecoveryKeys } from '../keys/recovery-code.ts'
import { KEY_BYTES } from '../keys/sodium.ts'
import { createVault } from '../keys/vault.ts'
import { type AccountParts, checkOwner, checkPassword, loginOf, startSession } from './account-parts.ts'
import { withLostAnswer } from './lost-answers.ts'
import { devicesWith, type MadeKeys, makeKeys, recordDevice } from './opened-keys.ts'
import { openByCode, openByPassword } from './openings.ts'
import { keptOf, type NewKeys } from './registration.ts'
import { enter, requestDevice, signIn } from './sign-in.ts'

const MAX_ATTEMPTS = 4

/** What {@link recover} takes. */
export interface Recovery {
  readonly login: string
  readonly recoveryCode: string
  readonly newPassword: string
}

/**
 * Sets a new password with the recovery code, and signs in. All other sessions end; devices keep their keys.
 *
 * @throws CodedError `wrong-recovery-code`, `wrong-credentials` when the code is not this account's, `record-refused`,
 * `account-replaced`, `record-conflict`, `offline`, `forbidden`
 */
export async function recover(
  parts: AccountParts,
  { login, recoveryCode, newPassword }: Recovery,
): Promise<NewKeys> {
  const { sodium, keyring, requests } = parts
  checkPassword(newPassword)
  const { recoverySecret } = deriveRecoveryKeys(sodium, recoveryCode)
  const prelogin = await requests.prelogin(login)
  const present = await requests.recovery(login, recoverySecret).catch(error => {
    if (errorCode(error) === 'wrong-credentials') return undefined
    throw error
  })
  // If the new password is the account's, an earlier try has worked and used up the code, and its answer was lost.
  if (!present) return signInWithNewCode(parts, login, newPassword)
  const opening = openByCode(parts, recoveryCode, present)
  if (!opening) throw new CodedError('envelope-damaged')
  const { record, vault, identitySecret } = opening.opened
  const seed = newSeed(sodium)
  const passwordKeys = await derivePasswordKeys(sodium, newPassword, { ...prelogin, seed })
  const made = makeKeys(sodium, {
    vault,
    identitySecret,
    number: record.body.number + 1,
    devices: devicesWith(record, recordDevice(sodium, keyring.device)),
    wrappingKey: passwordKeys.wrappingKey,
  })
  const body = {
    login,
    recoverySecret,
    newPassword: passwordKeys.loginSecret,
    newSeed: seed,
    keys: { expectedNumber: record.body.number, ...made.request },
  }
  // Signing in with the new password tells whether it counts, also when the answer was lost.
  const device = requestDevice(parts)
  const begin = () => requests.login({ login, password: passwordKeys.loginSecret, device })
  const response = await withLostAnswer(
    async () => {
      await requests.resetPassword(body)
      return begin()
    },
    async () => {
      try {
        return await begin()
      } catch (error) {
        if (errorCode(error) === 'wrong-credentials') return undefined
        throw error
      }
    },
  )
  const user = await enter(parts, response, passwordKeys, { login })
  return { user, recoveryCode: made.recoveryCode }
}

/** Signs in, and replaces the recovery code, which nobody has seen. @throws CodedError `wrong-credentials` */
export async function signInWithNewCode(
  parts: AccountParts,
  login: string,
  password: string,
): Promise<NewKeys> {
  const user = await signIn(parts, { login, password })
  return { user, recoveryCode: await newRecoveryCode(parts, password) }
}

/**
 * Sets a new password with the token of a mail: the keys stay locked until the recovery code is entered.
 *
 * @throws CodedError `invalid-token`, `invalid-input`, `unsafe-derivation`, `offline`
 */
export async function resetPassword(
  { sodium, requests }: AccountParts,
  {
    token,
    login,
    newPassword,
  }: { readonly token: string; readonly login: string; readonly newPassword: string },
): Promise<void> {
  checkPassword(newPassword)
  const seed = newSeed(sodium)
  const { loginSecret } = await derivePasswordKeys(sodium, newPassword, {
    ...(await requests.prelogin(login)),
    seed,
  })
  await requests.resetPassword({ token, newPassword: loginSecret, newSeed: seed })
}

/**
 * Replaces the recovery code.
 *
 * @throws CodedError `not-signed-in`, `wrong-credentials`, `keys-locked`, `account-plain`, `record-refused`,
 * `account-replaced`, `record-conflict`, `offline`
 */
export async function newRecoveryCode(parts: AccountParts, password: string): Promise<string> {
  const { sodium, keyring, requests, standing } = parts
  const login = loginOf(parts)
  return retried(async () => {
    const prelogin = await requests.prelogin(login)
    const present = await requests.keys()
    if (!present) throw new CodedError('account-plain')
    const opening = await openByPassword(parts, password, prelogin, present)
    if (!opening) throw new CodedError('wrong-credentials')
    const { record, vault, identitySecret } = opening.opened
    const number = record.body.number + 1
    const devices = devicesWith(record, recordDevice(sodium, keyring.device))
    const { wrappingKey } = opening
    const made = makeKeys(sodium, { vault, identitySecret, number, devices, wrappingKey })
    await putKeys(parts, made, number - 1)
    await keyring.save(keptOf(made))
    standing.believed({ ...present, bundle: made.request.bundle })
    return made.recoveryCode
  })
}

/**
 * Starts a new identity and vault from this device: for an account whose keys nobody can open any more. The password is
 * the present one. Other devices find the account replaced, and stop.
 *
 * @throws CodedError `not-signed-in`, `wrong-credentials`, `forbidden` while the keys are not locked, `record-conflict`,
 * `offline`
 */
export async function startNewIdentity(parts: AccountParts, password: string): Promise<NewKeys> {
  const { sodium, keyring, replica, requests, standing } = parts
  const login = loginOf(parts)
  return retried(async () => {
    const passwordKeys = await derivePasswordKeys(sodium, password, await requests.prelogin(login))
    // It shows that the password is the account's: a bundle under a mistyped one would never open again.
    const device = requestDevice(parts)
    const response = await requests.login({ login, password: passwordKeys.loginSecret, device })
    checkOwner(replica, response.user.id)
    const { accessToken } = response
    const present = await requests.keys(accessToken)
    // Another identity is a last resort: while the password opens the keys it would only shut the other devices out.
    if (present?.bundle) {
      await requests.logout(response.refreshToken)
      throw new CodedError('forbidden', 'The keys are not locked.')
    }
    const before = numberAndEpoch(present)
    const made = makeKeys(sodium, {
      vault: createVault(sodium, before.epoch + 1),
      identitySecret: sodium.randomBytes(KEY_BYTES),
      number: before.number + 1,
      devices: [recordDevice(sodium, keyring.device)],
      wrappingKey: passwordKeys.wrappingKey,
    })
    await putKeys(parts, made, before.number, accessToken)
    const user = await startSession(parts, response, { ...keptOf(made), problem: undefined })
    standing.believed({ bundle: made.request.bundle, rotationNeeded: false })
    return { user, recoveryCode: made.recoveryCode }
  })
}

/** Where the record stands that is replaced. Nothing else in it counts, so it need not be believed. */
function numberAndEpoch(present: KeysResponse | undefined): { number: number; epoch: number } {
  const body = present && decodeRecordBody(present.record.body)
  return body ?? { number: 0, epoch: -1 }
}

async function putKeys(
  { requests }: AccountParts,
  made: MadeKeys,
  expectedNumber: number,
  accessToken?: string,
): Promise<void> {
  const body: KeysRequest = { expectedNumber, ...made.request }
  await withLostAnswer(
    async () => {
      await requests.putKeys(body, accessToken)
      return true
    },
    async () => {
      const present = await requests.keys(accessToken)
      return present?.record.body === made.record.signed.body || undefined
    },
  )
}

/** Works again on what is there by then, when another device was faster. */
async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (errorCode(error) !== 'record-conflict' || attempt === MAX_ATTEMPTS) throw error
    }
  }
}
