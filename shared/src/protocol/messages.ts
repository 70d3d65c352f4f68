// The frames of the sync protocol: y-protocols' messages 0 to 3, and this project's 4 (durable) and 5 (moved).
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { CodedError } from '../errors.ts'

/** Subprotocol of y-websocket clients; the server selects it unless {@link DURABLE_SUBPROTOCOL} is offered. */
export const STOCK_SUBPROTOCOL = 'y-websocket'
/** Clients that offer this get message 4. */
export const DURABLE_SUBPROTOCOL = 'wd-sync.1'
/** The access token travels as a subprotocol with this prefix, never in a URL. */
export const TOKEN_SUBPROTOCOL_PREFIX = 'bearer.'

/** First varUint of every frame. */
export const MessageType = {
  sync: 0,
  awareness: 1,
  auth: 2,
  queryAwareness: 3,
  durable: 4,
  moved: 5,
} as const
/** Second varUint of a sync frame. */
export const SyncType = { step1: 0, step2: 1, update: 2 } as const
/** Second varUint of an auth frame: 1 is this project's renewal of the token, from client to server. */
const AuthType = { permissionDenied: 0, renew: 1 } as const

/** A frame, decoded. Shapes: SPEC P1–P8. */
export type Message =
  | { readonly type: 'step1'; readonly stateVector: Uint8Array }
  | { readonly type: 'step2'; readonly update: Uint8Array }
  | { readonly type: 'update'; readonly update: Uint8Array }
  | { readonly type: 'awareness'; readonly update: Uint8Array }
  | { readonly type: 'query-awareness' }
  | { readonly type: 'renew-token'; readonly accessToken: string }
  | {
      readonly type: 'durable'
      readonly count: number
      readonly position: number
      /** For who asked for receipts, now and then. */
      readonly receipt?: Uint8Array
    }
  | { readonly type: 'moved'; readonly generation: number }

/** Yjs's update that holds nothing: no structs, no deletions. */
export const EMPTY_UPDATE: Uint8Array = new Uint8Array([0, 0])

const BYTES_FIELDS = {
  step1: [MessageType.sync, SyncType.step1],
  step2: [MessageType.sync, SyncType.step2],
  update: [MessageType.sync, SyncType.update],
} as const

/** The frame of a message. */
export function encodeMessage(message: Message): Uint8Array {
  return encoding.encode(encoder => {
    switch (message.type) {
      case 'step1':
      case 'step2':
      case 'update':
        for (const field of BYTES_FIELDS[message.type]) encoding.writeVarUint(encoder, field)
        encoding.writeVarUint8Array(encoder, message.type === 'step1' ? message.stateVector : message.update)
        return
      case 'awareness':
        encoding.writeVarUint(encoder, MessageType.awareness)
        encoding.writeVarUint8Array(encoder, message.update)
        return
      case 'query-awareness':
        encoding.writeVarUint(encoder, MessageType.queryAwareness)
        return
      case 'renew-token':
        encoding.writeVarUint(encoder, MessageType.auth)
        encoding.writeVarUint(encoder, AuthType.renew)
        encoding.writeVarString(encoder, message.accessToken)
        return
      case 'durable':
        encoding.writeVarUint(encoder, MessageType.durable)
        encoding.writeVarUint(encoder, message.count)
        encoding.writeVarUint(encoder, message.position)
        if (message.receipt) encoding.writeVarUint8Array(encoder, message.receipt)
        return
      case 'moved':
        encoding.writeVarUint(encoder, MessageType.moved)
        encoding.writeVarUint(encoder, message.generation)
    }
  })
}

/**
 * The message in a frame. Bytes after what a message is known to hold are ignored, so that later versions can add.
 *
 * @throws CodedError `malformed-message`
 */
export function decodeMessage(frame: Uint8Array): Message {
  try {
    return readMessage(decoding.createDecoder(frame))
  } catch (cause) {
    if (cause instanceof CodedError) throw cause
    throw new CodedError('malformed-message', 'The frame ends early.', { cause })
  }
}

function readMessage(decoder: decoding.Decoder): Message {
  const type = decoding.readVarUint(decoder)
  switch (type) {
    case MessageType.sync:
      return readSyncMessage(decoder)
    case MessageType.awareness:
      return { type: 'awareness', update: decoding.readVarUint8Array(decoder) }
    case MessageType.queryAwareness:
      return { type: 'query-awareness' }
    case MessageType.auth:
      if (decoding.readVarUint(decoder) !== AuthType.renew) break
      return { type: 'renew-token', accessToken: decoding.readVarString(decoder) }
    case MessageType.durable:
      return {
        type: 'durable',
        count: decoding.readVarUint(decoder),
        position: decoding.readVarUint(decoder),
        ...(decoding.hasContent(decoder) && { receipt: decoding.readVarUint8Array(decoder) }),
      }
    case MessageType.moved:
      return { type: 'moved', generation: decoding.readVarUint(decoder) }
  }
  throw new CodedError('malformed-message', 'Unknown message type.')
}

function readSyncMessage(decoder: decoding.Decoder): Message {
  const type = decoding.readVarUint(decoder)
  const bytes = decoding.readVarUint8Array(decoder)
  switch (type) {
    case SyncType.step1:
      return { type: 'step1', stateVector: bytes }
    case SyncType.step2:
      return { type: 'step2', update: bytes }
    case SyncType.update:
      return { type: 'update', update: bytes }
  }
  throw new CodedError('malformed-message', 'Unknown sync message type.')
}

/** Whether a frame is one that message 4 counts, and which (SPEC P6). */
export function countedFrameType(frame: Uint8Array): 'step2' | 'update' | undefined {
  if (frame[0] !== MessageType.sync) return undefined
  if (frame[1] === SyncType.step2) return 'step2'
  return frame[1] === SyncType.update ? 'update' : undefined
}
