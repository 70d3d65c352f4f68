// The one form of encrypted things: rows of the store on a device, and entries of sealed documents (SPEC E1–E7).
import * as encoding from 'lib0/encoding'
import { CodedError } from '../errors.ts'
import { isWellFormed } from '../registers/json.ts'
import { pad, unpad } from './padme.ts'

/** XChaCha20-Poly1305 (IETF), handed in: this package holds no cryptography of its own. */
export interface Aead {
  /** Ciphertext with its 16-byte tag. `nonce` is 24 bytes, `key` 32. */
  encrypt(plaintext: Uint8Array, associatedData: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array
  /** The plaintext; throws when ciphertext, associated data, nonce or key differ from what was encrypted. */
  decrypt(ciphertext: Uint8Array, associatedData: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array
}

/** Bytes of a nonce. */
export const NONCE_BYTES = 24

const VERSION = 1
const EPOCH_BYTES = 4
const MAX_EPOCH = 2 ** 32 - 1
const HEADER_BYTES = 1 + EPOCH_BYTES + NONCE_BYTES
const TAG_BYTES = 16

/** What an envelope is bound to. */
interface EnvelopeBinding {
  readonly aead: Aead
  /** 32 bytes: the key of `epoch`. */
  readonly key: Uint8Array
  /** Which of the successive keys, 0 to 2^32 − 1. */
  readonly epoch: number
  /** Where the envelope belongs, such as store id, document and row: it opens nowhere else. Well-formed strings. */
  readonly context: readonly string[]
}

/** What {@link sealEnvelope} takes. */
export interface SealOptions extends EnvelopeBinding {
  /** 24 random bytes, never used before with this key. */
  readonly nonce: Uint8Array
  readonly plaintext: Uint8Array
  /** Plaintexts shorter than this look alike, in bytes. 1024 unless given. */
  readonly padTo?: number
}

/** What {@link openEnvelope} takes. */
export interface OpenOptions extends EnvelopeBinding {
  readonly envelope: Uint8Array
}

/**
 * An envelope: version, epoch (big-endian), nonce, ciphertext of the padded plaintext.
 *
 * @example
 * const envelope = sealEnvelope({ aead, key, nonce, epoch: 0, context: [storeId, 'votes', rowId], plaintext })
 */
export function sealEnvelope({
  aead,
  key,
  nonce,
  epoch,
  context,
  plaintext,
  padTo,
}: SealOptions): Uint8Array {
  if (nonce.length !== NONCE_BYTES) throw new RangeError('A nonce has 24 bytes.')
  const header = headerOf(epoch, nonce)
  const ciphertext = aead.encrypt(pad(plaintext, padTo), associatedDataOf(header, context), nonce, key)
  const envelope = new Uint8Array(HEADER_BYTES + ciphertext.length)
  envelope.set(header)
  envelope.set(ciphertext, HEADER_BYTES)
  return envelope
}

/**
 * The plaintext of an envelope.
 *
 * @throws CodedError `envelope-damaged` when it is too short, of another version or epoch, tampered with, sealed with
 * another key, or bound to another context.
 */
export function openEnvelope({ aead, key, epoch, context, envelope }: OpenOptions): Uint8Array {
  if (envelope.length < HEADER_BYTES + TAG_BYTES) throw new CodedError('envelope-damaged', 'It is too short.')
  const nonce = envelope.slice(1 + EPOCH_BYTES, HEADER_BYTES)
  // The header is made anew from what is expected, never taken from the envelope.
  const header = headerOf(epoch, nonce)
  if (header.some((byte, i) => byte !== envelope[i]))
    throw new CodedError('envelope-damaged', 'It is of another version or epoch.')
  const plaintext = unpad(decrypted({ aead, key, nonce, header, context, envelope }))
  if (!plaintext) throw new CodedError('envelope-damaged', 'It is not padded.')
  return plaintext
}

/** The epoch that an envelope says it is of; `undefined` for what does not begin like one. */
export function epochOf(envelope: Uint8Array): number | undefined {
  if (envelope.length < HEADER_BYTES + TAG_BYTES || envelope[0] !== VERSION) return undefined
  return new DataView(envelope.buffer, envelope.byteOffset).getUint32(1)
}

function decrypted({
  aead,
  key,
  nonce,
  header,
  context,
  envelope,
}: Omit<OpenOptions, 'epoch'> & { nonce: Uint8Array; header: Uint8Array }): Uint8Array {
  try {
    return aead.decrypt(envelope.subarray(HEADER_BYTES), associatedDataOf(header, context), nonce, key)
  } catch (cause) {
    throw new CodedError('envelope-damaged', undefined, { cause })
  }
}

function headerOf(epoch: number, nonce: Uint8Array): Uint8Array {
  if (!Number.isInteger(epoch) || epoch < 0 || epoch > MAX_EPOCH)
    throw new RangeError('An epoch is an integer from 0 to 2^32 − 1.')
  const header = new Uint8Array(HEADER_BYTES)
  const view = new DataView(header.buffer)
  view.setUint8(0, VERSION)
  view.setUint32(1, epoch)
  header.set(nonce, 1 + EPOCH_BYTES)
  return header
}

/** Header and context, each part after its length, so that no two contexts give the same bytes. */
function associatedDataOf(header: Uint8Array, context: readonly string[]): Uint8Array {
  if (!context.every(isWellFormed)) throw new RangeError('A context has no lone surrogates.')
  return encoding.encode(encoder => {
    encoding.writeUint8Array(encoder, header)
    encoding.writeVarUint(encoder, context.length)
    for (const part of context) encoding.writeVarString(encoder, part)
  })
}
