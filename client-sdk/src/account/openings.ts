// Opening the keys that the server has, with a password or with the recovery code.
import {
  CodedError,
  errorCode,
  type KeysResponse,
  type PreloginResponse,
  type RecoveryResponse,
} from '@workforce-democracy/shared'
import { derivePasswordKeys } from '../keys/password-keys.ts'
import { deriveRecoveryKeys } from '../keys/recovery-code.ts'
import type { AccountParts } from './account-parts.ts'
import { type OpenedKeys, openKeys, type Sealed } from './opened-keys.ts'

/** What the server is shown in the place of the present password. */
export type Proof = { readonly password: string } | { readonly recoverySecret: string }

/** Keys that the person has opened. */
export interface Opening {
  readonly opened: OpenedKeys
  readonly proof: Proof
  /** 32 bytes: what sealed the bundle. */
  readonly wrappingKey: Uint8Array
}

type Opener = Pick<AccountParts, 'sodium' | 'keyring'>

/**
 * Opens the password's bundle; `undefined` with another password.
 *
 * @throws CodedError `keys-locked` after a reset by mail, `record-refused`, `account-replaced`, `unsafe-derivation`
 */
export async function openByPassword(
  parts: Opener,
  password: string,
  prelogin: PreloginResponse,
  { record, bundle }: Pick<KeysResponse, 'record' | 'bundle'>,
): Promise<Opening | undefined> {
  if (bundle === null) throw new CodedError('keys-locked')
  const { loginSecret, wrappingKey } = await derivePasswordKeys(parts.sodium, password, prelogin)
  const opened = tryOpen(parts, { record, bundle, lock: { kind: 'password', key: wrappingKey } })
  return opened && { opened, proof: { password: loginSecret }, wrappingKey }
}

/**
 * Opens the recovery bundle; `undefined` with another code.
 *
 * @throws CodedError `wrong-recovery-code` for what is none, `record-refused`, `account-replaced`
 */
export function openByCode(
  parts: Opener,
  recoveryCode: string,
  { record, recoveryBundle }: RecoveryResponse,
): Opening | undefined {
  const { recoverySecret, wrappingKey } = deriveRecoveryKeys(parts.sodium, recoveryCode)
  const lock = { kind: 'recovery', key: wrappingKey } as const
  const opened = tryOpen(parts, { record, bundle: recoveryBundle, lock })
  return opened && { opened, proof: { recoverySecret }, wrappingKey }
}

function tryOpen({ sodium, keyring }: Opener, sealed: Omit<Sealed, 'pinned'>): OpenedKeys | undefined {
  try {
    return openKeys(sodium, { ...sealed, pinned: keyring.record })
  } catch (error) {
    if (errorCode(error) === 'envelope-damaged') return undefined
    throw error
  }
}
