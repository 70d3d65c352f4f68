// A WebSocket that hands the system everything of one turn of the event loop at once.
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { SessionSocket } from './session.ts'

/**
 * Sends the frames of one turn in one write: a commit relays and acknowledges to the same connection, and a write to
 * the network costs more than all the rest of a small frame. Frames stay apart and in order.
 */
export class GatheringSocket implements SessionSocket {
  readonly #webSocket: WebSocket
  /** What carries the WebSocket. */
  readonly #stream: Socket
  #isGathering = false

  constructor(webSocket: WebSocket, stream: Socket) {
    this.#webSocket = webSocket
    this.#stream = stream
  }

  get bufferedAmount(): number {
    return this.#webSocket.bufferedAmount
  }

  send(frame: Uint8Array): void {
    if (!this.#isGathering) {
      this.#isGathering = true
      this.#stream.cork()
      // Runs once this turn's promises have settled.
      process.nextTick(flush, this)
    }
    this.#webSocket.send(frame)
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
