// A client of raw channel frames: opens what it is told over one socket, and remembers what it gets.
import {
  CHANNELS_SUBPROTOCOL,
  type ChannelFrame,
  decodeChannelFrame,
  decodeMessage,
  encodeChannelFrame,
  TOKEN_SUBPROTOCOL_PREFIX,
} from '@workforce-democracy/shared'
import { WebSocket } from 'ws'
import { RawConnection } from './raw-client.ts'
import { OPEN } from './register-writer.ts'
import { until } from './until.ts'

/** A channel and everything that came over it. */
export class RawChannel extends RawConnection {
  readonly id: number
  readonly socket: RawChannelSocket
  #parts: Uint8Array[] = []
  #saidGoodbye = false

  constructor(id: number, socket: RawChannelSocket) {
    super()
    this.id = id
    this.socket = socket
  }

  sendBytes(frame: Uint8Array): void {
    this.socket.sendFrame({ type: 'data', channel: this.id, bytes: frame })
  }

  /** Closes it, or confirms that the server has. */
  close(): void {
    if (this.#saidGoodbye) return
    this.#saidGoodbye = true
    this.socket.sendFrame({ type: 'close', channel: this.id, code: 1000, reason: '' })
  }

  receive(frame: ChannelFrame): void {
    if (frame.type === 'part') this.#parts.push(frame.bytes)
    if (frame.type === 'data')
      this.messages.push(decodeMessage(Buffer.concat([...this.#parts.splice(0), frame.bytes])))
    if (frame.type === 'close') this.closeCode = frame.code
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
    await this.closed()
  }
}

/** A socket with channels. */
export class RawChannelSocket implements AsyncDisposable {
  readonly webSocket: WebSocket
  /** Every frame that came, in order. */
  readonly frames: ChannelFrame[] = []
  closeCode: number | undefined
  readonly #channelById = new Map<number, RawChannel>()
  #lastId = 0

  constructor(url: string, protocols: string[]) {
    this.webSocket = new WebSocket(url, protocols)
    this.webSocket.on('message', (data: Buffer) => this.#receive(decodeChannelFrame(data)))
    this.webSocket.on('close', code => {
      this.closeCode = code
      for (const channel of this.#channelById.values()) channel.closeCode ??= code
    })
    this.webSocket.on('error', () => undefined)
  }

  /** Opens a channel under an id that was never used, or under a given one. */
  open(document: string, { query = OPEN, id = ++this.#lastId } = {}): RawChannel {
    const channel = new RawChannel(id, this)
    this.#lastId = Math.max(this.#lastId, id)
    this.#channelById.set(id, channel)
    this.sendFrame({ type: 'open', channel: id, target: document + query })
    return channel
  }

  /** Opens a channel, and waits for the answer to its step 1 or for a refusal. */
  async synced(document: string, query = OPEN): Promise<RawChannel> {
    const channel = this.open(document, { query })
    channel.send({ type: 'step1', stateVector: new Uint8Array([0]) })
    await until(() => channel.of('step2').length > 0 || channel.closeCode !== undefined)
    return channel
  }

  sendFrame(frame: ChannelFrame): void {
    this.sendBytes(encodeChannelFrame(frame))
  }

  sendBytes(message: Uint8Array | string): void {
    if (this.webSocket.readyState === WebSocket.OPEN) this.webSocket.send(message)
  }

  /** The code that the server closes the socket with. */
  async closed(): Promise<number> {
    await until(() => this.closeCode !== undefined)
    return this.closeCode!
  }

  #receive(frame: ChannelFrame): void {
    this.frames.push(frame)
    this.#channelById.get(frame.channel)?.receive(frame)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.webSocket.terminate()
    await this.closed()
  }
}

/** Connects a socket for channels. */
export async function connectChannels(
  serverUrl: string,
  accessToken: string | undefined,
  { subprotocol = CHANNELS_SUBPROTOCOL } = {},
): Promise<RawChannelSocket> {
  const url = `${serverUrl.replace('http', 'ws')}/api/sync`
  const token = accessToken === undefined ? [] : [TOKEN_SUBPROTOCOL_PREFIX + accessToken]
  const socket = new RawChannelSocket(url, [subprotocol, ...token])
  await until(() => socket.webSocket.readyState === WebSocket.OPEN || socket.closeCode !== undefined)
  return socket
}
