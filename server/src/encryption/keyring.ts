// The keyring: wraps the keys in the key store. Its first key is current, the others still open what they wrapped.
import { randomBytes as nodeRandomBytes } from 'node:crypto'
import { CodedError } from '@workforce-democracy/shared'
import { type Aead, createAead, KEY_BYTES, type RandomBytes } from './aead.ts'
import { encodeParts } from './encode-parts.ts'

/** A key of the keyring, as configured. */
export interface KeyringKey {
  /** Stored with what the key wraps. */
  readonly id: string
  /** 32 bytes. */
  readonly key: Buffer
}

/** A key as the key store holds it. */
export interface WrappedKey {
  readonly keyringId: string
  readonly wrapped: Buffer
}

/** Wraps and unwraps 32-byte keys. `label` says which key it is, so that one cannot stand in for another. */
export interface Keyring {
  /** Id of the current key, the one that wraps. */
  readonly currentId: string
  /** Whether what the key of this id wrapped can be opened. */
  has(id: string): boolean
  wrap(key: Uint8Array, label: readonly string[]): WrappedKey
  /** @throws CodedError `invalid-config` when the keyring lacks the key that wrapped it, `at-rest-damaged` */
  unwrap(wrappedKey: WrappedKey, label: readonly string[]): Buffer
}

/**
 * Makes a keyring.
 *
 * @throws CodedError `invalid-config` without keys, for a key that is not 32 bytes, or for an id given twice
 */
export function createKeyring(
  keys: readonly KeyringKey[],
  randomBytes: RandomBytes = nodeRandomBytes,
): Keyring {
  const aeadById = new Map<string, Aead>()
  for (const { id, key } of keys) {
    if (key.length !== KEY_BYTES)
      throw new CodedError('invalid-config', `Encryption key ${id} is not 32 bytes.`)
    if (aeadById.has(id)) throw new CodedError('invalid-config', `Encryption key ${id} is given twice.`)
    aeadById.set(id, createAead(key, randomBytes))
  }
  const current = keys[0]?.id
  if (current === undefined) throw new CodedError('invalid-config', 'There is no encryption key.')
  const aeadOf = (id: string): Aead => {
    const aead = aeadById.get(id)
    if (!aead)
      throw new CodedError('invalid-config', `The encryption keys lack ${id}, which keys are wrapped by.`)
    return aead
  }

  return {
    currentId: current,
    has: id => aeadById.has(id),
    wrap: (key, label) => ({
      keyringId: current,
      wrapped: aeadOf(current).seal(key, encodeParts([current, ...label])),
    }),
    unwrap: ({ keyringId, wrapped }, label) =>
      aeadOf(keyringId).open(wrapped, encodeParts([keyringId, ...label])),
  }
}
