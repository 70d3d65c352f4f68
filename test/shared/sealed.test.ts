// Envelopes of sealed documents: what they hold, where they open, and that nothing goes missing unseen.
import { createHash } from 'node:crypto'
import {
  compareRegisters,
  decodeSealedContent,
  encodeSealedContent,
  isJsonValue,
  type JsonValue,
  joinAll,
  NONCE_BYTES,
  openElement,
  type Register,
  type SealedContent,
  type SealedGap,
  type SealedPlace,
  SealedState,
  type State,
  sealContent,
} from '@workforce-democracy/shared'
import fc from 'fast-check'
import sodium from 'libsodium-wrappers'
import { beforeAll, describe, expect, it } from 'vitest'

beforeAll(() => sodium.ready)

// The same construction that devices use.
const aead = {
  encrypt: (plaintext: Uint8Array, associatedData: Uint8Array, nonce: Uint8Array, key: Uint8Array) =>
    sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, associatedData, null, nonce, key),
  decrypt: (ciphertext: Uint8Array, associatedData: Uint8Array, nonce: Uint8Array, key: Uint8Array) =>
    sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, ciphertext, associatedData, nonce, key),
}
const bytesOf = (seed: string, length: number) =>
  new Uint8Array(createHash('sha256').update(seed).digest().subarray(0, length))
const PLACE: SealedPlace = {
  ...{ aead, key: bytesOf('key', 32), epoch: 3 },
  ...{ vaultId: 'vault-1', document: 'votes', generation: 7 },
}
let nonces = 0
const nonce = () => bytesOf(`nonce ${nonces++}`, NONCE_BYTES)

const DEVICES = ['aaaaaaaa', 'bbbbbbbb', 'cccccccc'] as const
const deviceName = fc.constantFrom('aaaaaaaa', 'bbbbbbbb', 'cccccccc', 'zzzz9999')
const stamp = fc.integer({ min: 2, max: 2 ** 52 - 1 })
const register: fc.Arbitrary<Register> = fc.record({
  key: fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme' }).filter(key => isJsonValue(key)),
  stamp: fc.integer({ min: 1, max: 2 ** 52 - 1 }),
  device: fc.constantFrom(...DEVICES, 'server'),
  value: fc
    .jsonValue({ maxDepth: 2, stringUnit: 'grapheme' })
    .map(value => JSON.parse(JSON.stringify(value)) as JsonValue)
    .filter(value => isJsonValue(value)),
})
const content: fc.Arbitrary<SealedContent> = fc
  .record({
    device: deviceName,
    stamp,
    prev: fc.nat(),
    seen: fc.array(fc.tuple(deviceName, stamp)),
    chosen: fc.nat(2 ** 52 - 1),
    full: fc.boolean(),
    registers: fc.uniqueArray(register, { selector: ({ key }) => key, maxLength: 6 }),
  })
  .map(each => ({
    ...each,
    prev: each.prev % each.stamp,
    registers: each.registers.sort((a, b) => (a.key < b.key ? -1 : 1)),
    seen: new Map(
      each.seen
        .filter(([device]) => device !== each.device)
        .map(([device, at]) => [device, each.full ? 1 + (at % (each.stamp - 1)) : at] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
  }))

const one = (changes: Partial<SealedContent> = {}): SealedContent => ({
  ...{ device: 'aaaaaaaa', stamp: 1000, prev: 0, seen: new Map(), chosen: 0, full: false, registers: [] },
  ...changes,
})

describe('a plaintext', () => {
  it('[L2] holds a content and gives it back', () => {
    fc.assert(
      fc.property(content, each => {
        expect(decodeSealedContent(encodeSealedContent(each))).toEqual(each)
      }),
    )
  })

  it('[L2] has one encoding, whatever order registers, devices and properties come in', () => {
    const registers = [
      { key: 'b', stamp: 2, device: 'aaaaaaaa', value: { x: 1, y: 2 } },
      { key: 'a', stamp: 1, device: 'server', value: null },
    ]
    const seen = [['cccccccc', 1] as const, ['bbbbbbbb', 2] as const]
    const turned = [registers[1]!, { ...registers[0]!, value: { y: 2, x: 1 } }]
    expect(encodeSealedContent(one({ registers, seen: new Map(seen) }))).toEqual(
      encodeSealedContent(one({ registers: turned, seen: new Map(seen.toReversed()) })),
    )
    expect(Buffer.from(encodeSealedContent(one({ registers, seen: new Map(seen) }))).toString('hex')).toBe(
      '01000861616161616161' +
        '61e8070000020862626262626262620208636363636363636301020161010673657276657204' +
        '6e756c6c0162020861616161616161610d7b2278223a312c2279223a327d',
    )
  })

  it('[L2] of any other form is none', () => {
    const registers = [{ key: 'a', stamp: 1, device: 'aaaaaaaa', value: 1 }]
    const twice = [...registers, ...registers]
    for (const [what, wrong] of Object.entries({
      server: one({ device: 'server' }),
      nobody: one({ device: 'A' }),
      'stamp of 0': one({ stamp: 0 }),
      'prev not before': one({ prev: 1000 }),
      'a choice out of range': one({ chosen: 2 ** 52 }),
      'itself seen': one({ seen: new Map([['aaaaaaaa', 1]]) }),
      'server seen': one({ seen: new Map([['server', 1]]) }),
      'full, and older than it saw': one({ full: true, seen: new Map([['bbbbbbbb', 1000]]) }),
      'a key twice': one({ registers: twice }),
      'a malformed register': one({ registers: [{ ...registers[0]!, device: 'A' }] }),
    }))
      expect(decodeSealedContent(encodeSealedContent(wrong)), what).toBeUndefined()
    const right = encodeSealedContent(one({ registers }))
    expect(decodeSealedContent(new Uint8Array([...right, 0]))).toBeUndefined()
    expect(decodeSealedContent(new Uint8Array([2, ...right.slice(1)]))).toBeUndefined()
    expect(decodeSealedContent(new Uint8Array([1, 2, ...right.slice(2)]))).toBeUndefined()
    for (let length = 0; length < right.length; length++)
      expect(decodeSealedContent(right.slice(0, length))).toBeUndefined()
  })

  it('[L2] is looked for in any bytes without a throw', () => {
    const start = encodeSealedContent(one({ seen: new Map([['bbbbbbbb', 5]]) }))
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(start.length), (bytes, kept) => {
        decodeSealedContent(new Uint8Array([...start.slice(0, kept), ...bytes]))
      }),
    )
    const deep = new TextEncoder().encode('['.repeat(200_000))
    const nested = encodeSealedContent(
      one({ registers: [{ key: 'a', stamp: 1, device: 'aaaaaaaa', value: 1 }] }),
    ).slice(0, -2)
    const length = [(deep.length & 0x7f) | 0x80, ((deep.length >> 7) & 0x7f) | 0x80, deep.length >> 14]
    expect(decodeSealedContent(new Uint8Array([...nested, ...length, ...deep]))).toBeUndefined()
  })
})

describe('an envelope', () => {
  it('[L4] opens in its vault, document, generation and epoch, and nowhere else', () => {
    const envelope = sealContent(PLACE, one(), nonce())
    expect(openElement(PLACE, envelope)).toEqual({ outcome: 'opened', content: one() })
    for (const [change, outcome] of [
      [{ vaultId: 'vault-2' }, 'unopenable'],
      [{ document: 'notes' }, 'unopenable'],
      [{ generation: 8 }, 'unopenable'],
      [{ generation: 6 }, 'unopenable'],
      [{ key: bytesOf('other', 32) }, 'unopenable'],
      [{ epoch: 2 }, 'other-epoch'],
      [{ epoch: 4 }, 'other-epoch'],
    ] as const)
      expect(openElement({ ...PLACE, ...change }, envelope), JSON.stringify(change)).toEqual({ outcome })
  })

  it('[L5] that is none is passed over and counted, whatever it is', () => {
    const state = new SealedState<number>({ place: PLACE, device: 'aaaaaaaa' })
    let id = 0
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.anything()), element => {
        expect(state.take(id++, element)).toEqual({ outcome: 'unopenable', registers: [] })
      }),
    )
    const unreadable = sealContent(PLACE, one({ device: 'server' }), nonce())
    expect(state.take(id++, unreadable).outcome).toBe('unreadable')
    expect(state.take(id++, sealContent({ ...PLACE, epoch: 2 }, one(), nonce())).outcome).toBe('other-epoch')
    const counted = { unopenable: id - 2, unreadable: 1, 'other-epoch': 1 }
    expect(Object.fromEntries(state.refused)).toEqual(counted)
    expect([state.state.size, state.superseded(), state.gaps(), state.isCompactionDue()]).toEqual([
      0,
      [],
      [],
      false,
    ])
  })

  it('[L6] of one vote, change or removal has one size', () => {
    const vote = fc.record({
      choice: fc.constantFrom('yes', 'no', 'abstain'),
      billName: fc.string({ maxLength: 200 }),
      votedAt: fc.constant('2026-01-31T00:00:00.000Z'),
    })
    const value = fc.oneof(vote, fc.constant(null))
    fc.assert(
      fc.property(value, fc.string({ minLength: 1, maxLength: 60 }), stamp, (value, key, stamp) => {
        const registers = [{ key, stamp, device: 'aaaaaaaa', value }]
        const seen = new Map(DEVICES.slice(1).map(device => [device, stamp]))
        expect(sealContent(PLACE, one({ registers, seen }), nonce()).length).toBe(1069)
      }),
    )
  })
})

/** The envelopes of a document that devices exchange: added once, deleted for good, as in Yjs. */
interface Elements {
  readonly added: Map<number, Uint8Array>
  readonly deleted: Set<number>
}

/** A device in a world without time: its copy of the document, and what it has made of it. */
class Device {
  readonly name: string
  readonly elements: Elements = { added: new Map(), deleted: new Set() }
  readonly state: State = new Map()
  readonly world: World
  sealed: SealedState<number>

  constructor(world: World, name: string) {
    this.world = world
    this.name = name
    this.sealed = new SealedState({ place: PLACE, device: name })
  }

  write(key: string, nowMs: number): void {
    const supersededStamp = this.state.get(key)?.stamp ?? 0
    const register = {
      key,
      stamp: Math.max(nowMs, supersededStamp + 1),
      device: this.name,
      value: this.world.envelopes.size,
    }
    joinAll(this.state, [register])
    joinAll(this.world.written, [register])
    this.#push(this.sealed.next({ registers: [register], full: false, nowMs }))
  }

  compact(nowMs: number): void {
    this.#push(this.sealed.next({ registers: [...this.state.values()], full: true, nowMs }))
    for (const id of this.sealed.superseded()) {
      this.elements.deleted.add(id)
      this.sealed.drop(id)
    }
  }

  /** Takes what another has, in a given order, some of it twice. */
  receive(other: Elements, shuffled: (ids: number[]) => number[]): void {
    const fresh = [...other.added.keys()].filter(id => !this.elements.added.has(id))
    for (const id of shuffled(fresh)) {
      this.elements.added.set(id, other.added.get(id)!)
      const taken = this.sealed.take(id, other.added.get(id))
      joinAll(this.state, taken.registers)
    }
    for (const id of other.deleted) {
      this.elements.deleted.add(id)
      this.sealed.drop(id)
    }
    this.sealed.hold({ own: true })
  }

  get present(): number[] {
    return [...this.elements.added.keys()].filter(id => !this.elements.deleted.has(id))
  }

  #push(content: SealedContent): void {
    const id = this.world.envelopes.size
    const merged = new Set([...this.elements.added.keys()])
    this.world.envelopes.set(id, { content, merged })
    const envelope = sealContent(PLACE, content, nonce())
    this.elements.added.set(id, envelope)
    expect(this.sealed.take(id, envelope).outcome).toBe('joined')
  }
}

class World {
  /** Every envelope ever written, with the ones that its writer had merged by then. */
  readonly envelopes = new Map<number, { content: SealedContent; merged: ReadonlySet<number> }>()
  readonly written: State = new Map()
  readonly devices = DEVICES.map(name => new Device(this, name))

  /** Everybody gets everything. */
  settle(shuffled: (ids: number[]) => number[]): void {
    for (const to of this.devices)
      for (const from of this.devices) if (from !== to) to.receive(from.elements, shuffled)
    for (const to of this.devices)
      for (const from of this.devices) if (from !== to) to.receive(from.elements, shuffled)
  }

  /** Whether an envelope that is missing from `ids` is missed, by who knew what when it was written. */
  isMissed(missing: number, ids: readonly number[]): boolean {
    const isBuiltOn = ids.some(id => this.envelopes.get(id)!.merged.has(missing))
    return isBuiltOn && !this.isCovered(missing, ids)
  }

  isCovered(missing: number, ids: readonly number[]): boolean {
    return ids.some(id => {
      const { content, merged } = this.envelopes.get(id)!
      return content.full && merged.has(missing)
    })
  }

  /** What a device makes of these envelopes in this order. */
  seenBy(name: string, ids: readonly number[], held?: ReadonlyMap<string, number>): SealedState<number> {
    const { added } = this.devices[0]!.elements
    const fresh = new SealedState<number>({ place: PLACE, device: name, ...(held && { held }) })
    for (const id of ids) fresh.take(id, added.get(id))
    return fresh
  }
}

type Step =
  | { readonly type: 'write'; readonly device: number; readonly key: string; readonly nowMs: number }
  | { readonly type: 'compact'; readonly device: number; readonly nowMs: number }
  | { readonly type: 'receive'; readonly device: number; readonly from: number; readonly seed: number }

const device = fc.nat(2)
/** Clocks are wrong by more than there are writes, and go back. */
const nowMs = fc.integer({ min: 1, max: 40 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      ...{ type: fc.constant('write' as const), device, nowMs },
      key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('compact' as const), device, nowMs }) },
  {
    weight: 4,
    arbitrary: fc.record({
      ...{ type: fc.constant('receive' as const), device },
      ...{ from: device, seed: fc.nat() },
    }),
  },
)
const steps = fc.array(step, { minLength: 1, maxLength: 40 })

/** An order that depends on the seed alone. */
function shuffledBy(seed: number): (ids: number[]) => number[] {
  return ids => ids.toSorted((a, b) => rankOf(seed, a) - rankOf(seed, b))
}
const rankOf = (seed: number, id: number) =>
  bytesOf(`${seed}/${id}`, 4).reduce((sum, byte) => sum * 256 + byte)

function run(all: readonly Step[]): World {
  const world = new World()
  for (const each of all) {
    const self = world.devices[each.device]!
    if (each.type === 'write') self.write(each.key, each.nowMs)
    else if (each.type === 'compact') self.compact(each.nowMs)
    else if (each.from !== each.device)
      self.receive(world.devices[each.from]!.elements, shuffledBy(each.seed))
  }
  return world
}

function settled(all: readonly Step[], seed: number): { world: World; ids: number[] } {
  const world = run(all)
  world.settle(shuffledBy(seed))
  return { world, ids: shuffledBy(seed + 1)(world.devices[0]!.present) }
}

const heldNewest = (world: World, id: number, held: ReadonlyMap<string, number>) => {
  const { device, stamp } = world.envelopes.get(id)!.content
  return held.get(device) === stamp
}

/** With a full envelope goes what only it covered; with any other one nothing else. */
function expectGaps(
  world: World,
  found: {
    missing: number
    rest: readonly number[]
    gaps: readonly SealedGap[]
    kind: SealedGap['kind'] | undefined
  },
): void {
  const { missing, rest, gaps, kind } = found
  const { content, merged } = world.envelopes.get(missing)!
  const gap = { device: content.device, stamp: content.stamp, kind }
  if (!content.full) expect(gaps).toEqual(kind ? [gap] : [])
  if (kind) expect(gaps).toContainEqual(gap)
  for (const each of gaps) {
    const [id] = [...world.envelopes].find(
      ([, { content }]) => content.device === each.device && content.stamp === each.stamp,
    )!
    expect(each.kind === kind || kind === undefined).toBe(true)
    expect([id === missing || merged.has(id), rest.includes(id), world.isCovered(id, rest)]).toEqual([
      true,
      false,
      false,
    ])
  }
}

const sorted = (state: Iterable<readonly [string, Register]>) =>
  [...state].map(([, each]) => each).sort((a, b) => (a.key < b.key ? -1 : 1))

describe('three devices that write, compact and exchange in any order', () => {
  it('[L1] [L8] [L11] come to the join of all that was written, and so does a fresh one', () => {
    fc.assert(
      fc.property(steps, fc.nat(), (all, seed) => {
        const { world, ids } = settled(all, seed)
        const expected = sorted(world.written)
        for (const { state, sealed } of world.devices) {
          expect(sorted(state)).toEqual(expected)
          expect(sorted(sealed.state)).toEqual(expected)
        }
        const twice = [...ids, ...ids]
        expect(sorted(world.seenBy('zzzzzzzz', twice).state)).toEqual(expected)
      }),
      { numRuns: 300 },
    )
  })

  it('[L9] miss nothing where nothing is missing, at any time and whatever they hold', () => {
    fc.assert(
      fc.property(steps, fc.nat(), (all, seed) => {
        const world = run(all)
        for (const { sealed } of world.devices) expect(sealed.gaps()).toEqual([])
        world.settle(shuffledBy(seed))
        for (const { sealed, present, name } of world.devices) {
          expect(sealed.gaps()).toEqual([])
          const held = sealed.hold({ own: true })
          expect(world.seenBy(name, present, held).gaps()).toEqual([])
        }
      }),
      { numRuns: 300 },
    )
  })

  it('[L9] [L10] find every envelope missing that somebody built on, know one that they held, and hide no other', () => {
    let missed = 0
    let unnoticed = 0
    fc.assert(
      fc.property(steps, fc.nat(), fc.nat(), (all, seed, nth) => {
        const { world, ids } = settled(all, seed)
        const missing = ids[nth % Math.max(1, ids.length)]
        fc.pre(missing !== undefined)
        const rest = ids.filter(id => id !== missing)
        const isMissed = world.isMissed(missing, rest)
        if (isMissed) missed++
        else unnoticed++

        const fresh = world.seenBy('zzzzzzzz', rest)
        expectGaps(world, { missing, rest, gaps: fresh.gaps(), kind: isMissed ? 'tampered' : undefined })
        const others: State = new Map()
        for (const id of rest) joinAll(others, world.envelopes.get(id)!.content.registers)
        expect(sorted(fresh.state)).toEqual(sorted(others))

        const held = world.devices[0]!.sealed.hold({ own: true })
        const { gaps, isNewest } = {
          gaps: world.seenBy('aaaaaaaa', rest, held).gaps(),
          isNewest: heldNewest(world, missing, held),
        }
        const isLost = !world.isCovered(missing, rest) && (isMissed || isNewest)
        expectGaps(world, { missing, rest, gaps, kind: isLost ? 'rolled-back' : undefined })
      }),
      { numRuns: 600 },
    )
    expect(Math.min(missed, unnoticed)).toBeGreaterThan(50)
  })

  it('[L8] never delete what no full envelope has, also when one claims to', () => {
    const register = (key: string, stamp: number) => ({ key, stamp, device: 'bbbbbbbb', value: stamp })
    const state = new SealedState<string>({ place: PLACE, device: 'aaaaaaaa' })
    const take = (id: string, content: SealedContent) => state.take(id, sealContent(PLACE, content, nonce()))
    take('kept', one({ device: 'bbbbbbbb', stamp: 5, registers: [register('a', 9)] }))
    take('gone', one({ device: 'bbbbbbbb', stamp: 6, prev: 5, registers: [register('b', 2)] }))
    take('later', one({ device: 'bbbbbbbb', stamp: 7, prev: 6, registers: [register('b', 1)] }))
    const registers = [register('a', 8), register('b', 2)]
    take('full', one({ stamp: 10, full: true, seen: new Map([['bbbbbbbb', 6]]), registers }))
    expect(state.superseded()).toEqual(['gone'])
    expect(state.gaps()).toEqual([])
  })

  it('[L9] need what is named by another’s envelope, also one of a device that has written nothing since', () => {
    const state = new SealedState<string>({ place: PLACE, device: 'cccccccc' })
    const seen = new Map([['bbbbbbbb', 77]])
    state.take('1', sealContent(PLACE, one({ seen }), nonce()))
    expect(state.gaps()).toEqual([{ device: 'bbbbbbbb', stamp: 77, kind: 'tampered' }])
    state.take('2', sealContent(PLACE, one({ device: 'bbbbbbbb', stamp: 77 }), nonce()))
    expect(state.gaps()).toEqual([])
    state.hold({ own: false })
    state.drop('2')
    expect(state.gaps()).toEqual([{ device: 'bbbbbbbb', stamp: 77, kind: 'rolled-back' }])
  })
})

describe('compaction', () => {
  const writer = () => new Device(new World(), 'aaaaaaaa')

  it('[L11] is due at 16 envelopes of a vote each, which weigh four times their state, and no earlier', () => {
    const it = writer()
    for (let n = 0; n < 15; n++) it.write(`hr${n}-119`, 1)
    expect(it.sealed.isCompactionDue()).toBe(false)
    it.write('hr15-119', 1)
    expect(it.sealed.isCompactionDue()).toBe(true)
    it.compact(1)
    expect([it.present.length, it.sealed.isCompactionDue()]).toEqual([1, false])
    expect(sorted(it.sealed.state)).toEqual(sorted(it.world.written))
  })

  it('[L11] is due at 64 envelopes, however heavy the state', () => {
    const state = new SealedState<number>({ place: PLACE, device: 'aaaaaaaa' })
    const big = Array.from({ length: 1000 }, (_, n) => ({
      ...{ key: `hr${n}-119`, stamp: 1, device: 'aaaaaaaa' },
      value: { choice: 'yes', billName: `An Act nobody ever wrote, number ${n}` },
    }))
    const push = (id: number, registers: Register[], full = false) =>
      state.take(id, sealContent(PLACE, state.next({ registers, full, nowMs: 1 }), nonce()))
    push(0, big, true)
    for (let n = 1; n < 63; n++) push(n, [{ key: 'a', stamp: n, device: 'aaaaaaaa', value: null }])
    expect(state.isCompactionDue()).toBe(false)
    push(63, [{ key: 'a', stamp: 63, device: 'aaaaaaaa', value: null }])
    expect(state.isCompactionDue()).toBe(true)
    state.drop(40)
    push(64, [])
    expect([state.gaps().length, state.isCompactionDue()]).toEqual([1, false])
  })

  it('[L11] by two devices at once leaves two full envelopes, and the next leaves one', () => {
    const world = new World()
    const [a, b, c] = world.devices as [Device, Device, Device]
    for (let n = 0; n < 20; n++) world.devices[n % 3]!.write(`hr${n}-119`, n + 1)
    world.settle(ids => ids)
    a.compact(1)
    b.compact(99)
    c.write('hr99-119', 5)
    world.settle(ids => ids)
    expect(new Set(world.devices.map(({ present }) => present.sort().join()))).toEqual(new Set(['20,21,22']))
    c.compact(1)
    world.settle(ids => ids)
    for (const { present, sealed } of world.devices) {
      expect(present).toEqual([23])
      expect(sorted(sealed.state)).toEqual(sorted(world.written))
    }
  })

  it('[L3] gives a full envelope a stamp above all that it covers, and every next one a greater', () => {
    const state = new SealedState<number>({ place: PLACE, device: 'aaaaaaaa' })
    state.take(1, sealContent(PLACE, one({ device: 'bbbbbbbb', stamp: 2 ** 40 }), nonce()))
    const first = state.next({ registers: [], full: false, nowMs: 1 })
    const full = state.next({ registers: [], full: true, nowMs: 1 })
    const last = state.next({ registers: [], full: false, nowMs: 1 })
    expect([first.stamp, full.stamp, last.stamp]).toEqual([1024, 2 ** 40 + 1, 2 ** 40 + 2])
  })

  it('[L13] and every other envelope names the newest choice to seal that its writer knew', () => {
    const state = new SealedState<number>({ place: PLACE, device: 'aaaaaaaa' })
    expect(state.chosen).toBe(0)
    state.take(1, sealContent(PLACE, one({ device: 'bbbbbbbb', chosen: 77 }), nonce()))
    const chosenIn = (chosen: number) => state.next({ registers: [], full: false, nowMs: 1, chosen }).chosen
    expect([state.chosen, chosenIn(0), chosenIn(78)]).toEqual([77, 77, 78])
  })

  it('[L7] for the next generation covers what was held, also where it is gone', () => {
    const held = new Map([
      ['aaaaaaaa', 50],
      ['bbbbbbbb', 60],
    ])
    const damaged = new SealedState<number>({ place: PLACE, device: 'aaaaaaaa', held })
    expect(damaged.gaps().map(({ kind }) => kind)).toEqual(['rolled-back', 'rolled-back'])
    const next = { ...PLACE, generation: 8 }
    const healed = new SealedState<number>({ place: next, device: 'aaaaaaaa', held })
    const whole = damaged.next({ registers: [], full: true, nowMs: 1 })
    expect(healed.take(1, sealContent(next, whole, nonce())).outcome).toBe('joined')
    expect([whole.prev, whole.seen.get('bbbbbbbb'), healed.gaps()]).toEqual([50, 60, []])
  })
})

it('[L1] registers that an envelope brings join like any others', () => {
  const newer = { key: 'a', stamp: 9, device: 'bbbbbbbb', value: 1 }
  const older = { ...newer, stamp: 8 }
  expect(compareRegisters(newer, older)).toBeGreaterThan(0)
  for (const order of [
    [newer, older],
    [older, newer],
  ]) {
    const state = new SealedState<number>({ place: PLACE, device: 'aaaaaaaa' })
    for (const [n, each] of order.entries())
      state.take(n, sealContent(PLACE, one({ stamp: n + 1, registers: [each] }), nonce()))
    expect(state.state.get('a')).toEqual(newer)
  }
})
