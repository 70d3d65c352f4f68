// Account records as a device signs them, made with Node instead of the SDK.
import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import {
  type AccountRecord,
  type NewAccountKeys,
  recordBodyBytes,
  recordSigningBytes,
  type SignedRecord,
} from '@workforce-democracy/shared'

const text = (bytes: number) => randomBytes(bytes).toString('base64url')

/** A vault and the identity that signs its records. */
export class TestIdentity {
  readonly #key: KeyObject
  readonly record: AccountRecord

  constructor(record: Partial<AccountRecord> = {}) {
    const { x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
    this.#key = createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', x: x!, d: d! }, format: 'jwk' })
    this.record = { version: 1, vaultId: text(16), identity: x!, number: 1, epoch: 0, devices: [], ...record }
  }

  /** A record of this identity, changed as given. */
  sign(change: Partial<AccountRecord> = {}): SignedRecord {
    const bytes = recordBodyBytes({ ...this.record, ...change })
    return {
      body: Buffer.from(bytes).toString('base64url'),
      signature: sign(null, recordSigningBytes(bytes), this.#key).toString('base64url'),
    }
  }

  /** A record with all that goes with it; the bundles are made-up bytes, of which no server can tell. */
  keys(change: Partial<AccountRecord> = {}): NewAccountKeys {
    return {
      record: this.sign(change),
      bundle: text(120),
      recoveryBundle: text(120),
      recoverySecret: text(32),
    }
  }
}

/** A device as a record names it. */
export const recordDevice = (id: string) => ({ id, publicKey: text(32), sealedKey: text(80) })
