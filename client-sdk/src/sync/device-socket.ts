// The one socket of a device: opened with its first channel, closed with its last, and opened again after a loss.
import {
  CHANNELS_SUBPROTOCOL,
  type ChannelFrame,
  CLOSE_CODES,
  decodeChannelFrame,
  encodeChannelFrame,
  TOKEN_SUBPROTOCOL_PREFIX,
} from '@workforce-democracy/shared'
import { Channel, type ChannelCarrier } from './channel.ts'
import type { WebSocketConstructor } from './counting-socket.ts'

const FIRST_RETRY_MS = 200
const LAST_RETRY_MS = 30_000
/** The server says something in each channel every 20 s: a socket on which all are silent for longer is dead. */
const SILENCE_MS = 29_000
const CLOSED_NORMALLY = 1000
const LOST = 1006

/** What a device socket is made of. */
export interface DeviceSocketOptions {
  /** WebSocket address of the sync endpoint. */
  readonly url: string
  readonly WebSocket: WebSocketConstructor
  /** Milliseconds. */
  readonly now: () => number
  /** 0 to 1: spreads the retries of many devices. */
  readonly random: () => number
}

export class DeviceSocket implements ChannelCarrier {
  readonly url: string
  readonly #options: DeviceSocketOptions
  readonly #idByChannel = new Map<Channel, number>()
  readonly #channelById = new Map<number, Channel>()
  #lastId = 0
  #accessToken: string | undefined
  #socket: WebSocket | undefined
  #heardAtMs = 0
  #failures = 0
  /** Set while a failed socket is not to be replaced yet, whatever number of documents would like to. */
  #pause: ReturnType<typeof setTimeout> | undefined

  constructor(options: DeviceSocketOptions) {
    this.#options = options
    this.url = options.url
  }

  /** For y-websocket's `WebSocketPolyfill`: each instance is a channel of this socket. */
  channelClass(): WebSocketConstructor {
    const device = this
    const channelClass = class extends Channel {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(device, url, protocols)
      }
    }
    return channelClass as unknown as WebSocketConstructor
  }

  /** Waits no longer, for instance because the network is back. */
  reconnectNow(): void {
    this.#failures = 0
    this.#endPause()
    this.#advance()
  }

  join(channel: Channel, accessToken: string | undefined): void {
    this.#accessToken = accessToken
    this.#loseIfSilent()
    const id = ++this.#lastId
    this.#idByChannel.set(channel, id)
    // Whoever has made the channel has yet to say who listens.
    queueMicrotask(() => this.#advance())
  }

  send(channel: Channel, frame: Uint8Array): void {
    const id = this.#idByChannel.get(channel)
    if (id !== undefined) this.#send({ type: 'data', channel: id, bytes: frame })
  }

  leave(channel: Channel): void {
    this.#forget(channel, CLOSED_NORMALLY)
    this.#loseIfSilent()
  }

  /** Lets go of everything. */
  close(): void {
    this.#endPause()
    for (const channel of [...this.#idByChannel.keys()]) channel.close()
  }

  /** Connects if somebody waits for it, and opens the channels that can be. */
  #advance(): void {
    if (this.#idByChannel.size === 0 || this.#pause) return
    if (!this.#socket) this.#connect()
    if (!this.#isOpen) return
    for (const [channel, id] of this.#idByChannel) {
      if (this.#channelById.has(id)) continue
      this.#channelById.set(id, channel)
      this.#send({ type: 'open', channel: id, target: channel.target })
      channel.opened()
    }
  }

  #connect(): void {
    const { url, WebSocket, now } = this.#options
    try {
      const token = TOKEN_SUBPROTOCOL_PREFIX + (this.#accessToken ?? '')
      const socket = new WebSocket(url, [CHANNELS_SUBPROTOCOL, token])
      this.#socket = socket
      this.#heardAtMs = now()
      socket.binaryType = 'arraybuffer'
      socket.onopen = () => {
        this.#heardAtMs = now()
        this.#advance()
      }
      socket.onmessage = ({ data }) => this.#receive(new Uint8Array(data))
      socket.onerror = () => {
        for (const channel of this.#idByChannel.keys()) channel.failed()
      }
      socket.onclose = ({ code, reason }) => this.#lose(code, reason)
    } catch {
      this.#lose(LOST, '')
    }
  }

  #receive(message: Uint8Array): void {
    this.#heardAtMs = this.#options.now()
    this.#failures = 0
    const frame = tryDecode(message)
    if (frame) this.#dispatch(frame)
    else this.#lose(CLOSE_CODES.malformed, '')
  }

  #dispatch(frame: ChannelFrame): void {
    // What comes for a channel that was left is late.
    const channel = this.#channelById.get(frame.channel)
    if (frame.type === 'data') channel?.receive(frame.bytes)
    else if (frame.type === 'part') channel?.receivePart(frame.bytes)
    else if (frame.type === 'close' && channel) {
      this.#forget(channel, frame.code)
      channel.ended(frame.code, frame.reason)
    }
  }

  /** Each side says once that a channel is closed. Nobody needs a socket without channels. */
  #forget(channel: Channel, code: number): void {
    const id = this.#idByChannel.get(channel)
    if (id === undefined) return
    this.#idByChannel.delete(channel)
    if (this.#channelById.delete(id)) this.#send({ type: 'close', channel: id, code, reason: '' })
    if (this.#idByChannel.size === 0) this.#hangUp()
  }

  #send(frame: ChannelFrame): void {
    this.#socket?.send(encodeChannelFrame(frame) as Uint8Array<ArrayBuffer>)
  }

  get #isOpen(): boolean {
    return this.#socket !== undefined && this.#socket.readyState === this.#socket.OPEN
  }

  /** On a dead network a document gives up by itself and comes back: not on this socket. */
  #loseIfSilent(): void {
    if (this.#isOpen && this.#options.now() - this.#heardAtMs > SILENCE_MS) this.#lose(LOST, '')
  }

  /** Ends all channels; who wants a new socket has to wait, all together. */
  #lose(code: number, reason: string): void {
    this.#hangUp()
    const backoffMs = Math.min(FIRST_RETRY_MS * 2 ** this.#failures++, LAST_RETRY_MS)
    this.#endPause()
    this.#pause = setTimeout(
      () => {
        this.#endPause()
        this.#advance()
      },
      backoffMs * (0.5 + this.#options.random() / 2),
    )
    const channels = [...this.#idByChannel.keys()]
    this.#idByChannel.clear()
    this.#channelById.clear()
    for (const channel of channels) channel.ended(code, reason)
  }

  #hangUp(): void {
    const socket = this.#socket
    this.#socket = undefined
    if (!socket) return
    socket.onopen = null
    socket.onmessage = null
    socket.onclose = null
    // Closing what is still connecting is an error, and in Node one that nobody listens to ends the process.
    socket.onerror = () => undefined
    socket.close()
  }

  #endPause(): void {
    clearTimeout(this.#pause)
    this.#pause = undefined
  }
}

function tryDecode(message: Uint8Array): ChannelFrame | undefined {
  try {
    return decodeChannelFrame(message)
  } catch {
    return undefined
  }
}
