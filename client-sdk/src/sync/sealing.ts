// What sealed documents are sealed with, and the whole content of one for a move.
import {
  type Aead,
  type DocumentName,
  NONCE_BYTES,
  type Register,
  SEALED_ROOT,
  type SealedContent,
  type SealedPlace,
  sealContent,
} from '@workforce-democracy/shared'
import * as Y from 'yjs'

/** The keys of a person's sealed documents. */
export interface SealedKeys {
  readonly vaultId: string
  /** The present one: what this device seals with. */
  readonly epoch: number
  /** 32 bytes; `undefined` for an epoch whose key this device does not have. */
  documentKey(document: DocumentName, epoch: number): Uint8Array | undefined
}

/** What seals and opens. */
export interface Sealing {
  readonly aead: Aead
  readonly randomBytes: (length: number) => Uint8Array
  readonly keys: SealedKeys
}

/** Where envelopes of a generation belong, `undefined` without the key of its epoch. */
export function placeOf(
  { aead, keys }: Sealing,
  { document, generation, epoch }: Pick<SealedPlace, 'document' | 'generation' | 'epoch'>,
): SealedPlace | undefined {
  const key = keys.documentKey(document, epoch)
  return key && { aead, key, epoch, vaultId: keys.vaultId, document, generation }
}

/** An envelope, as Yjs wants bytes. */
export function envelopeOf(sealing: Sealing, place: SealedPlace, content: SealedContent): Uint8Array {
  return Uint8Array.from(sealContent(place, content, sealing.randomBytes(NONCE_BYTES)))
}

/** A Yjs document with nothing but one envelope, as an update. */
export function sealedDocument(envelope: Uint8Array): Uint8Array {
  const doc = new Y.Doc()
  doc.getArray(SEALED_ROOT).push([envelope])
  const update = Y.encodeStateAsUpdate(doc)
  doc.destroy()
  return update
}

/** Registers in groups that each fit well into an update message, so that the server takes each (SPEC P15). */
export function grouped(registers: readonly Register[]): Register[][] {
  const groups: Register[][] = []
  let sizeBytes = Number.POSITIVE_INFINITY
  for (const register of registers) {
    const bytes = MAX_UTF8_BYTES * JSON.stringify([register.key, register.value]).length
    if (sizeBytes + bytes > GROUP_BYTES) {
      groups.push([])
      sizeBytes = 0
    }
    groups.at(-1)?.push(register)
    sizeBytes += bytes
  }
  return groups
}

const GROUP_BYTES = 512 * 1024
const MAX_UTF8_BYTES = 3
