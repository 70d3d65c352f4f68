// The account record: which devices an account has, and its key sealed to each, signed by the identity key.
import {
  type AccountRecord,
  CodedError,
  decodeRecordBody,
  type RecordDevice,
  recordBodyBytes,
  recordSigningBytes,
  type SignedRecord,
} from '@workforce-democracy/shared'
import { fromBase64Url, toBase64Url } from './bytes.ts'
import { sealAccountKey } from './sealed-key.ts'
import type { Sodium } from './sodium.ts'
import { currentAccountKey, type Vault } from './vault.ts'

/** A device as it is put into a record. */
export type NamedDevice = Pick<RecordDevice, 'id' | 'publicKey'>

/** What a new record is made of. */
export interface RecordParts {
  readonly vault: Vault
  readonly number: number
  readonly devices: readonly NamedDevice[]
  /** The seed of the identity key, 32 bytes. */
  readonly identitySecret: Uint8Array
}

/** A record that this device believes, and as what it came. */
export interface VerifiedRecord {
  readonly signed: SignedRecord
  readonly body: AccountRecord
}

/** Why a record is not believed. */
export type RecordRefusal =
  /** It has not the form of one, or is not in canonical form. */
  | 'malformed'
  /** It is not signed by the identity that it names. */
  | 'unsigned'
  /** It names another identity, or another vault, than the one this device knows. */
  | 'other-identity'
  /** It is older than one seen before, or another one of the same number. */
  | 'older'

/** What a look at a record gives. */
export type RecordVerdict =
  | { readonly ok: true; readonly record: VerifiedRecord }
  | { readonly ok: false; readonly refusal: RecordRefusal }

/** Makes a record (SPEC K4) with the vault's current key sealed to every device. */
export function signRecord(sodium: Sodium, parts: RecordParts): VerifiedRecord {
  const { vault, number, identitySecret } = parts
  const accountKey = currentAccountKey(vault)
  const devices = parts.devices.map(({ id, publicKey }) => {
    const bytes = fromBase64Url(publicKey)
    if (!bytes) throw new CodedError('invalid-input', 'This is not the form of a public key.')
    return {
      id,
      publicKey,
      sealedKey: sealAccountKey(sodium, { vaultId: vault.id, accountKey, publicKey: bytes }),
    }
  })
  const body: AccountRecord = {
    version: 1,
    vaultId: vault.id,
    number,
    epoch: accountKey.epoch,
    identity: identityOf(sodium, identitySecret),
    devices,
  }
  const bytes = recordBodyBytes(body)
  const signature = sodium.ed25519.sign(recordSigningBytes(bytes), identitySecret)
  return { body, signed: { body: toBase64Url(bytes), signature: toBase64Url(signature) } }
}

/** The public key of an identity, base64url. */
export function identityOf(sodium: Sodium, identitySecret: Uint8Array): string {
  return toBase64Url(sodium.ed25519.publicKey(identitySecret))
}

/**
 * Whether a record is to be believed: signed by the identity it names, and, where one is `pinned`, of the same identity
 * and vault and not older.
 */
export function verifyRecord(
  sodium: Sodium,
  signed: SignedRecord,
  pinned: VerifiedRecord | undefined,
): RecordVerdict {
  const body = decodeRecordBody(signed.body)
  const bytes = fromBase64Url(signed.body)
  const signature = fromBase64Url(signed.signature)
  const identity = body && fromBase64Url(body.identity)
  if (!body || !bytes || !signature || !identity) return refused('malformed')
  // Before anything else is said about it: what nobody has signed says nothing about another identity either.
  if (!sodium.ed25519.verify(signature, recordSigningBytes(bytes), identity)) return refused('unsigned')
  if (pinned && (pinned.body.identity !== body.identity || pinned.body.vaultId !== body.vaultId))
    return refused('other-identity')
  if (pinned && body.number < pinned.body.number) return refused('older')
  if (pinned && body.number === pinned.body.number && signed.body !== pinned.signed.body)
    return refused('older')
  return { ok: true, record: { signed, body } }
}

const refused = (refusal: RecordRefusal): RecordVerdict => ({ ok: false, refusal })

/** The error of a refused record. */
export function refusedRecord(refusal: RecordRefusal): CodedError {
  return new CodedError(refusal === 'other-identity' ? 'account-replaced' : 'record-refused')
}
