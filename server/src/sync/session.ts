// One device's connection to one document: what was sent to it, and which of its messages are durable.
import {
  CLOSE_CODES,
  type DocumentName,
  ERROR_KINDS,
  type ErrorCode,
  encodeMessage,
  type Message,
} from '@workforce-democracy/shared'
import type { SyncLimits } from './limits.ts'

/** What a session needs of a WebSocket. */
export interface SessionSocket {
  readonly bufferedAmount: number
  send(frame: Uint8Array): void
  close(code: number, reason: string): void
}

/** Who is connected, and how. */
export interface SessionOptions {
  readonly socket: SessionSocket
  readonly personId: string
  readonly document: DocumentName
  /** Whether the client asked for receipts. */
  readonly receipts: boolean
  /** The account session of the access token. */
  readonly accountSessionId: string
  /** Whether the client offered `wd-sync.1` and gets message 4. */
  readonly durableMessages: boolean
  /** Where an earlier connection ended, for a resuming client. */
  readonly cursor: { readonly generation: number; readonly position: number } | undefined
  readonly limits: Pick<SyncLimits, 'unreadBytes' | 'answerMs'>
  readonly nowMs: () => number
  /** Called when the server closes the connection for a reason of the table of errors. */
  readonly onRefused: (code: ErrorCode) => void
}

/** The answer to a step 1 that the peer has not taken yet. */
interface UntakenAnswer {
  readonly sizeBytes: number
  /** Of everything that is sent over the connection, where the answer ends. */
  readonly endsAtBytes: number
  readonly sentAtMs: number
}

/** A connected device. */
export class Session {
  readonly personId: string
  readonly document: DocumentName
  readonly accountSessionId: string
  readonly cursor: SessionOptions['cursor']
  /** The last awareness state it announced, for peers that ask. */
  awareness: Uint8Array | undefined
  lastSentAtMs: number
  readonly #socket: SessionSocket
  readonly #durableMessages: boolean
  readonly #receipts: boolean
  readonly #limits: SessionOptions['limits']
  readonly #nowMs: () => number
  readonly #onRefused: SessionOptions['onRefused']
  #open = true
  #answered = false
  #untaken: UntakenAnswer | undefined
  #sentBytes = 0
  #received = 0
  #durable = 0
  /** Of the last durable frame. */
  #toldCount = 0
  /** Up to where it was relayed and not told yet. */
  #untoldPosition: number | undefined
  /** Of the last durable frame, and of the last receipt. */
  #toldPosition: number | undefined
  #receiptPosition: number | undefined
  #step1sSent = 0
  #step2sReceived = 0
  /** Set while an incomplete message holds the count, until the step 2 that brings the rest is durable. */
  #hole: { readonly awaitedStep2: number; closedBy?: number } | undefined

  constructor(options: SessionOptions) {
    this.personId = options.personId
    this.document = options.document
    this.accountSessionId = options.accountSessionId
    this.cursor = options.cursor
    this.#socket = options.socket
    this.#durableMessages = options.durableMessages
    this.#receipts = options.receipts && options.durableMessages
    this.#limits = options.limits
    this.#nowMs = options.nowMs
    this.#onRefused = options.onRefused
    this.lastSentAtMs = options.nowMs()
  }

  get isOpen(): boolean {
    return this.#open
  }

  /** Whether it is of a stock client, which knows no generations. */
  get isStock(): boolean {
    return !this.#durableMessages
  }

  /** Sends one message; a peer that does not read is closed rather than skipped. */
  send(message: Message): void {
    this.sendFrame(encodeMessage(message))
  }

  /** Sends one encoded message. */
  sendFrame(frame: Uint8Array): void {
    if (!this.#open) return
    if (this.#socket.bufferedAmount > this.#limits.unreadBytes + (this.#untakenAnswer()?.sizeBytes ?? 0)) {
      this.close('overloaded')
      return
    }
    this.#socket.send(frame)
    this.#sentBytes += frame.length
    this.lastSentAtMs = this.#nowMs()
  }

  /** Asks the client for what the server lacks. */
  sendStep1(stateVector: Uint8Array): void {
    this.#step1sSent++
    this.send({ type: 'step1', stateVector })
  }

  /** Sends the answer to the client's step 1; from now on it is told what is durable. */
  sendAnswer(messages: readonly Message[], position: number): void {
    const frames = messages.map(encodeMessage)
    const sizeBytes = frames.reduce((sum, frame) => sum + frame.length, 0)
    // Who asks again before it has taken the answer gets no more time for it.
    const sentAtMs = this.#untakenAnswer()?.sentAtMs ?? this.#nowMs()
    this.#untaken = { sizeBytes, endsAtBytes: this.#sentBytes + sizeBytes, sentAtMs }
    for (const frame of frames) this.sendFrame(frame)
    this.#answered = true
    this.#untoldPosition = position
    this.tellPosition()
  }

  /** Whether the peer has still to take the answer to its step 1. Until then it cannot see what is sent after it. */
  get isTakingAnswer(): boolean {
    return this.#untakenAnswer() !== undefined
  }

  /** Closes a peer that takes too long to take the answer to its step 1. */
  closeIfLate(): void {
    const answer = this.#untakenAnswer()
    if (answer && this.#nowMs() - answer.sentAtMs > this.#limits.answerMs) this.close('overloaded')
  }

  #untakenAnswer(): UntakenAnswer | undefined {
    if (this.#untaken && this.#takenBytes() >= this.#untaken.endsAtBytes) this.#untaken = undefined
    return this.#untaken
  }

  /** How much of what was sent the peer has taken, at least: the rest counts with its WebSocket headers. */
  #takenBytes(): number {
    return this.#sentBytes - this.#socket.bufferedAmount
  }

  /**
   * Tells a client that asked for it how many of its messages are durable, and up to where it was relayed. Who waits for
   * no acknowledgement is told with the next {@link tellPosition}: the cursor may lag, and every frame has its price.
   */
  sendDurable(position: number): void {
    if (!this.#durableMessages || !this.#answered) return
    this.#untoldPosition = position
    if (this.#durable !== this.#toldCount) this.tellPosition()
  }

  /** Tells it up to where it was relayed, if that is news. */
  tellPosition(): void {
    const position = this.#untoldPosition
    if (position === undefined || !this.#durableMessages) return
    this.#untoldPosition = undefined
    this.#toldCount = this.#durable
    this.#toldPosition = position
    this.send({ type: 'durable', count: this.#durable, position })
  }

  /** Whether it asked for receipts, and has been told of a position beyond its last one. */
  get awaitsReceipt(): boolean {
    const position = this.#toldPosition
    return this.#receipts && this.#open && position !== undefined && position > (this.#receiptPosition ?? -1)
  }

  /** Gives it a receipt of where the log stands, which may be further than it was told. */
  giveReceipt({ head }: { readonly head: number }, receipt: Uint8Array): void {
    if (!this.awaitsReceipt || this.#toldPosition === undefined) return
    this.#receiptPosition = Math.max(head, this.#toldPosition)
    this.send({ type: 'durable', count: this.#toldCount, position: this.#toldPosition, receipt })
  }

  /** Counts a step 2 or update message. Returns its number, from 1. */
  count(type: 'step2' | 'update'): number {
    if (type === 'step2') this.#step2sReceived++
    return ++this.#received
  }

  /**
   * Takes note of an incomplete message. Returns `ask` when a step 1 has to be sent, `wait` while one is under
   * way, `refuse` when this was the answer to it.
   */
  holdCount(type: 'step2' | 'update'): 'ask' | 'wait' | 'refuse' {
    // What came after the step 2 that closes a hole makes another one: nothing asked for so far will bring it.
    if (!this.#hole || this.#hole.closedBy !== undefined) {
      this.#hole = { awaitedStep2: this.#step1sSent + 1 }
      return 'ask'
    }
    return this.#isAwaited(type) ? 'refuse' : 'wait'
  }

  /**
   * Whether a message is left to the step 2 that is awaited, which brings all that the client has: a deletion that came
   * before the incomplete message it makes way for would take away without giving.
   */
  isLeftOut(type: 'step2' | 'update'): boolean {
    return this.#hole !== undefined && this.#hole.closedBy === undefined && !this.#isAwaited(type)
  }

  #isAwaited(type: 'step2' | 'update'): boolean {
    return type === 'step2' && this.#hole !== undefined && this.#step2sReceived >= this.#hole.awaitedStep2
  }

  /** Takes note that message `number` is complete: the awaited step 2 will close the hole once durable. */
  complete(type: 'step2' | 'update', number: number): void {
    if (this.#hole && this.#isAwaited(type)) this.#hole.closedBy ??= number
  }

  /** Takes note that message `number` and every complete one before it are durable. */
  committed(number: number): void {
    if (this.#hole?.closedBy !== undefined && number >= this.#hole.closedBy) this.#hole = undefined
    if (!this.#hole) this.#durable = number
  }

  /** Says that the document has another generation now, to who knows of generations, and closes. */
  closeMoved(generation: number): void {
    if (this.#open) this.#onRefused('moved')
    if (!this.isStock) this.send({ type: 'moved', generation })
    this.closeWith(CLOSE_CODES.moved, 'moved')
  }

  /** Closes for a reason of the table of errors. */
  close(code: ErrorCode): void {
    if (this.#open) this.#onRefused(code)
    this.closeWith(ERROR_KINDS[code].closeCode, code)
  }

  /** Closes with a close code and a short reason. */
  closeWith(closeCode: number, reason: string): void {
    if (!this.#open) return
    this.#open = false
    this.#socket.close(closeCode, reason)
  }

  /** Takes note that the socket is gone. */
  gone(): void {
    this.#open = false
  }
}
