// The frames of a socket that carries several documents: each WebSocket message is one, and names its channel.
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { CodedError } from '../errors.ts'

/** Subprotocol of a client whose socket carries channels; in each of them it speaks `wd-sync.1`. */
export const CHANNELS_SUBPROTOCOL = 'wd-channels.1'

/** First varUint of every channel frame; the channel's id follows. */
const ChannelFrameType = { open: 0, data: 1, close: 2, part: 3 } as const

/** A channel frame, decoded. Shapes: SPEC P24–P30. */
export type ChannelFrame =
  /** `target` is what follows `/api/sync/` in the address of a document's own socket, such as `votes?mode=open`. */
  | { readonly type: 'open'; readonly channel: number; readonly target: string }
  /** A frame of the sync protocol, or what is left of it after parts. */
  | { readonly type: 'data'; readonly channel: number; readonly bytes: Uint8Array }
  /** The beginning of a frame, or more of it. */
  | { readonly type: 'part'; readonly channel: number; readonly bytes: Uint8Array }
  | { readonly type: 'close'; readonly channel: number; readonly code: number; readonly reason: string }

/** The bytes of a channel frame. Those of `data` and `part` without bytes are what goes before any bytes. */
export function encodeChannelFrame(frame: ChannelFrame): Uint8Array {
  return encoding.encode(encoder => {
    encoding.writeVarUint(encoder, ChannelFrameType[frame.type])
    encoding.writeVarUint(encoder, frame.channel)
    switch (frame.type) {
      case 'open':
        encoding.writeVarString(encoder, frame.target)
        return
      case 'close':
        encoding.writeVarUint(encoder, frame.code)
        encoding.writeVarString(encoder, frame.reason)
        return
      default:
        encoding.writeUint8Array(encoder, frame.bytes)
    }
  })
}

/**
 * The channel frame in a message. What `data` and `part` carry is a view of it; bytes after the fields of the others
 * are ignored.
 *
 * @throws CodedError `malformed-message`
 */
export function decodeChannelFrame(message: Uint8Array): ChannelFrame {
  try {
    return readChannelFrame(decoding.createDecoder(message))
  } catch (cause) {
    if (cause instanceof CodedError) throw cause
    throw new CodedError('malformed-message', 'The channel frame ends early.', { cause })
  }
}

function readChannelFrame(decoder: decoding.Decoder): ChannelFrame {
  const type = decoding.readVarUint(decoder)
  const channel = decoding.readVarUint(decoder)
  switch (type) {
    case ChannelFrameType.open:
      return { type: 'open', channel, target: decoding.readVarString(decoder) }
    case ChannelFrameType.data:
      return { type: 'data', channel, bytes: decoding.readTailAsUint8Array(decoder) }
    case ChannelFrameType.part:
      return { type: 'part', channel, bytes: decoding.readTailAsUint8Array(decoder) }
    case ChannelFrameType.close: {
      const code = decoding.readVarUint(decoder)
      return { type: 'close', channel, code, reason: decoding.readVarString(decoder) }
    }
  }
  throw new CodedError('malformed-message', 'Unknown type of channel frame.')
}
