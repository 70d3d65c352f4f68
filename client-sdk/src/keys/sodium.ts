// libsodium, loaded when the first store is opened, as the few functions that the SDK needs.
import type { Aead } from '@workforce-democracy/shared'
import { type Argon2id, argon2id as argon2idHere } from './argon2id.ts'

/** What the SDK uses of libsodium. */
export interface Sodium {
  /** XChaCha20-Poly1305 (IETF). */
  readonly aead: Aead
  randomBytes(length: number): Uint8Array
  /** BLAKE2b (RFC 7693) of `length` bytes, keyed where a key is given. */
  hash(length: number, message: Uint8Array, key?: Uint8Array): Uint8Array
  /** A key of 32 bytes for one purpose (libsodium's KDF). `context` is 8 characters, `keyBytes` 32 bytes. */
  deriveKey(purpose: { readonly context: string; readonly id: number }, key: Uint8Array): Uint8Array
  readonly ed25519: Ed25519
  readonly sealedBox: SealedBox
  /** Not libsodium's, whose build for the web lacks it. */
  readonly argon2id: Argon2id
}

/** Signatures (RFC 8032). A secret is the seed of 32 bytes. */
export interface Ed25519 {
  publicKey(secret: Uint8Array): Uint8Array
  sign(message: Uint8Array, secret: Uint8Array): Uint8Array
  /** Whether `signature` is one; `false` too for what has not the length of one. */
  verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean
}

/** libsodium's sealed boxes over X25519: whoever has the public key seals, only the secret key opens. */
export interface SealedBox {
  publicKey(secretKey: Uint8Array): Uint8Array
  seal(message: Uint8Array, publicKey: Uint8Array): Uint8Array
  /** `undefined` for what was not sealed to this key, or was changed since. */
  open(sealed: Uint8Array, secretKey: Uint8Array): Uint8Array | undefined
}

/** Bytes of every key here. */
export const KEY_BYTES = 32

/** Loads libsodium; the module keeps it. `argon2id` says where passphrases are derived: here unless given. */
export async function loadSodium({
  argon2id = argon2idHere,
}: {
  argon2id?: Argon2id | undefined
} = {}): Promise<Sodium> {
  const { default: sodium } = await import('libsodium-wrappers')
  await sodium.ready
  return {
    aead: {
      encrypt: (plaintext, associatedData, nonce, key) =>
        sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, associatedData, null, nonce, key),
      decrypt: (ciphertext, associatedData, nonce, key) =>
        sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, ciphertext, associatedData, nonce, key),
    },
    argon2id,
    // Not libsodium's own, which asks the platform for each byte by itself.
    randomBytes: length => crypto.getRandomValues(new Uint8Array(length)),
    hash: (length, message, key) => sodium.crypto_generichash(length, message, key ?? null),
    deriveKey: ({ context, id }, key) => sodium.crypto_kdf_derive_from_key(KEY_BYTES, id, context, key),
    ed25519: {
      publicKey: secret => sodium.crypto_sign_seed_keypair(secret).publicKey,
      sign: (message, secret) =>
        sodium.crypto_sign_detached(message, sodium.crypto_sign_seed_keypair(secret).privateKey),
      verify: (signature, message, publicKey) =>
        attempt(() => sodium.crypto_sign_verify_detached(signature, message, publicKey)) ?? false,
    },
    sealedBox: {
      publicKey: secretKey => sodium.crypto_scalarmult_base(secretKey),
      seal: (message, publicKey) => sodium.crypto_box_seal(message, publicKey),
      open: (sealed, secretKey) =>
        attempt(() =>
          sodium.crypto_box_seal_open(sealed, sodium.crypto_scalarmult_base(secretKey), secretKey),
        ),
    },
  }
}

/** libsodium throws for what does not verify or open; here that is an outcome like another. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
