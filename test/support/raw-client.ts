// A sync client of raw frames: sends what it is told, remembers what it gets.
import {
  DURABLE_SUBPROTOCOL,
  decodeMessage,
  encodeMessage,
  type Message,
  STOCK_SUBPROTOCOL,
  TOKEN_SUBPROTOCOL_PREFIX,
} from '@workforce-democracy/shared'
import { WebSocket } from 'ws'
import { until } from './until.ts'

/** One document's connection and everything that came over it. */
export abstract class RawConnection implements AsyncDisposable {
  readonly messages: Message[] = []
  closeCode: number | undefined

  abstract sendBytes(frame: Uint8Array | string): void
  abstract [Symbol.asyncDispose](): Promise<void>

  send(message: Message): void {
    this.sendBytes(encodeMessage(message))
  }

  /** The messages of one type, in order. */
  of<T extends Message['type']>(type: T): Extract<Message, { type: T }>[] {
    return this.messages.filter((message): message is Extract<Message, { type: T }> => message.type === type)
  }

  /** Resolves with the n-th message of a type, from 1. */
  async nth<T extends Message['type']>(type: T, n = 1): Promise<Extract<Message, { type: T }>> {
    await until(() => this.of(type).length >= n)
    return this.of(type)[n - 1]!
  }

  /** Resolves once `count` messages are durable. */
  async durable(count: number): Promise<void> {
    await until(() => (this.of('durable').at(-1)?.count ?? 0) >= count)
  }

  /** The code that the server closes with. */
  async closed(): Promise<number> {
    await until(() => this.closeCode !== undefined)
    return this.closeCode!
  }
}

/** A WebSocket of one document. */
export class RawClient extends RawConnection {
  readonly socket: WebSocket
  /** Called for each message, in order. */
  onMessage: (message: Message) => void = () => undefined

  constructor(url: string, protocols: string[]) {
    super()
    this.socket = new WebSocket(url, protocols)
    this.socket.on('message', (data: Buffer) => {
      const message = decodeMessage(data)
      this.messages.push(message)
      this.onMessage(message)
    })
    this.socket.on('close', code => {
      this.closeCode = code
    })
    this.socket.on('error', () => undefined)
  }

  /** Resolves once connected; a refusal shows in `closeCode`. */
  async opened(): Promise<this> {
    await until(() => this.socket.readyState === WebSocket.OPEN || this.closeCode !== undefined)
    return this
  }

  sendBytes(frame: Uint8Array | string): void {
    this.socket.send(frame)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.terminate()
    await this.closed()
  }
}

/** How a raw client connects. */
export interface RawOptions {
  readonly query?: string
  /** Whether it offers `wd-sync.1`, as it does by default. */
  readonly durable?: boolean
}

/** Connects with a token, by default as a client that wants message 4. */
export function connectRaw(
  serverUrl: string,
  document: string,
  accessToken: string | undefined,
  options: RawOptions = {},
): Promise<RawClient> {
  return connectingRaw(serverUrl, document, accessToken, options).opened()
}

/** The same, not yet connected. */
export function connectingRaw(
  serverUrl: string,
  document: string,
  accessToken: string | undefined,
  options: RawOptions = {},
): RawClient {
  const protocols = [
    ...(options.durable === false ? [] : [DURABLE_SUBPROTOCOL]),
    STOCK_SUBPROTOCOL,
    ...(accessToken === undefined ? [] : [TOKEN_SUBPROTOCOL_PREFIX + accessToken]),
  ]
  const url = `${serverUrl.replace('http', 'ws')}/api/sync/${document}${options.query ?? ''}`
  return new RawClient(url, protocols)
}
