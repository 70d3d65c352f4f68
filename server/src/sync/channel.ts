// One document's channel over a socket that carries several.
import { CLOSE_CODES, encodeChannelFrame } from '@workforce-democracy/shared'
import type { DocumentSocket } from './document-socket.ts'
import { type FairSender, Lane } from './fair-sender.ts'
import type { GatheringSocket } from './gathering-socket.ts'
import type { Pausable } from './intake.ts'

/** What concerns the client or the server as a whole, and so all channels. */
const CODES_OF_SOCKET: readonly number[] = [CLOSE_CODES.unauthorized, CLOSE_CODES.restart]
const CLOSED_NORMALLY = 1000

/** The socket of a channel, with all that its channels share. */
export interface ChannelCarrier {
  readonly socket: GatheringSocket
  readonly sender: FairSender
  /** Called before a frame is sent; closes the socket when it has too much to take already. */
  checkUnread(): void
  close(code: number, reason: string): void
}

export class Channel implements DocumentSocket {
  readonly durableMessages = true
  readonly #id: number
  readonly #carrier: ChannelCarrier
  readonly #lane: Lane
  #isOpen = true
  #onFrame: (frame: Uint8Array) => void = () => undefined
  readonly #onGone: (() => void)[] = []
  /** Set once its document's room was entered. */
  session: { readonly isTakingAnswer: boolean } | undefined

  constructor(id: number, carrier: ChannelCarrier) {
    this.#id = id
    this.#carrier = carrier
    this.#lane = new Lane(id, carrier.sender)
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  get isTakingAnswer(): boolean {
    return this.#isOpen && this.session?.isTakingAnswer === true
  }

  get source(): Pausable {
    return this.#carrier.socket
  }

  get early(): { bytes: number } {
    return this.#carrier.socket.early
  }

  get bufferedAmount(): number {
    return this.#lane.bufferedAmount
  }

  onFrame(listener: (frame: Uint8Array) => void): void {
    this.#onFrame = listener
  }

  onceGone(listener: () => void): void {
    if (this.#isOpen) this.#onGone.push(listener)
    else listener()
  }

  /** Takes a frame from the client; what comes after the end was sent before the client knew of it. */
  deliver(frame: Uint8Array): void {
    if (this.#isOpen) this.#onFrame(frame)
  }

  send(frame: Uint8Array): void {
    if (!this.#isOpen) return
    this.#carrier.checkUnread()
    if (this.#isOpen) this.#lane.send(frame)
  }

  close(code: number, reason: string): void {
    if (!this.#isOpen) return
    if (CODES_OF_SOCKET.includes(code)) this.#carrier.close(code, reason)
    else this.#sayFarewell(code, reason, { drop: code === CLOSE_CODES.overloaded })
  }

  /** Takes note that the client has closed it, or has seen that we did. */
  closedByPeer(): void {
    if (this.#isOpen) this.#sayFarewell(CLOSED_NORMALLY, '', { drop: true })
  }

  /** Takes note that nothing can be sent any more. */
  end(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    for (const listener of this.#onGone.splice(0)) listener()
  }

  /** Whoever does not read is not sent what waits for it. */
  #sayFarewell(code: number, reason: string, options: { readonly drop: boolean }): void {
    this.#lane.end(encodeChannelFrame({ type: 'close', channel: this.#id, code, reason }), options)
    this.end()
  }
}
