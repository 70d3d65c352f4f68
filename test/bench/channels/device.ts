// A device of the benchmark: some documents of one person, over a socket each or over one for all.
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import {
  CHANNELS_SUBPROTOCOL,
  DURABLE_SUBPROTOCOL,
  decodeChannelFrame,
  decodeMessage,
  EMPTY_UPDATE,
  encodeChannelFrame,
  encodeMessage,
  TOKEN_SUBPROTOCOL_PREFIX,
} from '@workforce-democracy/shared'
import { WebSocket } from 'ws'

/** How the documents of a device are carried. */
export type Over = 'sockets' | 'channels'

/** Where a device connects, and as whom. */
export interface DeviceTarget {
  readonly url: string
  readonly accessToken: string
  readonly documents: readonly string[]
}

const QUERY = '?mode=open&generation=1'
const STEP_1 = encodeMessage({ type: 'step1', stateVector: new Uint8Array([0]) })
const EMPTY_STEP_2 = encodeMessage({ type: 'step2', update: EMPTY_UPDATE })

/** One document's connection: asks for everything, and counts what is durable. */
class Line {
  /** Step 2 and update messages that are durable. */
  durable = 0
  onDurable: () => void = () => undefined
  readonly send: (frame: Uint8Array) => void
  readonly #onReady: () => void
  #isAnswered = false
  #isReady = false

  constructor(send: (frame: Uint8Array) => void, onReady: () => void) {
    this.send = send
    this.#onReady = onReady
  }

  receive(frame: Uint8Array): void {
    const message = decodeMessage(frame)
    if (message.type === 'step1') this.send(EMPTY_STEP_2)
    if (message.type === 'step2') this.#isAnswered = true
    if (message.type === 'durable') {
      this.durable = message.count
      this.onDurable()
    }
    if (this.#isReady || !this.#isAnswered || this.durable === 0) return
    this.#isReady = true
    this.#onReady()
  }
}

/** A device with all its documents in sync. */
export class Device {
  readonly #sockets: WebSocket[] = []
  readonly #streams: Socket[] = []
  readonly #lines: Line[] = []

  /** Connects; resolves when each side has what the other had, in every document. */
  static async connect(target: DeviceTarget, over: Over): Promise<Device> {
    const device = new Device()
    await new Promise<void>((resolve, reject) => {
      let ready = 0
      const onReady = () => {
        if (++ready === target.documents.length) resolve()
      }
      if (over === 'channels') device.#connectChannels(target, onReady, reject)
      else for (const document of target.documents) device.#connectSocket(target, document, onReady, reject)
    })
    return device
  }

  /** Bytes over the network so far, both ways, HTTP and WebSocket headers included. */
  get bytes(): number {
    return this.#streams.reduce((sum, { bytesRead, bytesWritten }) => sum + bytesRead + bytesWritten, 0)
  }

  /** Writes one update after the other to each document; resolves when all are durable. */
  async write(updates: readonly Uint8Array[]): Promise<void> {
    const written = this.#lines.map(
      line =>
        new Promise<void>(resolve => {
          const wanted = line.durable + updates.length
          line.onDurable = () => {
            if (line.durable >= wanted) resolve()
          }
        }),
    )
    for (const update of updates) {
      const frame = encodeMessage({ type: 'update', update })
      for (const line of this.#lines) line.send(frame)
    }
    await Promise.all(written)
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#sockets.map(socket => {
        const closed = new Promise(resolve => socket.once('close', resolve))
        socket.close()
        return closed
      }),
    )
  }

  #connectSocket(
    target: DeviceTarget,
    document: string,
    onReady: () => void,
    onLost: (error: Error) => void,
  ): void {
    const socket = this.#open(target, `/${document}${QUERY}`, DURABLE_SUBPROTOCOL, onLost)
    const line = this.#line(frame => socket.send(frame), onReady)
    socket.on('open', () => line.send(STEP_1))
    socket.on('message', (frame: Buffer) => line.receive(frame))
  }

  #connectChannels(target: DeviceTarget, onReady: () => void, onLost: (error: Error) => void): void {
    const socket = this.#open(target, '', CHANNELS_SUBPROTOCOL, onLost)
    const lines = target.documents.map((_, channel) =>
      this.#line(bytes => socket.send(encodeChannelFrame({ type: 'data', channel, bytes })), onReady),
    )
    socket.on('open', () => {
      for (const [channel, document] of target.documents.entries()) {
        socket.send(encodeChannelFrame({ type: 'open', channel, target: document + QUERY }))
        lines[channel]?.send(STEP_1)
      }
    })
    socket.on('message', (message: Buffer) => {
      const frame = decodeChannelFrame(message)
      // The documents of this benchmark are smaller than a part.
      if (frame.type === 'data') lines[frame.channel]?.receive(frame.bytes)
    })
  }

  #open(
    { url, accessToken }: DeviceTarget,
    path: string,
    subprotocol: string,
    onLost: (error: Error) => void,
  ): WebSocket {
    const address = `${url.replace('http', 'ws')}/api/sync${path}`
    const protocols = [subprotocol, TOKEN_SUBPROTOCOL_PREFIX + accessToken]
    const socket = new WebSocket(address, protocols, { perMessageDeflate: false })
    socket.on('upgrade', (response: IncomingMessage) => this.#streams.push(response.socket))
    socket.on('error', onLost)
    socket.on('close', code => onLost(new Error(`closed ${code}`)))
    this.#sockets.push(socket)
    return socket
  }

  #line(send: (frame: Uint8Array) => void, onReady: () => void): Line {
    const line = new Line(send, onReady)
    this.#lines.push(line)
    return line
  }
}
