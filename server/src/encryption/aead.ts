// AES-256-GCM as everything at rest uses it: version byte ‖ 12-byte nonce ‖ ciphertext ‖ 16-byte tag.
import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto'
import { CodedError } from '@workforce-democracy/shared'
import { pooledRandomBytes } from './pooled-random-bytes.ts'

const ALGORITHM = 'aes-256-gcm'
const VERSION = 1
const NONCE_BYTES = 12
const TAG_BYTES = 16
const NONCE_END = 1 + NONCE_BYTES

/** Bytes of every key at rest. */
export const KEY_BYTES = 32

/** Where randomness comes from; `randomBytes` of node:crypto outside tests. */
export type RandomBytes = (sizeBytes: number) => Buffer

/** Authenticated encryption under one key. */
export interface Aead {
  /** Encrypts under a fresh nonce. */
  seal(plaintext: Uint8Array, associatedData: Uint8Array): Buffer
  /**
   * Decrypts what {@link Aead.seal} made with the same associated data.
   *
   * @throws CodedError `at-rest-damaged` for anything else
   */
  open(sealed: Uint8Array, associatedData: Uint8Array): Buffer
}

/**
 * Authenticated encryption under `key` (32 bytes). Nonces are random: one key is good for 2^32 values
 * (NIST SP 800-38D, 8.3), more than one document's generation ever holds.
 */
export function createAead(key: Uint8Array, randomBytes: RandomBytes = pooledRandomBytes): Aead {
  const secret = createSecretKey(key)
  return {
    seal(plaintext, associatedData) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv(ALGORITHM, secret, nonce, { authTagLength: TAG_BYTES })
      cipher.setAAD(associatedData)
      const ciphertext = cipher.update(plaintext)
      cipher.final()
      return Buffer.concat([Buffer.of(VERSION), nonce, ciphertext, cipher.getAuthTag()])
    },
    open(sealed, associatedData) {
      if (sealed[0] !== VERSION || sealed.length < NONCE_END + TAG_BYTES) throw damaged()
      const tagStart = sealed.length - TAG_BYTES
      const nonce = sealed.subarray(1, NONCE_END)
      const decipher = createDecipheriv(ALGORITHM, secret, nonce, { authTagLength: TAG_BYTES })
      decipher.setAAD(associatedData).setAuthTag(sealed.subarray(tagStart))
      const plaintext = decipher.update(sealed.subarray(NONCE_END, tagStart))
      try {
        decipher.final()
      } catch (cause) {
        throw damaged(cause)
      }
      return plaintext
    },
  }
}

const damaged = (cause?: unknown): CodedError =>
  new CodedError('at-rest-damaged', 'It is damaged, or belongs to another place.', { cause })
