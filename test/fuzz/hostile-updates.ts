// Yjs updates that no honest client would send, and honest ones between them that they can build on.
import { REGISTERS_ROOT, RegisterArray } from '@workforce-democracy/shared'
import * as Y from 'yjs'
import {
  type Block,
  type Content,
  type Deletions,
  type Id,
  type StructSpec,
  updateBytes,
} from '../support/update-bytes.ts'
import type { Seeded } from './seeded.ts'

/** Keys that begin so never lie in the array of registers: if one is projected, another root was taken for it. */
export const LEAK = 'leak/'

const HUGE = [2 ** 31, 2 ** 32, 2 ** 40, Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER]
const KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'length',
  '',
  'a',
  '\u0000',
]
const ROOTS = [REGISTERS_ROOT, REGISTERS_ROOT, REGISTERS_ROOT, 'other', 'sealed', '__proto__', '']
/** Clients that made-up updates are of; honest documents have greater ones. */
const CLIENTS = [1, 2, 3, 2 ** 31, Number.MAX_SAFE_INTEGER]
const HONEST_CLIENT = 1_000
/** An object that inherits from bytes. */
const PASSING_FOR_BYTES = new Uint8Array([118, 1, 9, ...Buffer.from('__proto__'), 116, 1, 7])

/** Makes the updates of one attack, in an order that its seed decides. */
export class HostileUpdates {
  readonly #seeded: Seeded
  readonly #honest = new Y.Doc()
  readonly #registers: RegisterArray
  readonly #honestUpdates: Uint8Array[] = []
  /** Where the attack believes that each client ends: as if all that could be taken was. */
  readonly #endByClient = new Map<number, number>()
  #stamp = 0

  constructor(seeded: Seeded) {
    this.#seeded = seeded
    this.#honest.clientID = HONEST_CLIENT + seeded.below(2 ** 31)
    this.#honest.on('update', update => this.#honestUpdates.push(update))
    this.#registers = new RegisterArray(this.#honest)
  }

  /** What each kind of update is made by. */
  readonly kinds: Readonly<Record<string, () => Uint8Array>> = {
    'honest registers': () => this.#honestRegisters(),
    'honest content of other kinds': () => this.#honestContent(),
    'honest, sent again': () => this.#seeded.pick(this.#honestHistory()),
    'all of the honest document': () => Y.encodeStateAsUpdate(this.#honestDocument()),
    'made-up elements': () => this.#madeUp(),
    'elements resting on each other': () => this.#circle(),
    'elements resting on later ones': () => this.#restingOnLater(),
    'two blocks of one client': () => this.#twoBlocks(),
    'skipped clocks': () => this.#skipping(),
    'part of what is known, changed': () => this.#overlapping(),
    'huge clocks': () => this.#one({ clock: this.#seeded.pick(HUGE) }),
    'huge lengths': () => this.#one({ struct: { kind: 'gc', length: this.#seeded.pick(HUGE) } }),
    'huge deleted content': () =>
      this.#one({
        struct: { kind: 'item', content: { kind: 'deleted', length: this.#seeded.pick(HUGE) } },
      }),
    'empty elements': () => this.#one({ struct: { kind: 'gc', length: 0 } }),
    'deletions beyond the document': () => this.#deleting(this.#seeded.pick([0, 1, 5, ...HUGE])),
    'deletions of what there is': () => this.#deleting(-1),
    'elements at one place': () => this.#atOnePlace(),
    'types in types': () => this.#nestedTypes(),
    'values in values': () => this.#nestedValues(),
    'many roots': () => this.#roots(),
    'many subdocuments': () => this.#subdocuments(),
    'odd subdocuments': () => this.#one({ struct: { kind: 'item', content: this.#subdocument() } }),
    'registers of other roots': () => this.#leaks(),
    'malformed registers': () => this.#malformedRegisters(),
    'cut short': () => this.#cut(this.#seeded.pick(this.#honestHistory())),
    'bits flipped': () => this.#flipped(this.#seeded.pick(this.#honestHistory())),
    garbage: () => this.#seeded.bytes(this.#seeded.below(200)),
  }

  /** Bytes with some of their bits changed. */
  #flipped(bytes: Uint8Array): Uint8Array {
    const flipped = Uint8Array.from(bytes)
    for (let n = this.#seeded.below(4); n >= 0; n--) {
      const at = this.#seeded.below(flipped.length)
      flipped[at] = (flipped[at] ?? 0) ^ (1 << this.#seeded.below(8))
    }
    return flipped
  }

  #cut(bytes: Uint8Array): Uint8Array {
    return bytes.slice(0, this.#seeded.below(bytes.length))
  }

  #honestHistory(): Uint8Array[] {
    if (this.#honestUpdates.length === 0) this.#honestRegisters()
    return this.#honestUpdates
  }

  #honestDocument(): Y.Doc {
    if (this.#honestUpdates.length === 0) this.#honestRegisters()
    return this.#honest
  }

  #honestRegisters(): Uint8Array {
    const stamp = ++this.#stamp
    const value = { choice: 'yes', billName: this.#seeded.pick(KEYS), votedAt: '2026-01-01T00:00:00Z' }
    this.#registers.write([{ key: `hr${1 + this.#seeded.below(30)}-119`, stamp, device: 'device01', value }])
    return this.#honestUpdates.at(-1) as Uint8Array
  }

  #honestContent(): Uint8Array {
    const seeded = this.#seeded
    const text = this.#honest.getText('text')
    const map = this.#honest.getMap('map')
    this.#honest.transact(() => {
      seeded.pick([
        () => text.insert(seeded.below(text.length + 1), seeded.pick(['a', 'bc', '\u{1f600}'])),
        () => text.insert(0, 'bold', { bold: true, [seeded.pick(KEYS)]: 1 }),
        () => text.insertEmbed(0, { image: 'none' }),
        () => text.delete(0, Math.min(text.length, 2)),
        () => map.set(seeded.pick(KEYS), new Y.Map([['nested', new Y.Array()]])),
        () => map.set('bytes', seeded.bytes(20)),
        () => map.set('subdocument', new Y.Doc({ guid: `made-up-${seeded.below(9)}` })),
        () => this.#honest.getXmlFragment('xml').insert(0, [new Y.XmlElement('p'), new Y.XmlText('a')]),
      ])()
      map.set('count', seeded.below(100))
    })
    return this.#honestUpdates.at(-1) as Uint8Array
  }

  #end(client: number): number {
    return this.#endByClient.get(client) ?? 0
  }

  /** An element that there probably is, or one near it that there is not. */
  #id(): Id {
    const client = this.#seeded.pick(CLIENTS)
    const end = this.#end(client)
    return [
      client,
      this.#seeded.percent(90) && end > 0 ? this.#seeded.below(end) : end + this.#seeded.below(3),
    ]
  }

  #content(): Content {
    const seeded = this.#seeded
    return seeded.pick<() => Content>([
      () => ({ kind: 'any', values: seeded.some(3, () => this.#value()) }),
      () => ({ kind: 'any', values: [this.#register('made-up')] }),
      () => ({ kind: 'deleted', length: 1 + seeded.below(4) }),
      () => ({
        kind: 'json',
        texts: seeded.some(2, () => seeded.pick(['1', '{"__proto__":1}', 'undefined', '{'])),
      }),
      () => ({ kind: 'binary', bytes: seeded.bytes(seeded.below(40)) }),
      () => ({ kind: 'string', text: seeded.pick(['a', 'abc', '\u{1f600}\u{1f600}']) }),
      () => ({ kind: 'embed', json: seeded.pick(['{}', '{"toJSON":1}', 'null', 'nonsense']) }),
      () => ({ kind: 'format', key: seeded.pick(KEYS), json: seeded.pick(['true', 'null', '{"a":[]}']) }),
      () => ({ kind: 'type', typeRef: seeded.below(8), name: seeded.pick(KEYS) }),
      () => this.#subdocument(),
      () => ({ kind: 'raw-any', length: 1, bytes: PASSING_FOR_BYTES }),
    ])()
  }

  #subdocument(): Content {
    const values = [true, null, 5, 'text', {}, [1]]
    const names = ['guid', 'gc', 'gcFilter', 'autoLoad', 'shouldLoad', 'meta', 'collectionid']
    const options = { [this.#seeded.pick(names)]: this.#seeded.pick(values) }
    return { kind: 'doc', guid: this.#seeded.pick(KEYS), options: this.#seeded.percent(10) ? null : options }
  }

  #value(): unknown {
    const seeded = this.#seeded
    return seeded.pick([
      () => undefined,
      () => seeded.pick([0, -0, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 1e-320]),
      () => 2n ** 63n - 1n,
      () => ({ [seeded.pick(KEYS)]: { [seeded.pick(KEYS)]: seeded.pick(KEYS) } }),
      () => JSON.parse('{"__proto__":{"polluted":true}}'),
      () => seeded.bytes(3),
    ])()
  }

  #register(key: string): unknown[] {
    return [
      key,
      1 + this.#seeded.below(2 ** 52 - 1),
      'device01',
      { choice: 'no', votedAt: '2026-01-01T00:00:00Z' },
    ]
  }

  #struct(): StructSpec {
    const seeded = this.#seeded
    if (seeded.percent(10)) return { kind: 'gc', length: 1 + seeded.below(3) }
    return {
      kind: 'item',
      ...(seeded.percent(50) && { origin: this.#id() }),
      ...(seeded.percent(25) && { rightOrigin: this.#id() }),
      parent: seeded.percent(70) ? seeded.pick(ROOTS) : this.#id(),
      ...(seeded.percent(15) && { parentSub: seeded.pick(KEYS) }),
      content: this.#content(),
    }
  }

  /** An update of these blocks; where the clients end is believed from then on. */
  #update(blocks: readonly Block[], deletions: readonly Deletions[] = []): Uint8Array {
    const inOrder = this.#seeded.percent(95) ? [...blocks].sort((a, b) => b.client - a.client) : blocks
    const update = updateBytes(inOrder, deletions)
    try {
      for (const { id, length } of Y.decodeUpdate(update).structs) {
        const end = id.clock + length
        if (end < 10_000) this.#endByClient.set(id.client, Math.max(end, this.#end(id.client)))
      }
    } catch {
      // Nobody takes it.
    }
    return update
  }

  #one(options: { clock?: number; struct?: StructSpec }): Uint8Array {
    const client = this.#seeded.pick(CLIENTS)
    const { clock = this.#end(client), struct = this.#struct() } = options
    return this.#update([{ client, clock, structs: [struct] }])
  }

  #madeUp(): Uint8Array {
    const clients = CLIENTS.filter(() => this.#seeded.percent(40))
    const blocks = clients.map(client => {
      return { client, clock: this.#end(client), structs: this.#seeded.some(4, () => this.#struct()) }
    })
    const deletions = this.#seeded.percent(30) ? [this.#span(this.#seeded.pick(CLIENTS), -1)] : []
    return this.#update(blocks, deletions)
  }

  #circle(): Uint8Array {
    const [one, two] = [this.#seeded.pick(CLIENTS), HONEST_CLIENT - 1]
    const at = (client: number): Id => [client, this.#end(client) + this.#seeded.below(2)]
    const resting = (origin: Id): StructSpec => ({
      kind: 'item',
      origin,
      content: { kind: 'any', values: [1] },
    })
    const free: StructSpec = { kind: 'item', content: { kind: 'any', values: [1] } }
    return this.#update([
      { client: one, clock: this.#end(one), structs: [resting(at(two)), free] },
      { client: two, clock: this.#end(two), structs: [resting(at(one)), free] },
    ])
  }

  #restingOnLater(): Uint8Array {
    const client = this.#seeded.pick(CLIENTS)
    const later: Id = [client, this.#end(client) + this.#seeded.below(3)]
    const reference = this.#seeded.pick([{ parent: later }, { origin: later }, { rightOrigin: later }])
    const structs: StructSpec[] = [{ kind: 'item', ...reference, content: { kind: 'type', typeRef: 0 } }]
    return updateBytes([{ client, clock: this.#end(client), structs: [...structs, ...structs] }])
  }

  #twoBlocks(): Uint8Array {
    const client = this.#seeded.pick(CLIENTS)
    const clock = this.#end(client)
    const structs: StructSpec[] = [{ kind: 'item', content: { kind: 'string', text: 'a' } }]
    return updateBytes([
      { client, clock, structs },
      { client, clock: clock + this.#seeded.below(2), structs },
    ])
  }

  #skipping(): Uint8Array {
    const client = this.#seeded.pick(CLIENTS)
    const skip: StructSpec = { kind: 'skip', length: 1 + this.#seeded.below(5) }
    const structs = this.#seeded.percent(50) ? [skip, this.#struct()] : [this.#struct(), skip]
    return updateBytes([{ client, clock: this.#end(client), structs }])
  }

  #overlapping(): Uint8Array {
    const client = this.#seeded.pick(CLIENTS)
    const clock = Math.max(0, this.#end(client) - 1 - this.#seeded.below(3))
    const content = this.#seeded.pick<Content>([
      { kind: 'string', text: 'overlapping' },
      { kind: 'deleted', length: 9 },
      { kind: 'any', values: [1, 2, 3, 4, 5] },
    ])
    return updateBytes([{ client, clock, structs: [{ kind: 'item', content }] }])
  }

  #span(client: number, beyond: number): Deletions {
    const end = this.#end(client)
    const clock = beyond >= 0 ? end : this.#seeded.below(Math.max(1, end))
    return { client, spans: [[clock, Math.max(beyond, Math.min(1, end - clock))]] }
  }

  #deleting(beyond: number): Uint8Array {
    return updateBytes([], [this.#span(this.#seeded.pick(CLIENTS), beyond)])
  }

  /** Yjs looks through all of them for each; so many that it is done soon, also where others like them came before. */
  #atOnePlace(): Uint8Array {
    const seeded = this.#seeded
    const first: Id = [1, 0]
    const place = seeded.pick<Partial<StructSpec>>([
      { origin: first },
      { origin: first, rightOrigin: this.#id() },
      { parent: REGISTERS_ROOT },
      { parent: 'other', parentSub: 'key' },
    ])
    const structs = Array.from({ length: seeded.pick([10, 100, 300]) }, (): StructSpec => {
      return { kind: 'item', ...place, content: { kind: 'any', values: [1] } } as StructSpec
    })
    const client = seeded.pick([1, 2, 3])
    return this.#update([{ client, clock: this.#end(client), structs }])
  }

  #nestedTypes(): Uint8Array {
    const client = this.#seeded.pick(CLIENTS)
    const clock = this.#end(client)
    const depth = this.#seeded.pick([2, 50, 300, 4_000])
    const structs = Array.from({ length: depth }, (_, n): StructSpec => {
      return {
        kind: 'item',
        parent: n === 0 ? 'other' : [client, clock + n - 1],
        content: { kind: 'type', typeRef: 0 },
      }
    })
    return updateBytes([{ client, clock, structs }], [{ client, spans: [[clock, 1]] }])
  }

  #nestedValues(): Uint8Array {
    const depth = this.#seeded.pick([3, 15, 17, 400, 6_000, 100_000])
    const arrays = new Uint8Array(depth * 2 + 1).map((_, n) => (n % 2 === 0 ? 117 : 1))
    arrays[depth * 2] = 126
    const json = '['.repeat(depth) + ']'.repeat(depth)
    const content = this.#seeded.pick<Content>([
      { kind: 'raw-any', length: 1, bytes: arrays },
      { kind: 'embed', json },
      { kind: 'json', texts: [json] },
      { kind: 'format', key: 'deep', json },
    ])
    return this.#one({ struct: { kind: 'item', content } })
  }

  #roots(): Uint8Array {
    const structs = this.#seeded.some(100, (): StructSpec => {
      return {
        kind: 'item',
        parent: `root ${this.#seeded.below(1_000)}`,
        content: { kind: 'string', text: 'a' },
      }
    })
    const client = this.#seeded.pick(CLIENTS)
    return this.#update([{ client, clock: this.#end(client), structs }])
  }

  #subdocuments(): Uint8Array {
    const count = this.#seeded.pick([3, 30, 2_500])
    const content: Content = { kind: 'doc', guid: '', options: {} }
    const structs = Array.from(
      { length: count },
      (): StructSpec => ({ kind: 'item', parent: 'other', content }),
    )
    const client = this.#seeded.pick(CLIENTS)
    return updateBytes([{ client, clock: this.#end(client), structs }])
  }

  /** Elements in the form of registers, in another root, or following one there in an update of their own. */
  #leaks(): Uint8Array {
    const client = 4
    const clock = this.#end(client)
    const follows = clock > 0 && this.#seeded.percent(60)
    const where = follows ? { origin: [client, clock - 1] as const } : { parent: 'elsewhere' }
    const values = [this.#register(`${LEAK}${this.#seeded.below(10)}`)]
    return this.#update([
      { client, clock, structs: [{ kind: 'item', ...where, content: { kind: 'any', values } }] },
    ])
  }

  #malformedRegisters(): Uint8Array {
    const seeded = this.#seeded
    const values = seeded.pick<unknown[]>([
      [seeded.pick(KEYS), seeded.pick([0, -1, 2 ** 52, Number.NaN, '5']), 'device01', null],
      [seeded.pick(KEYS), 1, seeded.pick(['DEVICE', '', 'device011', null]), null],
      [seeded.pick([5, null, 'x'.repeat(2_000)]), 1, 'device01', null],
      ['made-up', 1, 'device01', this.#value()],
      ['made-up', 1, 'device01'],
      [],
    ])
    return this.#one({ struct: { kind: 'item', content: { kind: 'any', values: [values] } } })
  }
}
