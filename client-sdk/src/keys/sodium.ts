// libsodium, loaded when the first store is opened, as the few functions that the SDK needs.
import type { Aead } from '@workforce-democracy/shared'

/** What the SDK uses of libsodium. */
export interface Sodium {
  /** XChaCha20-Poly1305 (IETF). */
  readonly aead: Aead
  randomBytes(length: number): Uint8Array
  /** BLAKE2b (RFC 7693) of `length` bytes, keyed where a key is given. */
  hash(length: number, message: Uint8Array, key?: Uint8Array): Uint8Array
  /** A key of 32 bytes for one purpose (libsodium's KDF). `context` is 8 characters, `keyBytes` 32 bytes. */
  deriveKey(purpose: { readonly context: string; readonly id: number }, key: Uint8Array): Uint8Array
}

/** Bytes of every key here. */
export const KEY_BYTES = 32

/** Loads libsodium; the module keeps it. */
export async function loadSodium(): Promise<Sodium> {
  const { default: sodium } = await import('libsodium-wrappers')
  await sodium.ready
  return {
    aead: {
      encrypt: (plaintext, associatedData, nonce, key) =>
        sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, associatedData, null, nonce, key),
      decrypt: (ciphertext, associatedData, nonce, key) =>
        sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, ciphertext, associatedData, nonce, key),
    },
    // Not libsodium's own, which asks the platform for each byte by itself.
    randomBytes: length => crypto.getRandomValues(new Uint8Array(length)),
    hash: (length, message, key) => sodium.crypto_generichash(length, message, key ?? null),
    deriveKey: ({ context, id }, key) => sodium.crypto_kdf_derive_from_key(KEY_BYTES, id, context, key),
  }
}
