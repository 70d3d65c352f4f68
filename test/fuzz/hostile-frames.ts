// WebSocket messages that no honest client would send, and what a hostile one sends before there are any.
import { encodeMessage } from '@workforce-democracy/shared'
import * as encoding from 'lib0/encoding'
import { HostileUpdates } from './hostile-updates.ts'
import type { Seeded } from './seeded.ts'

/** One message: text is sent as text. */
export interface HostileFrame {
  readonly kind: string
  /** Whether it must close the connection, if only after a look-up. */
  readonly closes: boolean
  readonly data: Uint8Array | string
}

const MIB = 1024 * 1024
const NUMBERS = [0, 1, 127, 128, 2 ** 32, Number.MAX_SAFE_INTEGER, 2 ** 60]

/** The messages of one attack, in an order that its seed decides. */
export class HostileFrames {
  readonly #seeded: Seeded
  readonly #updates: HostileUpdates
  /** An access token of somebody else. */
  readonly #othersToken: string

  constructor(seeded: Seeded, othersToken: string) {
    this.#seeded = seeded
    this.#updates = new HostileUpdates(seeded)
    this.#othersToken = othersToken
  }

  next(): HostileFrame {
    const seeded = this.#seeded
    if (seeded.percent(70)) {
      const kind = seeded.pick(Object.keys(this.#updates.kinds))
      const update = this.#update(kind)
      const type = seeded.percent(80) ? 'update' : 'step2'
      return { kind: `update: ${kind}`, closes: false, data: encodeMessage({ type, update }) }
    }
    const kind = seeded.percent(1) ? 'oversized' : seeded.pick(Object.keys(this.#kinds))
    return { kind, closes: kind.startsWith('a token'), data: this.#kinds[kind]?.() ?? this.#oversized() }
  }

  readonly #kinds: Readonly<Record<string, () => Uint8Array | string>> = {
    'random bytes': () => this.#seeded.bytes(this.#seeded.below(100)),
    'a known type, then random bytes': () =>
      Uint8Array.from([this.#seeded.below(6), this.#seeded.below(4), ...this.#seeded.bytes(30)]),
    'an empty message': () => new Uint8Array(),
    text: () => this.#seeded.pick(['', 'hello', '{"type":"update"}', '\u0000\u0002\u0002\u0000\u0000']),
    'a message of the server': () =>
      encodeMessage(
        this.#seeded.pick([
          { type: 'durable', count: this.#number(), position: this.#number() },
          { type: 'moved', generation: this.#number() },
        ] as const),
      ),
    'an unknown type': () => Uint8Array.from([6 + this.#seeded.below(100), ...this.#seeded.bytes(5)]),
    'a message cut short': () => this.#cut(this.#valid()),
    'bytes after a message': () => Buffer.concat([this.#valid(), this.#seeded.bytes(20)]),
    'bits flipped': () => this.#flipped(this.#valid()),
    'a length that lies': () => this.#lying(),
    'awareness of any bytes': () =>
      encodeMessage({ type: 'awareness', update: this.#seeded.bytes(this.#seeded.below(50)) }),
    'a query of awareness': () => encodeMessage({ type: 'query-awareness' }),
    'a token of nobody': () => encodeMessage({ type: 'renew-token', accessToken: this.#token() }),
    'a token of another person': () => encodeMessage({ type: 'renew-token', accessToken: this.#othersToken }),
    'a forged state vector': () => encodeMessage({ type: 'step1', stateVector: this.#stateVector() }),
    'a state vector of random bytes': () =>
      encodeMessage({ type: 'step1', stateVector: this.#seeded.bytes(this.#seeded.below(20)) }),
  }

  #number(): number {
    return this.#seeded.pick(NUMBERS)
  }

  #update(kind: string): Uint8Array {
    const make = this.#updates.kinds[kind]
    if (!make) throw new Error(`No kind of update is called ${kind}`)
    return make()
  }

  #valid(): Uint8Array {
    return encodeMessage({ type: 'update', update: this.#update('honest registers') })
  }

  #cut(bytes: Uint8Array): Uint8Array {
    return bytes.slice(0, this.#seeded.below(bytes.length))
  }

  #flipped(bytes: Uint8Array): Uint8Array {
    const flipped = Uint8Array.from(bytes)
    const at = this.#seeded.below(flipped.length)
    flipped[at] = (flipped[at] ?? 0) ^ (1 << this.#seeded.below(8))
    return flipped
  }

  #lying(): Uint8Array {
    return encoding.encode(encoder => {
      encoding.writeVarUint(encoder, 0)
      encoding.writeVarUint(encoder, this.#seeded.below(3))
      encoding.writeVarUint(encoder, this.#number())
      encoding.writeUint8Array(encoder, this.#seeded.bytes(10))
    })
  }

  #token(): string {
    const [header = '', claims = ''] = this.#othersToken.split('.')
    return this.#seeded.pick(['', 'x', `${header}.${claims}.`, 'a.b.c', '\u{1f600}', 'x'.repeat(5_000)])
  }

  #stateVector(): Uint8Array {
    const clients = this.#seeded.pick([1, 5, 2_000])
    return encoding.encode(encoder => {
      encoding.writeVarUint(encoder, this.#seeded.percent(10) ? this.#number() : clients)
      for (let n = 0; n < clients; n++) {
        encoding.writeVarUint(encoder, this.#seeded.percent(50) ? 1 + this.#seeded.below(4) : this.#number())
        encoding.writeVarUint(encoder, this.#seeded.percent(50) ? this.#seeded.below(20) : this.#number())
      }
    })
  }

  #oversized(): Uint8Array {
    const message = this.#seeded.pick([
      { type: 'update', update: new Uint8Array(MIB + 1) },
      { type: 'awareness', update: new Uint8Array(MIB + 1) },
      { type: 'step2', update: new Uint8Array(8 * MIB + 1) },
      { type: 'step1', stateVector: new Uint8Array(2 * MIB) },
    ] as const)
    return encodeMessage(message)
  }
}
