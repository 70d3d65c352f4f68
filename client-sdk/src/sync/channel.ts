// What y-websocket takes for a WebSocket, and is a channel of the device's one socket.
import { TOKEN_SUBPROTOCOL_PREFIX } from '@workforce-democracy/shared'

/** What carries channels. */
export interface ChannelCarrier {
  /** Address of the socket; a channel's address begins with it. */
  readonly url: string
  /** Takes note of a new channel, which is opened as soon as there is a connection. */
  join(channel: Channel, accessToken: string | undefined): void
  /** Sends a frame in a channel that is open. */
  send(channel: Channel, frame: Uint8Array): void
  /** Takes note that a channel is not needed any more. */
  leave(channel: Channel): void
}

/** As in browsers. */
const ReadyState = { connecting: 0, open: 1, closed: 3 } as const

/** Close code of RFC 6455. */
const PROTOCOL_ERROR = 1002

type Listener<E> = ((event: E) => void) | null

/** A channel with as much of the interface of a browser's WebSocket as y-websocket uses. */
export class Channel {
  /** y-websocket compares {@link readyState} with it. */
  readonly OPEN = ReadyState.open
  binaryType = 'arraybuffer'
  onopen: Listener<unknown> = null
  onmessage: Listener<{ readonly data: ArrayBuffer }> = null
  onerror: Listener<unknown> = null
  onclose: Listener<{ readonly code: number; readonly reason: string }> = null
  readyState: number = ReadyState.connecting
  /** The document and how it is opened, such as `votes?mode=open`. */
  readonly target: string
  readonly #carrier: ChannelCarrier
  #parts: Uint8Array[] = []

  constructor(carrier: ChannelCarrier, url: string | URL, protocols: string | readonly string[] = []) {
    this.#carrier = carrier
    this.target = String(url).slice(carrier.url.length + 1)
    const token = [protocols].flat().find(protocol => protocol.startsWith(TOKEN_SUBPROTOCOL_PREFIX))
    carrier.join(this, token?.slice(TOKEN_SUBPROTOCOL_PREFIX.length))
  }

  /** Sends a frame; one that comes after the end is lost with the connection, as in browsers. */
  send(frame: Uint8Array): void {
    if (this.readyState === ReadyState.open) this.#carrier.send(this, frame)
  }

  close(): void {
    if (this.readyState === ReadyState.closed) return
    this.readyState = ReadyState.closed
    this.#carrier.leave(this)
  }

  /** Takes note that it is open. */
  opened(): void {
    this.readyState = ReadyState.open
    this.onopen?.({})
  }

  /** Takes the beginning of a frame, or more of it. */
  receivePart(bytes: Uint8Array): void {
    this.#parts.push(bytes)
  }

  /** Takes a frame, or the rest of one. */
  receive(bytes: Uint8Array): void {
    try {
      this.onmessage?.({ data: joined([...this.#parts.splice(0), bytes]) })
    } catch {
      // y-websocket throws on what it cannot read: a server that sends such things is left, and tried again.
      this.close()
      this.ended(PROTOCOL_ERROR, '')
    }
  }

  /** Takes note that the connection has failed; its end follows. */
  failed(): void {
    this.onerror?.({})
  }

  /** Takes note of its end. */
  ended(code: number, reason: string): void {
    this.readyState = ReadyState.closed
    this.onclose?.({ code, reason })
  }
}

function joined(pieces: readonly Uint8Array[]): ArrayBuffer {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole.buffer
}
