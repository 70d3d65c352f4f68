// A WebSocket as the server uses it; it hands the system everything of one turn of the event loop at once.
import type { Socket } from 'node:net'
import { DURABLE_SUBPROTOCOL } from '@workforce-democracy/shared'
import type { RawData, WebSocket } from 'ws'
import type { DocumentSocket } from './document-socket.ts'
import type { Pausable } from './intake.ts'

/** What no frame is, in the place of a text message. */
const NO_FRAME = new Uint8Array()

/**
 * Sends the frames of one turn in one write: a commit relays and acknowledges to the same connection, and a write to
 * the network costs more than all the rest of a small frame. Frames stay apart and in order.
 */
export class GatheringSocket implements DocumentSocket, Pausable {
  readonly early = { bytes: 0 }
  readonly #webSocket: WebSocket
  /** What carries the WebSocket. */
  readonly #stream: Socket
  #isGathering = false

  constructor(webSocket: WebSocket, stream: Socket) {
    this.#webSocket = webSocket
    this.#stream = stream
  }

  get isOpen(): boolean {
    return this.#webSocket.readyState === this.#webSocket.OPEN
  }

  get durableMessages(): boolean {
    return this.#webSocket.protocol === DURABLE_SUBPROTOCOL
  }

  get source(): Pausable {
    return this
  }

  get bufferedAmount(): number {
    return this.#webSocket.bufferedAmount
  }

  onFrame(listener: (frame: Uint8Array) => void): void {
    this.#webSocket.on('message', (data, isBinary) => listener(isBinary ? toFrame(data) : NO_FRAME))
  }

  onceGone(listener: () => void): void {
    if (this.#webSocket.readyState === this.#webSocket.CLOSED) listener()
    else this.#webSocket.once('close', listener)
  }

  pause(): void {
    this.#webSocket.pause()
  }

  resume(): void {
    this.#webSocket.resume()
  }

  /**
   * Sends a frame.
   *
   * @param onTaken called when the network has taken it, or never will
   */
  send(frame: Uint8Array, onTaken?: () => void): void {
    if (!this.#isGathering) {
      this.#isGathering = true
      this.#stream.cork()
      // Runs once this turn's promises have settled.
      process.nextTick(flush, this)
    }
    this.#webSocket.send(frame, onTaken)
  }

  close(code: number, reason: string): void {
    this.#webSocket.close(code, reason)
  }

  flush(): void {
    this.#isGathering = false
    this.#stream.uncork()
  }
}

const flush = (socket: GatheringSocket) => socket.flush()

function toFrame(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data)
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data
}
