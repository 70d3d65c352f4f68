// Messages that no honest client would send over a socket with channels, past the channel that is attacked.
import { type ChannelFrame, encodeChannelFrame, encodeMessage } from '@workforce-democracy/shared'
import { ATTACKED_CHANNEL } from './attack-connection.ts'
import { HOSTILE_DOCUMENTS, HOSTILE_QUERIES } from './hostile-handshakes.ts'
import type { Seeded } from './seeded.ts'

/** Messages that are sent together. */
export interface HostileMessages {
  readonly kind: string
  readonly messages: readonly Uint8Array[]
}

const IDS = [0, 2, 127, 128, 2 ** 32, Number.MAX_SAFE_INTEGER]
const QUERY = encodeMessage({ type: 'query-awareness' })
/** Beyond those that are used more than once. */
const FIRST_FRESH_ID = 1_000

/** What one attack sends to its sockets, in an order that its seed decides. */
export class HostileChannelFrames {
  readonly #seeded: Seeded
  #lastFreshId = FIRST_FRESH_ID

  constructor(seeded: Seeded) {
    this.#seeded = seeded
  }

  next(): HostileMessages {
    const kind = this.#seeded.pick(Object.keys(this.#kinds))
    return { kind, messages: this.#kinds[kind]?.() ?? [] }
  }

  readonly #kinds: Readonly<Record<string, () => readonly Uint8Array[]>> = {
    'random bytes': () => [this.#seeded.bytes(this.#seeded.below(60))],
    'a known type, then random bytes': () => [
      Uint8Array.from([this.#seeded.below(5), ...this.#seeded.bytes(this.#seeded.below(30))]),
    ],
    'an empty message': () => [new Uint8Array()],
    'data of a channel that is not there': () => [
      encodeChannelFrame({ type: 'data', channel: this.#seeded.pick(IDS), bytes: this.#seeded.bytes(20) }),
    ],
    'the close of a channel that is not there': () => [this.#close(this.#seeded.pick(IDS))],
    'opening what is open': () => [this.#open(ATTACKED_CHANNEL)],
    'a part': () => [
      encodeChannelFrame({ type: 'part', channel: ATTACKED_CHANNEL, bytes: this.#seeded.bytes(20) }),
    ],
    'a message cut short': () => {
      const message = this.#open(this.#freshId())
      return [message.subarray(0, this.#seeded.below(message.length))]
    },
    'an open of anything': () => [this.#open(this.#freshId())],
    'an open that is closed at once, again and again': () => {
      const id = this.#freshId()
      return this.#seeded.some(20, () => [this.#open(id), this.#close(id)]).flat()
    },
    'frames to a channel that is refused': () => {
      const channel = this.#freshId()
      const open: ChannelFrame = { type: 'open', channel, target: 'secrets' }
      const frames = this.#seeded.some(10, () => encodeChannelFrame({ type: 'data', channel, bytes: QUERY }))
      return [encodeChannelFrame(open), ...frames, this.#close(channel)]
    },
    'frames after its close': () => {
      const channel = this.#freshId()
      return [
        this.#open(channel),
        this.#close(channel),
        encodeChannelFrame({ type: 'data', channel, bytes: QUERY }),
      ]
    },
    'early frames, then silence': () => {
      const channel = this.#freshId()
      const bytes = this.#seeded.bytes(1_000)
      const data = this.#seeded.some(5, () => encodeChannelFrame({ type: 'data', channel, bytes }))
      return [this.#open(channel), ...data, this.#close(channel)]
    },
  }

  #freshId(): number {
    return ++this.#lastFreshId
  }

  #open(channel: number): Uint8Array {
    const document = this.#seeded.percent(50) ? 'notes' : this.#seeded.pick(HOSTILE_DOCUMENTS)
    const target = `${document}?${this.#seeded.pick(HOSTILE_QUERIES)}`
    return encodeChannelFrame({ type: 'open', channel, target })
  }

  #close(channel: number): Uint8Array {
    const reason = this.#seeded.pick(['', 'x'.repeat(5_000), '\u{1f600}'])
    return encodeChannelFrame({ type: 'close', channel, code: this.#seeded.below(100_000), reason })
  }
}
