// A WebSocket that carries several documents: tells its channels apart, and opens, closes and limits them.
import {
  CLOSE_CODES,
  CodedError,
  decodeChannelFrame,
  ERROR_KINDS,
  type ErrorCode,
  errorCode,
} from '@workforce-democracy/shared'
import { Channel, type ChannelCarrier } from './channel.ts'
import { type DocumentRequest, readTarget } from './document-request.ts'
import { FairSender } from './fair-sender.ts'
import type { GatheringSocket } from './gathering-socket.ts'
import type { SyncLimits } from './limits.ts'
import { MessageAllowance } from './message-allowance.ts'

/** A socket may send so many times what one of its channels may. */
const SHARE = 4

/** What a channel socket is made of. */
export interface ChannelSocketOptions {
  readonly socket: GatheringSocket
  readonly limits: Pick<
    SyncLimits,
    'channelsPerSocket' | 'socketUnreadBytes' | 'messagesPerSecond' | 'messageBurst'
  >
  readonly nowMs: () => number
  /** Called with each channel that the client has opened. */
  readonly onOpen: (channel: Channel, request: DocumentRequest) => void
  /** Called when the server closes the socket, or refuses a channel, for a reason of the table of errors. */
  readonly onRefused: (code: ErrorCode) => void
}

export class ChannelSocket implements ChannelCarrier {
  readonly socket: GatheringSocket
  readonly sender: FairSender
  readonly #options: ChannelSocketOptions
  readonly #allowance: MessageAllowance
  /** Those that are open, and those whose end the client has not confirmed yet. */
  readonly #channelById = new Map<number, Channel>()

  constructor(options: ChannelSocketOptions) {
    const { socket, limits, nowMs } = options
    this.socket = socket
    this.#options = options
    this.sender = new FairSender((message, onTaken) => socket.send(message, onTaken))
    this.#allowance = new MessageAllowance({
      perSecond: limits.messagesPerSecond * SHARE,
      burst: limits.messageBurst * SHARE,
      nowMs: nowMs(),
    })
    socket.onFrame(message => this.#take(message))
    socket.onceGone(() => this.#endAll())
  }

  get isOpen(): boolean {
    return this.socket.isOpen
  }

  /** Whether the peer has still to take the answer to a step 1. */
  get isTakingAnswer(): boolean {
    return [...this.#channelById.values()].some(channel => channel.isTakingAnswer)
  }

  /** Closes the socket with all its channels; before a restart what was sent in them goes out first. */
  close(code: number, reason: string): void {
    if (!this.isOpen) return
    if (code === CLOSE_CODES.restart) this.sender.flush()
    this.socket.close(code, reason)
    this.#endAll()
  }

  /** Closes the socket for a reason of the table of errors. */
  refuse(code: ErrorCode): void {
    if (!this.isOpen) return
    this.#options.onRefused(code)
    this.close(ERROR_KINDS[code].closeCode, code)
  }

  /** Each channel has a limit of its own beside this one, which also counts the answers to step 1. */
  checkUnread(): void {
    if (this.sender.bufferedAmount > this.#options.limits.socketUnreadBytes) this.refuse('overloaded')
  }

  #take(message: Uint8Array): void {
    if (!this.isOpen) return
    try {
      if (!this.#allowance.use(this.#options.nowMs())) throw new CodedError('too-many')
      this.#dispatch(message)
    } catch (error) {
      this.refuse(errorCode(error))
    }
  }

  #dispatch(message: Uint8Array): void {
    const frame = decodeChannelFrame(message)
    const channel = this.#channelById.get(frame.channel)
    if (frame.type === 'open' && !channel) this.#open(frame.channel, frame.target)
    else if (frame.type === 'data' && channel) channel.deliver(frame.bytes)
    else if (frame.type === 'close' && channel) this.#closedByPeer(frame.channel, channel)
    else throw new CodedError('malformed-message', 'This channel is open, or it is not.')
  }

  #open(id: number, target: string): void {
    const { limits, onOpen, onRefused } = this.#options
    const channels = [...this.#channelById.values()]
    if (channels.length >= 2 * limits.channelsPerSocket) throw new CodedError('too-many')
    const channel = new Channel(id, this)
    this.#channelById.set(id, channel)
    if (channels.filter(({ isOpen }) => isOpen).length < limits.channelsPerSocket) {
      onOpen(channel, readTarget(target))
    } else {
      onRefused('too-many')
      channel.close(CLOSE_CODES.tooMany, 'too-many')
    }
  }

  /** From here on the client may use the id again. */
  #closedByPeer(id: number, channel: Channel): void {
    channel.closedByPeer()
    this.#channelById.delete(id)
  }

  #endAll(): void {
    this.sender.stop()
    for (const channel of this.#channelById.values()) channel.end()
    this.#channelById.clear()
  }
}
