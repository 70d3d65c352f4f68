// The key of a store: random, wrapped by a passphrase or a secret. Owns the header, the one row that is in clear.
import { CodedError } from '@workforce-democracy/shared'
import { decodeUtf8, encodeUtf8 } from 'lib0/string'
import * as z from 'zod/mini'
import { ARGON2_COST, isBearableCost, SALT_BYTES } from './argon2id.ts'
import { fromBase64Url, toBase64Url } from './bytes.ts'
import { KEY_BYTES, type Sodium } from './sodium.ts'

/** What opens a store: words that a person knows, or at least 32 random bytes that the caller keeps safe. */
export type StoreLock = { readonly passphrase: string } | { readonly storeSecret: Uint8Array }

/** An opened store's identity. */
export interface StoreKey {
  readonly storeId: string
  /** 32 bytes. */
  readonly key: Uint8Array
}

const FORMAT = 1
const CHECKSUM_BYTES = 16
const NONCE_BYTES = 24
const STORE_ID_BYTES = 16
const MIN_PASSPHRASE_LENGTH = 8
const SECRET_PERSONALIZATION = encodeUtf8('workforce-democracy store secret')

const kdfSchema = z.discriminatedUnion('name', [
  z.object({
    name: z.literal('argon2id'),
    salt: z.string(),
    memoryKiB: z.int(),
    iterations: z.int(),
    parallelism: z.int(),
  }),
  z.object({ name: z.literal('secret') }),
])
type Kdf = z.infer<typeof kdfSchema>

const headerSchema = z.object({
  format: z.literal(FORMAT),
  storeId: z.string(),
  kdf: kdfSchema,
  /** Nonce and ciphertext of the store key. */
  wrappedKey: z.string(),
})
type Header = z.infer<typeof headerSchema>

/**
 * Refuses what would protect nothing.
 *
 * @throws CodedError `invalid-input`
 */
export function checkLock(lock: StoreLock): void {
  if ('storeSecret' in lock && lock.storeSecret.length < KEY_BYTES)
    throw new CodedError('invalid-input', `A store secret has at least ${KEY_BYTES} bytes.`)
  if ('passphrase' in lock && lock.passphrase.length < MIN_PASSPHRASE_LENGTH)
    throw new CodedError('invalid-input', `A passphrase has at least ${MIN_PASSPHRASE_LENGTH} characters.`)
}

/** Makes a store's key and its header. */
export async function createStoreKey(
  sodium: Sodium,
  lock: StoreLock,
): Promise<StoreKey & { header: Uint8Array }> {
  const storeId = toBase64Url(sodium.randomBytes(STORE_ID_BYTES))
  const key = sodium.randomBytes(KEY_BYTES)
  const kdf: Kdf =
    'passphrase' in lock
      ? { name: 'argon2id', salt: toBase64Url(sodium.randomBytes(SALT_BYTES)), ...ARGON2_COST }
      : { name: 'secret' }
  const nonce = sodium.randomBytes(NONCE_BYTES)
  const ciphertext = sodium.aead.encrypt(
    key,
    associatedData(storeId, kdf),
    nonce,
    await wrappingKey(sodium, lock, kdf),
  )
  const wrappedKey = toBase64Url(new Uint8Array([...nonce, ...ciphertext]))
  return { storeId, key, header: encodeHeader(sodium, { format: FORMAT, storeId, kdf, wrappedKey }) }
}

/**
 * Opens a store's header.
 *
 * @throws CodedError `wrong-passphrase`, `store-damaged`
 */
export async function openStoreKey(sodium: Sodium, lock: StoreLock, header: Uint8Array): Promise<StoreKey> {
  const { storeId, kdf, wrappedKey } = decodeHeader(sodium, header)
  const wrapped = fromBase64Url(wrappedKey)
  if (!wrapped || wrapped.length <= NONCE_BYTES) throw damagedHeader()
  const unwrappingKey = await wrappingKey(sodium, lock, kdf)
  try {
    const [nonce, ciphertext] = [wrapped.subarray(0, NONCE_BYTES), wrapped.subarray(NONCE_BYTES)]
    return {
      storeId,
      key: sodium.aead.decrypt(ciphertext, associatedData(storeId, kdf), nonce, unwrappingKey),
    }
  } catch (cause) {
    throw new CodedError('wrong-passphrase', undefined, { cause })
  }
}

async function wrappingKey(sodium: Sodium, lock: StoreLock, kdf: Kdf): Promise<Uint8Array> {
  if ('storeSecret' in lock) {
    if (kdf.name !== 'secret') throw new CodedError('wrong-passphrase', 'A passphrase opens this store.')
    return sodium.hash(KEY_BYTES, lock.storeSecret, SECRET_PERSONALIZATION)
  }
  if (kdf.name !== 'argon2id') throw new CodedError('wrong-passphrase', 'A store secret opens this store.')
  const salt = fromBase64Url(kdf.salt)
  if (salt?.length !== SALT_BYTES || !isBearableCost(kdf)) throw damagedHeader()
  return sodium.argon2id({ ...kdf, salt, passphrase: lock.passphrase, lengthBytes: KEY_BYTES })
}

/** What the wrapped key is bound to: nobody can move it to another header or change its parameters. */
function associatedData(storeId: string, kdf: Kdf): Uint8Array {
  return encodeUtf8(JSON.stringify([FORMAT, storeId, kdf]))
}

/** The header ends with a checksum, so that damage is not mistaken for a wrong passphrase. */
function encodeHeader(sodium: Sodium, header: Header): Uint8Array {
  const content = encodeUtf8(JSON.stringify(header))
  return new Uint8Array([...content, ...sodium.hash(CHECKSUM_BYTES, content)])
}

function decodeHeader(sodium: Sodium, bytes: Uint8Array): Header {
  const content = bytes.slice(0, -CHECKSUM_BYTES)
  const checksum = bytes.subarray(-CHECKSUM_BYTES)
  if (!sodium.hash(CHECKSUM_BYTES, content).every((byte, i) => byte === checksum[i])) throw damagedHeader()
  const parsed = z.safeParse(headerSchema, parseJson(content))
  if (!parsed.success) throw damagedHeader()
  return parsed.data
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decodeUtf8(bytes))
  } catch {
    return undefined
  }
}

const damagedHeader = () => new CodedError('store-damaged', 'The header of the store is damaged.')
