// Where the envelopes of a sealed document belong, and what opens them there and nowhere else (SPEC L4–L5).
import type { DocumentName } from '../documents/document-names.ts'
import { type Aead, epochOf, openEnvelope, sealEnvelope } from '../envelope/envelope.ts'
import { errorCode } from '../errors.ts'
import { decodeSealedContent, encodeSealedContent, type SealedContent } from './sealed-content.ts'

/** One generation of a sealed document. */
export interface SealedPlace {
  readonly aead: Aead
  /** 32 bytes: the document's key of `epoch`. */
  readonly key: Uint8Array
  /** A generation has one. */
  readonly epoch: number
  readonly vaultId: string
  readonly document: DocumentName
  readonly generation: number
}

/**
 * Why an element is not taken in. `other-epoch`: sealed in another epoch, by what it says. `unopenable`: no envelope of
 * this place, or damaged. `unreadable`: of this place, and written by no version up to this one.
 */
export type SealedRefusal = 'other-epoch' | 'unopenable' | 'unreadable'

/** What an element of a sealed document turned out to be. */
export type OpenedElement =
  | { readonly outcome: 'opened'; readonly content: SealedContent }
  | { readonly outcome: SealedRefusal }

/** No document is larger. */
const MAX_ENVELOPE_BYTES = 8 * 1024 * 1024

/** The envelope of a content. `nonce` is 24 random bytes, never used before with this key. */
export function sealContent(place: SealedPlace, content: SealedContent, nonce: Uint8Array): Uint8Array {
  const { aead, key, epoch } = place
  const plaintext = encodeSealedContent(content)
  return sealEnvelope({ aead, key, epoch, context: contextOf(place), nonce, plaintext })
}

/** What an element holds, if it is an envelope of this place. Anything may be given; nothing is thrown. */
export function openElement(place: SealedPlace, element: unknown): OpenedElement {
  if (!(element instanceof Uint8Array) || element.length > MAX_ENVELOPE_BYTES)
    return { outcome: 'unopenable' }
  const plaintext = tryOpen(place, element)
  if (!plaintext) return { outcome: isOfOtherEpoch(place, element) ? 'other-epoch' : 'unopenable' }
  const content = decodeSealedContent(plaintext)
  return content ? { outcome: 'opened', content } : { outcome: 'unreadable' }
}

function contextOf({ vaultId, document, generation }: SealedPlace): string[] {
  return [vaultId, 'document', document, String(generation)]
}

function tryOpen(place: SealedPlace, envelope: Uint8Array): Uint8Array | undefined {
  const { aead, key, epoch } = place
  try {
    return openEnvelope({ aead, key, epoch, context: contextOf(place), envelope })
  } catch (error) {
    if (errorCode(error) === 'envelope-damaged') return undefined
    throw error
  }
}

function isOfOtherEpoch({ epoch }: SealedPlace, envelope: Uint8Array): boolean {
  const named = epochOf(envelope)
  return named !== undefined && named !== epoch
}
