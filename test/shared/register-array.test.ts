import {
  type JsonValue,
  joinAll,
  joinRegister,
  REGISTERS_ROOT,
  type Register,
  RegisterArray,
  RegisterWriter,
  type State,
  toEntry,
} from '@workforce-democracy/shared'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'

const NOW_MS = Date.UTC(2026, 0, 31)
const YEAR_MS = 365 * 24 * 3600 * 1000
const KEYS = ['a', 'b', 'c', 'd']

/** A device as an SDK has it: registers in memory, the Yjs document beside them, and a clock of its own. */
class Replica {
  readonly doc = new Y.Doc()
  readonly array = new RegisterArray(this.doc)
  readonly state: State = new Map()
  readonly updates: Uint8Array[] = []
  readonly stamps: number[] = []
  skewMs = 0
  readonly #writer: RegisterWriter

  constructor(device: string, clockMs: () => number, skewMs = 0) {
    this.skewMs = skewMs
    this.#writer = new RegisterWriter({ device, lastStamp: 0, nowMs: () => clockMs() + this.skewMs })
    this.array.onChange(({ added }) => joinAll(this.state, added))
    this.doc.on('update', update => this.updates.push(update))
  }

  write(key: string, value: JsonValue): Register {
    const register = this.#writer.write(this.state, key, value)
    this.stamps.push(register.stamp)
    expect(joinRegister(this.state, register)).toBe(true)
    this.array.write([register])
    return register
  }

  receive(update: Uint8Array): void {
    Y.applyUpdate(this.doc, update)
  }

  entries(): unknown[] {
    return this.doc.getArray(REGISTERS_ROOT).toArray()
  }
}

describe('replicas', () => {
  const index = fc.nat({ max: 2 })
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('write'),
        at: index,
        key: fc.constantFrom(...KEYS),
        value: fc.constantFrom(null, 1, 2, 'x'),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('deliver'), at: index, from: index, nth: fc.nat() }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('import'), at: index, from: index }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('prune'), at: index }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('skew'),
        at: index,
        ms: fc.integer({ min: -50 * YEAR_MS, max: 50 * YEAR_MS }),
      }),
    },
  ) as fc.Arbitrary<{
    do: string
    at: number
    key: string
    value: JsonValue
    from: number
    nth: number
    ms: number
  }>
  const shuffle = fc.array(fc.nat(), { maxLength: 40 })

  it('[R8] [D5] converge to the join of all that was written, under any interleaving, duplication, reordering and partition', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), shuffle, (steps, order) => {
        let nowMs = NOW_MS
        const replicas = ['aaaaaaaa', 'bbbbbbbb', 'cccccccc'].map(device => new Replica(device, () => nowMs))
        const written: State = new Map()
        for (const each of steps) {
          nowMs += 1
          const replica = replicas[each.at]!
          const from = replicas[each.from ?? 0]!
          if (each.do === 'write') joinRegister(written, replica.write(each.key, each.value))
          if (each.do === 'deliver' && from.updates.length > 0)
            replica.receive(from.updates[each.nth % from.updates.length]!)
          if (each.do === 'import') replica.array.write([...from.state.values()])
          if (each.do === 'prune') replica.array.prune()
          if (each.do === 'skew') replica.skewMs = each.ms
          expectIndexed(replica.array)
        }
        heal(replicas, order)
        for (const replica of replicas) {
          expect(replica.state).toEqual(written)
          expect(replica.array.state()).toEqual(written)
        }
        for (const replica of replicas) replica.array.prune()
        heal(replicas, order)
        for (const replica of replicas) {
          expect(sorted(replica.entries())).toEqual(sorted([...written.values()].map(toEntry)))
          expectIndexed(replica.array)
        }
        for (const { stamps } of replicas) expect(stamps).toEqual([...new Set(stamps)].sort((a, b) => a - b))
      }),
      { numRuns: 300 },
    )
  })

  it('[R5] [D5] keep the later of two writes, whichever device, whichever Yjs client id, whichever order of delivery', () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.boolean(),
        fc.integer({ min: 1, max: 2 ** 32 - 1 }),
        (first, order, clientId) => {
          let nowMs = NOW_MS
          const replicas = ['aaaaaaaa', 'bbbbbbbb'].map(device => new Replica(device, () => nowMs))
          replicas[0]!.doc.clientID = clientId
          const [earlier, later] = first ? replicas : [...replicas].reverse()
          earlier!.write('k', 'earlier')
          nowMs += 1
          later!.write('k', 'later')
          heal(order ? replicas : [...replicas].reverse(), [])
          for (const { array } of replicas) expect(array.state().get('k')?.value).toBe('later')
        },
      ),
    )
  })

  it('[R5] keep a write over what its writer had seen, though its clock is decades behind', () => {
    const [ahead, behind] = [
      new Replica('aaaaaaaa', () => NOW_MS, 30 * YEAR_MS),
      new Replica('bbbbbbbb', () => NOW_MS, -30 * YEAR_MS),
    ]
    for (const [writer, other] of [
      [ahead, behind],
      [behind, ahead],
      [ahead, behind],
    ] as const) {
      const register = writer.write('k', writer === ahead ? 'ahead' : 'behind')
      heal([ahead, behind], [])
      expect(other.state.get('k')).toEqual(register)
    }
  })

  it('[D5] keep a register that two of them brought in and both pruned at the same time', () => {
    const register = { key: 'k', stamp: 5, device: 'aaaaaaaa', value: null }
    const [one, two] = pairOf()
    one.array.write([register])
    two.array.write([register])
    heal([one, two], [])
    expect(one.entries().length).toBe(2)
    one.array.prune()
    two.array.prune()
    heal([one, two], [])
    expect([one.entries(), two.entries()]).toEqual([[toEntry(register)], [toEntry(register)]])
  })
})

describe('the register array', () => {
  it('[D1] is a root array of plain entries', () => {
    const replica = new Replica('aaaaaaaa', () => NOW_MS)
    replica.write('hr8-118', { choice: 'yes' })
    expect(replica.doc.getArray('registers').toArray()).toEqual([
      ['hr8-118', NOW_MS * 1024, 'aaaaaaaa', { choice: 'yes' }],
    ])
  })

  it('[D2] holds what was there before it was opened', () => {
    const replica = new Replica('aaaaaaaa', () => NOW_MS)
    for (const key of KEYS) replica.write(key, 1)
    replica.write('b', 2)
    const copy = new Y.Doc()
    Y.applyUpdate(copy, Y.encodeStateAsUpdate(replica.doc))
    expect(new RegisterArray(copy).state()).toEqual(replica.state)
  })

  it('[D3] deletes what a write supersedes in the same transaction', () => {
    const replica = new Replica('aaaaaaaa', () => NOW_MS)
    replica.write('k', 1)
    const updates = replica.updates.length
    replica.write('k', 2)
    expect(replica.updates.length).toBe(updates + 1)
    expect(replica.entries().length).toBe(1)
  })

  it('[D3] leaves out what is not greater, also of one key twice in one write', () => {
    const { array, doc } = new Replica('aaaaaaaa', () => NOW_MS)
    const of = (stamp: number) => ({ key: 'k', stamp, device: 'aaaaaaaa', value: stamp })
    array.write([of(3), of(5), of(4)])
    array.write([of(4)])
    array.write([of(5)])
    expect(doc.getArray(REGISTERS_ROOT).toArray()).toEqual([toEntry(of(5))])
  })

  it('[D3] stays under 1 KB after 100,000 overwrites of 10 keys', () => {
    const doc = new Y.Doc()
    const array = new RegisterArray(doc)
    for (let stamp = 1; stamp <= 100_000; stamp++)
      array.write([{ key: `key-${stamp % 10}`, stamp, device: 'aaaaaaaa', value: true }])
    expect(array.state().size).toBe(10)
    expect(Y.encodeStateAsUpdate(doc).length).toBeLessThan(1024)
  })

  it('[D4] [R9] skips malformed elements, counts them, and neither writing nor pruning deletes them', () => {
    const malformed = [
      'text',
      7,
      null,
      { key: 'a' },
      [],
      ['a', 0, 'aaaaaaaa', 1],
      ['a', 99, 'nobody', 1],
      ['a', 99, 'aaaaaaaa'],
      ['a', 99, 'aaaaaaaa', new Uint8Array(2)],
      new Uint8Array([1, 2]),
      new Y.Map(),
      new Y.Text('a'),
    ]
    const replica = new Replica('aaaaaaaa', () => NOW_MS)
    const raw = replica.doc.getArray(REGISTERS_ROOT)
    for (const element of malformed) {
      raw.push([element])
      replica.write('a', 1)
    }
    raw.insert(3, [['a', 1, 'aaaaaaaa', 'old']])
    expect(replica.array.malformed).toBe(malformed.length)
    replica.array.prune()
    expect(replica.array.malformed).toBe(malformed.length)
    expect(replica.entries().length).toBe(malformed.length + 1)
    expect(replica.array.state()).toEqual(replica.state)
    raw.delete(0)
    expect(replica.array.malformed).toBe(malformed.length - 1)
    const copy = new Y.Doc()
    Y.applyUpdate(copy, Y.encodeStateAsUpdate(replica.doc))
    expect(new RegisterArray(copy).malformed).toBe(malformed.length - 1)
  })

  it('[D5] never deletes the newest removal, and lets it win over an older write that arrives late', () => {
    const [one, two] = pairOf()
    one.write('k', 1)
    const late = one.updates.splice(0)
    two.write('k', 0)
    two.skewMs = 1000
    two.write('k', null)
    two.array.prune()
    for (const update of late) two.receive(update)
    two.array.prune()
    expect(two.entries()).toEqual([['k', (NOW_MS + 1000) * 1024, 'bbbbbbbb', null]])
  })

  it('[D4] follows its listeners writing while Yjs is still busy with what they were told', () => {
    const { array, doc } = new Replica('aaaaaaaa', () => NOW_MS)
    const heard: string[] = []
    array.onChange(({ added }) => {
      heard.push(...added.map(({ key }) => key))
      const next = KEYS[heard.length]
      if (next) array.write([{ key: next, stamp: 1, device: 'aaaaaaaa', value: 1 }])
    })
    array.write([{ key: 'a', stamp: 1, device: 'aaaaaaaa', value: 1 }])
    expect([...array.state().keys()]).toEqual(KEYS)
    expect(heard).toEqual(KEYS)
    expect(doc.getArray(REGISTERS_ROOT).length).toBe(KEYS.length)
  })

  it('[D4] follows updates that arrive while Yjs is still busy with another', () => {
    const source = new Replica('aaaaaaaa', () => NOW_MS)
    for (const key of [...KEYS, ...KEYS]) source.write(key, 1)
    const { array, doc } = new Replica('bbbbbbbb', () => NOW_MS)
    const [first, ...others] = source.updates
    const end = array.onChange(() => {
      end()
      for (const update of others) Y.applyUpdate(doc, update)
    })
    Y.applyUpdate(doc, first!)
    expect(array.state()).toEqual(source.state)
    expectIndexed(array)
  })

  it('[D4] is right after writes inside a larger transaction, and prunes what they left', () => {
    const { array, doc } = new Replica('aaaaaaaa', () => NOW_MS)
    const of = (stamp: number) => ({ key: 'k', stamp, device: 'aaaaaaaa', value: stamp })
    doc.transact(() => {
      for (const stamp of [1, 3, 2]) array.write([of(stamp)])
    })
    expect(array.state().get('k')).toEqual(of(3))
    array.prune()
    expect(doc.getArray(REGISTERS_ROOT).toArray()).toEqual([toEntry(of(3))])
  })

  it('[D4] leaves the positions that Yjs remembers right, for those who use the array by index', () => {
    const [one, two] = pairOf()
    // Neighbours of two clients: items of one client in a row would be walked through, whatever is remembered.
    for (let i = 0; i < 50; i++) {
      one.write(`one-${i}`, 1)
      two.receive(one.updates.at(-1)!)
      two.write(`two-${i}`, 1)
      one.receive(two.updates.at(-1)!)
    }
    const raw = one.doc.getArray(REGISTERS_ROOT)
    for (let i = 49; i >= 0; i -= 3) {
      raw.get(60)
      one.write(`one-${i}`, 2)
      for (const at of [0, 49, 60, 99]) expect(raw.get(at)).toEqual(raw.toArray()[at])
    }
  })

  it('[D4] tells what was added and whether it came from here, until told to stop', () => {
    const [one, two] = pairOf()
    const heard: unknown[] = []
    const end = two.array.onChange(({ added, local }) => heard.push([added.map(({ key }) => key), local]))
    one.write('k', 1)
    heal([one, two], [])
    two.write('j', 1)
    end()
    two.write('i', 1)
    expect(heard).toEqual([
      [['k'], false],
      [['j'], true],
    ])
  })
})

function pairOf(): [Replica, Replica] {
  return [new Replica('aaaaaaaa', () => NOW_MS), new Replica('bbbbbbbb', () => NOW_MS)]
}

/** Ends every partition: all updates reach all replicas, in an order of chance, some twice. */
function heal(replicas: readonly Replica[], order: readonly number[]): void {
  const updates = replicas.flatMap(({ updates }) => updates)
  const repeated = order.flatMap(nth => updates[nth % updates.length] ?? [])
  for (const replica of replicas) {
    for (const update of [...repeated, ...updates]) replica.receive(update)
  }
}

/** The index holds what a fresh one over the same document holds. */
function expectIndexed(array: RegisterArray): void {
  const fresh = new RegisterArray(array.doc)
  expect(array.state()).toEqual(fresh.state())
  expect(array.malformed).toBe(fresh.malformed)
  fresh.destroy()
}

function sorted(entries: readonly unknown[]): string[] {
  return entries.map(entry => JSON.stringify(entry)).sort()
}
