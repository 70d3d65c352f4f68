// Signing in: the account's keys are opened and believed, and this device joins them, before anything is kept.
import { CodedError, errorCode, type SessionResponse, type SignInKeys } from '@workforce-democracy/shared'
import { refusedRecord, signRecord, type VerifiedRecord, verifyRecord } from '../keys/account-record.ts'
import { sealBundle } from '../keys/key-bundle.ts'
import { derivePasswordKeys, type PasswordKeys } from '../keys/password-keys.ts'
import type { Sodium } from '../keys/sodium.ts'
import type { User } from '../session.ts'
import { type AccountParts, checkOwner, ownerOf, startSession } from './account-parts.ts'
import type { Kept } from './keyring.ts'
import { devicesWith, names, type OpenedKeys, openKeys, recordDevice } from './opened-keys.ts'

/** What signing in takes. */
export interface Credentials {
  /** Email address or username. */
  readonly login: string
  readonly password: string
  /** What the person calls this device. */
  readonly deviceName?: string
  /**
   * The person knows why the account has another identity than this device knew (`account-replaced`): they started a
   * new one, or their account was reset.
   */
  readonly acceptNewIdentity?: boolean
}

/** The device as requests name it. */
export function requestDevice({ keyring }: Pick<AccountParts, 'keyring'>, name?: string) {
  return { id: keyring.device.id, ...(name !== undefined && { name }) }
}

/**
 * Signs in with a password.
 *
 * @throws CodedError `wrong-credentials`, `too-many`, `offline`, `unsafe-derivation`, `forbidden`, `record-refused`,
 * `account-replaced`, `envelope-damaged`
 */
export async function signIn(parts: AccountParts, credentials: Credentials): Promise<User> {
  const { login, password, deviceName } = credentials
  const passwordKeys = await derivePasswordKeys(parts.sodium, password, await parts.requests.prelogin(login))
  const device = requestDevice(parts, deviceName)
  const response = await parts.requests.login({ login, password: passwordKeys.loginSecret, device })
  return enter(parts, response, passwordKeys, credentials)
}

/** Goes on from the server's answer; on any doubt the session that it began is ended again. */
export async function enter(
  parts: AccountParts,
  response: SessionResponse,
  passwordKeys: PasswordKeys,
  { login, acceptNewIdentity = false }: Pick<Credentials, 'login' | 'acceptNewIdentity'>,
): Promise<User> {
  const { keyring, replica, requests, standing } = parts
  try {
    checkOwner(replica, response.user.id)
    const pinned = acceptNewIdentity ? undefined : keyring.record
    const changes = response.keys
      ? await keysOf(parts, { ...response, keys: response.keys }, passwordKeys, pinned)
      : withoutKeys(pinned)
    const { email, username } = response.user
    const user = await startSession(parts, response, {
      ...changes,
      // A plain account's password that was typed elsewhere is a login secret here: also that is a use of keys.
      keyedLogins: keyring.withLogins([login, email, username]),
      problem: undefined,
      ...(ownerOf(replica) === undefined && { restoring: true }),
    })
    standing.believed(response.keys)
    return user
  } catch (error) {
    await requests.logout(response.refreshToken)
    throw error
  }
}

/** @throws CodedError `account-replaced` where this device knows that the account has keys */
function withoutKeys(pinned: VerifiedRecord | undefined): Partial<Kept> {
  if (pinned) throw new CodedError('account-replaced', 'The account had keys, and has none.')
  return { record: undefined }
}

async function keysOf(
  parts: AccountParts,
  response: SessionResponse & { readonly keys: SignInKeys },
  { wrappingKey }: PasswordKeys,
  pinned: VerifiedRecord | undefined,
): Promise<Partial<Kept>> {
  const { record, bundle } = response.keys
  if (bundle === null) return lockedKeys(parts.sodium, response.keys, pinned)
  const lock = { kind: 'password', key: wrappingKey } as const
  const opened = openKeys(parts.sodium, { record, bundle, lock, pinned })
  const joined = await joinRecord(parts, opened, wrappingKey, response.accessToken)
  return { record: joined.record, vault: joined.vault }
}

/** After a reset by mail nothing but the recovery code opens the keys: who has never seen the record believes none. */
function lockedKeys(
  sodium: Sodium,
  { record }: SignInKeys,
  pinned: VerifiedRecord | undefined,
): Partial<Kept> {
  if (!pinned) return { record: undefined }
  const verdict = verifyRecord(sodium, record, pinned)
  if (!verdict.ok) throw refusedRecord(verdict.refusal)
  return { record: verdict.record }
}

const MAX_ATTEMPTS = 6
/** The record is another one by now, or it may be this device's own, and the answer was lost. */
const WORTH_A_LOOK: ReadonlySet<string> = new Set(['record-conflict', 'offline'])

/** Signs this device into the record, whatever others change meanwhile. */
async function joinRecord(
  { sodium, keyring, requests }: AccountParts,
  opened: OpenedKeys,
  wrappingKey: Uint8Array,
  accessToken: string,
): Promise<OpenedKeys> {
  const own = recordDevice(sodium, keyring.device)
  const lock = { kind: 'password', key: wrappingKey } as const
  let current = opened
  for (let attempt = 1; !names(current.record, own); attempt++) {
    const { vault, identitySecret, record } = current
    const number = record.body.number + 1
    const next = signRecord(sodium, { vault, identitySecret, number, devices: devicesWith(record, own) })
    const bundle = sealBundle(sodium, { vault, identitySecret, recordNumber: number }, lock)
    try {
      await requests.putKeys({ expectedNumber: number - 1, record: next.signed, bundle }, accessToken)
      return { ...current, record: next }
    } catch (error) {
      if (!WORTH_A_LOOK.has(errorCode(error)) || attempt === MAX_ATTEMPTS) throw error
    }
    const present = await requests.keys(accessToken)
    if (!present?.bundle) throw new CodedError('record-conflict')
    current = openKeys(sodium, { ...present, bundle: present.bundle, lock, pinned: record })
  }
  return current
}
