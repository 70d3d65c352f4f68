// Receipts: what a server signs of a document's log, so that it cannot say another thing later (SPEC T).
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'

/** What a server says of a document. */
export interface ReceiptBody {
  /** The account's id. */
  readonly personId: string
  readonly document: string
  readonly generation: number
  readonly position: number
  /** Hash of everything up to that position, 32 bytes. */
  readonly chain: Uint8Array
  /** Whole seconds since 1970. */
  readonly signedAtSeconds: number
}

/** A receipt as it is sent: whose document it is about both sides know. */
export interface Receipt extends Omit<ReceiptBody, 'personId' | 'document'> {
  /** Names the key in the server's JWKS. */
  readonly keyId: string
  /** Ed25519, 64 bytes. */
  readonly signature: Uint8Array
}

/** Bytes of a chain, and of an Ed25519 signature. */
export const CHAIN_BYTES = 32
export const SIGNATURE_BYTES = 64
const VERSION = 1
/** Says what is signed, so that a signature of something else, such as a token, never passes for one of a receipt. */
const SIGNING_PREFIX = 'workforce-democracy receipt 1\n'

/** The bytes that are signed. */
export function receiptSigningBytes(body: ReceiptBody): Uint8Array {
  return encoding.encode(encoder => {
    encoding.writeVarString(encoder, SIGNING_PREFIX)
    encoding.writeVarString(encoder, body.personId)
    encoding.writeVarString(encoder, body.document)
    encoding.writeVarUint(encoder, body.generation)
    encoding.writeVarUint(encoder, body.position)
    encoding.writeVarUint8Array(encoder, body.chain)
    encoding.writeVarUint(encoder, body.signedAtSeconds)
  })
}

/** A receipt as bytes. */
export function encodeReceipt(receipt: Receipt): Uint8Array {
  return encoding.encode(encoder => {
    encoding.writeUint8(encoder, VERSION)
    encoding.writeVarUint(encoder, receipt.generation)
    encoding.writeVarUint(encoder, receipt.position)
    encoding.writeVarUint8Array(encoder, receipt.chain)
    encoding.writeVarUint(encoder, receipt.signedAtSeconds)
    encoding.writeVarString(encoder, receipt.keyId)
    encoding.writeVarUint8Array(encoder, receipt.signature)
  })
}

/** The receipt in bytes, `undefined` for anything that {@link encodeReceipt} does not make. */
export function decodeReceipt(bytes: Uint8Array): Receipt | undefined {
  try {
    const decoder = decoding.createDecoder(bytes)
    if (decoding.readUint8(decoder) !== VERSION) return undefined
    const receipt = {
      generation: decoding.readVarUint(decoder),
      position: decoding.readVarUint(decoder),
      chain: decoding.readVarUint8Array(decoder).slice(),
      signedAtSeconds: decoding.readVarUint(decoder),
      keyId: decoding.readVarString(decoder),
      signature: decoding.readVarUint8Array(decoder).slice(),
    }
    const isWhole = receipt.chain.length === CHAIN_BYTES && receipt.signature.length === SIGNATURE_BYTES
    return isWhole && !decoding.hasContent(decoder) ? receipt : undefined
  } catch {
    return undefined
  }
}
