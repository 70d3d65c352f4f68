// Sends what many channels have for one socket: each in its turn, long frames in parts, and counts what waits.
import { encodeChannelFrame } from '@workforce-democracy/shared'

/** Longest piece of a frame that is sent at once (SPEC P30). */
export const PART_BYTES = 32 * 1024
/** So much is handed to the network ahead of time: what is sent next waits behind no more of other channels. */
const WINDOW_BYTES = 4 * PART_BYTES
const NOTHING = new Uint8Array()

/** Sends a message; calls back when the network has taken it. */
export type SendMessage = (message: Uint8Array, onTaken: () => void) => void

/** Shares one socket among lanes. */
export class FairSender {
  readonly #send: SendMessage
  /** Lanes that have something to send, in the order of their turns. */
  readonly #waiting: Lane[] = []
  #windowBytes = WINDOW_BYTES
  #underWayBytes = 0
  /** Frames that were sent and not taken by the network yet, over all lanes. */
  bufferedAmount = 0

  constructor(send: SendMessage) {
    this.#send = send
  }

  /** Takes note that a lane has something to send. */
  enqueue(lane: Lane): void {
    this.#waiting.push(lane)
    this.#pump()
  }

  /** Sends one message. Called by the lane whose turn it is. */
  transmit(message: Uint8Array, onTaken: () => void): void {
    this.#underWayBytes += message.length
    this.#send(message, () => {
      this.#underWayBytes -= message.length
      onTaken()
      this.#pump()
    })
  }

  /** Hands the network all there is, because the socket is going to be closed. */
  flush(): void {
    this.#windowBytes = Number.POSITIVE_INFINITY
    this.#pump()
  }

  /** Takes note that nothing can be sent any more. */
  stop(): void {
    this.#windowBytes = 0
  }

  #pump(): void {
    while (this.#underWayBytes < this.#windowBytes) {
      const lane = this.#waiting.shift()
      if (!lane) return
      if (lane.sendNext()) this.#waiting.push(lane)
    }
  }
}

/** The frames of one channel, in order. */
export class Lane {
  readonly #channel: number
  readonly #sender: FairSender
  /** What goes before the bytes of a frame. */
  readonly #header: Uint8Array
  #frames: Uint8Array[] = []
  /** How much of the first frame is sent. */
  #sentOfFirst = 0
  #farewell: Uint8Array | undefined
  #isWaiting = false
  /** Bytes of frames that were sent here and not taken by the network yet. */
  bufferedAmount = 0

  constructor(channel: number, sender: FairSender) {
    this.#channel = channel
    this.#sender = sender
    this.#header = encodeChannelFrame({ type: 'data', channel, bytes: NOTHING })
  }

  send(frame: Uint8Array): void {
    this.#frames.push(frame)
    this.#count(frame.length)
    this.#wait()
  }

  /** Says farewell after everything sent before it; with `drop`, in the place of what has not left yet. */
  end(farewell: Uint8Array, options: { readonly drop: boolean }): void {
    if (options.drop) this.#drop()
    this.#farewell = farewell
    this.#wait()
  }

  /** Sends the next piece; tells whether there is more. */
  sendNext(): boolean {
    const [first] = this.#frames
    if (first) this.#sendPieceOf(first)
    else if (this.#farewell) {
      this.#sender.transmit(this.#farewell, () => undefined)
      this.#farewell = undefined
    }
    this.#isWaiting = this.#frames.length > 0 || this.#farewell !== undefined
    return this.#isWaiting
  }

  #sendPieceOf(frame: Uint8Array): void {
    const end = Math.min(this.#sentOfFirst + PART_BYTES, frame.length)
    const piece = frame.subarray(this.#sentOfFirst, end)
    const isLast = end === frame.length
    this.#sentOfFirst = isLast ? 0 : end
    if (isLast) this.#frames.shift()
    const message = isLast
      ? joined(this.#header, piece)
      : encodeChannelFrame({ type: 'part', channel: this.#channel, bytes: piece })
    this.#sender.transmit(message, () => this.#count(-piece.length))
  }

  #drop(): void {
    const bytes = this.#frames.reduce((sum, { length }) => sum + length, 0)
    this.#count(this.#sentOfFirst - bytes)
    this.#frames = []
    this.#sentOfFirst = 0
  }

  #wait(): void {
    if (this.#isWaiting) return
    this.#isWaiting = true
    this.#sender.enqueue(this)
  }

  #count(bytes: number): void {
    this.bufferedAmount += bytes
    this.#sender.bufferedAmount += bytes
  }
}

function joined(header: Uint8Array, bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(header.length + bytes.length)
  whole.set(header)
  whole.set(bytes, header.length)
  return whole
}
