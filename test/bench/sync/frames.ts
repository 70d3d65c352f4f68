// The frames of the load generator: y-protocols' for all servers, behind the document's name for Hocuspocus.
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'

const SYNC = 0
const AUTH = 2
const DURABLE = 4
const SYNC_STATUS = 8
const STEP1 = 0
const STEP2 = 1
const UPDATE = 2
const TOKEN = 0
const EMPTY_STATE_VECTOR = new Uint8Array([0])
const EMPTY_UPDATE = new Uint8Array([0, 0])

/** What goes before each frame: nothing, or the document's name where one socket carries many documents. */
export function framePrefix(documentName: string | undefined): Uint8Array {
  return encoding.encode(encoder => {
    if (documentName !== undefined) encoding.writeVarString(encoder, documentName)
  })
}

function syncFrame(prefix: Uint8Array, type: number, bytes: Uint8Array): Uint8Array {
  return encoding.encode(encoder => {
    encoding.writeUint8Array(encoder, prefix)
    encoding.writeVarUint(encoder, SYNC)
    encoding.writeVarUint(encoder, type)
    encoding.writeVarUint8Array(encoder, bytes)
  })
}

/** Asks for everything. */
export const step1Frame = (prefix: Uint8Array) => syncFrame(prefix, STEP1, EMPTY_STATE_VECTOR)

/** Answers that there is nothing to give. */
export const emptyStep2Frame = (prefix: Uint8Array) => syncFrame(prefix, STEP2, EMPTY_UPDATE)

/** A change. */
export const updateFrame = (prefix: Uint8Array, update: Uint8Array) => syncFrame(prefix, UPDATE, update)

/** Hocuspocus waits for one of these before it opens a document, whether it authenticates or not. */
export function authFrame(prefix: Uint8Array): Uint8Array {
  return encoding.encode(encoder => {
    encoding.writeUint8Array(encoder, prefix)
    encoding.writeVarUint(encoder, AUTH)
    encoding.writeVarUint(encoder, TOKEN)
    encoding.writeVarString(encoder, 'none')
  })
}

/** What the generator tells apart. */
export type Incoming =
  | { readonly type: 'step1' | 'saved' | 'other' }
  | { readonly type: 'step2' | 'update'; readonly update: Uint8Array }
  | { readonly type: 'durable'; readonly count: number }

const FIRST_STEP: Incoming = { type: 'step1' }
const SAVED: Incoming = { type: 'saved' }
const OTHER: Incoming = { type: 'other' }

/** Reads a frame that begins `offset` bytes in. */
export function readFrame(frame: Uint8Array, offset: number): Incoming {
  const decoder = decoding.createDecoder(frame)
  decoder.pos = offset
  switch (decoding.readVarUint(decoder)) {
    case SYNC: {
      const type = decoding.readVarUint(decoder)
      if (type === STEP1) return FIRST_STEP
      return { type: type === STEP2 ? 'step2' : 'update', update: decoding.readVarUint8Array(decoder) }
    }
    case DURABLE:
      return { type: 'durable', count: decoding.readVarUint(decoder) }
    case SYNC_STATUS:
      return SAVED
    default:
      return OTHER
  }
}
