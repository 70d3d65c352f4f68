// An account's keys while a password or recovery code has them open: what it takes to sign the next record.
import { CodedError, type NewAccountKeys, type SignedRecord } from '@workforce-democracy/shared'
import {
  identityOf,
  type NamedDevice,
  refusedRecord,
  signRecord,
  type VerifiedRecord,
  verifyRecord,
} from '../keys/account-record.ts'
import { toBase64Url } from '../keys/bytes.ts'
import { type DeviceKey, devicePublicKey } from '../keys/device-key.ts'
import { type BundleLock, openBundle, sealBundle } from '../keys/key-bundle.ts'
import { createRecoveryCode, deriveRecoveryKeys } from '../keys/recovery-code.ts'
import type { Sodium } from '../keys/sodium.ts'
import type { Vault } from '../keys/vault.ts'

/** Keys that lie open. Nothing of the identity is kept when the work with them is done. */
export interface OpenedKeys {
  readonly record: VerifiedRecord
  readonly vault: Vault
  /** The seed of the identity key, 32 bytes. */
  readonly identitySecret: Uint8Array
}

/** What {@link openKeys} takes. */
export interface Sealed {
  readonly record: SignedRecord
  readonly bundle: string
  readonly lock: BundleLock
  /** What this device knows of the account. */
  readonly pinned: VerifiedRecord | undefined
}

/**
 * Opens a bundle, and believes the record that came with it if both belong together.
 *
 * @throws CodedError `account-replaced`, `record-refused`, `envelope-damaged` when the bundle does not open
 */
export function openKeys(sodium: Sodium, { record, bundle, lock, pinned }: Sealed): OpenedKeys {
  const verdict = verifyRecord(sodium, record, pinned)
  if (!verdict.ok) throw refusedRecord(verdict.refusal)
  const { body } = verdict.record
  const { vault, identitySecret, recordNumber } = openBundle(sodium, bundle, body, lock)
  // Who has no record pinned learns the identity from the bundle alone: whoever sealed it had the password or the code.
  if (identityOf(sodium, identitySecret) !== body.identity)
    throw new CodedError('record-refused', 'It is signed by another identity.')
  if (body.number < recordNumber) throw new CodedError('record-refused', 'It is older than its keys.')
  return { record: verdict.record, vault, identitySecret }
}

/** What {@link makeKeys} takes. */
export interface KeyParts {
  readonly vault: Vault
  readonly identitySecret: Uint8Array
  readonly number: number
  readonly devices: readonly NamedDevice[]
  /** Of the password. */
  readonly wrappingKey: Uint8Array
}

/** A record with everything sealed anew, ready to be sent. */
export interface MadeKeys {
  readonly record: VerifiedRecord
  readonly vault: Vault
  readonly request: NewAccountKeys
  /** Shown once, kept nowhere. */
  readonly recoveryCode: string
}

/** Signs a record, and seals its bundle for the password and for a new recovery code. */
export function makeKeys(sodium: Sodium, parts: KeyParts): MadeKeys {
  const { vault, identitySecret, number, wrappingKey } = parts
  const record = signRecord(sodium, parts)
  const bundle = { vault, identitySecret, recordNumber: number }
  const recoveryCode = createRecoveryCode(sodium)
  const recovery = deriveRecoveryKeys(sodium, recoveryCode)
  return {
    record,
    vault,
    recoveryCode,
    request: {
      record: record.signed,
      bundle: sealBundle(sodium, bundle, { kind: 'password', key: wrappingKey }),
      recoveryBundle: sealBundle(sodium, bundle, { kind: 'recovery', key: recovery.wrappingKey }),
      recoverySecret: recovery.recoverySecret,
    },
  }
}

/** A device as records name it. */
export function recordDevice(sodium: Sodium, device: DeviceKey): NamedDevice {
  return { id: device.id, publicKey: toBase64Url(devicePublicKey(sodium, device)) }
}

/** Whether a record names a device with this very key. */
export function names({ body }: VerifiedRecord, { id, publicKey }: NamedDevice): boolean {
  return body.devices.some(device => device.id === id && device.publicKey === publicKey)
}

/** The devices of a record, with `own` among them. */
export function devicesWith({ body }: VerifiedRecord, own: NamedDevice): NamedDevice[] {
  return [...body.devices.filter(({ id }) => id !== own.id), own]
}
