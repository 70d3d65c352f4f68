// What the server believes of a document without its bytes, held against what Yjs makes of the same updates.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { ClockRanges } from '../../server/src/sync/clock-ranges.ts'
import {
  decodeUpdate,
  MAX_CLIENTS,
  MAX_DELETIONS,
  MAX_SHARED_TYPES,
  MAX_SUBDOCUMENTS,
} from '../../server/src/sync/decoded-update.ts'
import { KnownState, MAX_NESTING, type Verdict } from '../../server/src/sync/known-state.ts'
import { type Block, type Content, type Id, updateBytes } from '../support/update-bytes.ts'

/** One edit by one of three replicas: insert at a place, delete, or take in what another has. */
const editArbitrary = fc.oneof(
  fc.record({
    kind: fc.constant('insert' as const),
    replica: fc.nat(2),
    at: fc.nat(20),
    text: fc.string({ maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant('map' as const),
    replica: fc.nat(2),
    at: fc.nat(3),
    text: fc.string({ maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant('delete' as const),
    replica: fc.nat(2),
    at: fc.nat(20),
    text: fc.constant(''),
  }),
  fc.record({
    kind: fc.constant('merge' as const),
    replica: fc.nat(2),
    at: fc.nat(2),
    text: fc.constant(''),
  }),
)

type Edit = typeof editArbitrary extends fc.Arbitrary<infer T> ? T : never

/** The updates that three replicas make of these edits. */
function updatesOf(edits: readonly Edit[]): Uint8Array[] {
  const updates: Uint8Array[] = []
  const docs = [0, 1, 2].map(() => new Y.Doc())
  for (const doc of docs)
    doc.on('update', (update: Uint8Array, origin: unknown) => origin !== 'merge' && updates.push(update))
  for (const { kind, replica, at, text } of edits) {
    const doc = docs[replica]!
    const array = doc.getArray<unknown>('registers')
    if (kind === 'insert') array.insert(Math.min(at, array.length), [text, new Y.Map([['nested', text]])])
    if (kind === 'map') doc.getMap('other').set(`key${at}`, text)
    if (kind === 'delete' && array.length > 0) array.delete(at % array.length, 1)
    if (kind === 'merge') Y.applyUpdate(doc, Y.encodeStateAsUpdate(docs[at]!), 'merge')
  }
  return updates
}

const isPending = (doc: Y.Doc) => doc.store.pendingStructs !== null || doc.store.pendingDs !== null

const contentArbitrary: fc.Arbitrary<Content> = fc.oneof(
  fc.record({
    kind: fc.constant('any' as const),
    values: fc.array(fc.jsonValue({ maxDepth: 2 }), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ kind: fc.constant('deleted' as const), length: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant('string' as const), text: fc.constantFrom('a', 'ab', '\u{1f600}') }),
  fc.record({ kind: fc.constant('type' as const), typeRef: fc.nat(6), name: fc.constant('p') }),
  fc.record({ kind: fc.constant('embed' as const), json: fc.json({ maxDepth: 1 }) }),
  fc.record({ kind: fc.constant('format' as const), key: fc.constant('bold'), json: fc.json() }),
)

const idArbitrary: fc.Arbitrary<Id> = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.nat(3))
const structArbitrary = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('gc' as const), length: fc.constantFrom(1, 2) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('item' as const),
      origin: fc.option(idArbitrary, { nil: undefined, freq: 1 }),
      rightOrigin: fc.option(idArbitrary, { nil: undefined, freq: 1 }),
      parent: fc.oneof({ weight: 3, arbitrary: fc.constantFrom('registers', 'other') }, idArbitrary),
      parentSub: fc.option(fc.constantFrom('key', '__proto__'), { nil: undefined }),
      content: contentArbitrary,
    }),
  },
)

/** An update of up to three clients that refer to each other at will; clocks count from what is known. */
const madeUpUpdate = fc.record({
  blocks: fc.uniqueArray(
    fc.record({
      client: fc.integer({ min: 1, max: 3 }),
      fromEnd: fc.constantFrom(0, 0, 0, 0, -1, -2, 1),
      structs: fc.array(structArbitrary, { minLength: 1, maxLength: 2 }),
    }),
    { maxLength: 3, selector: ({ client }) => client },
  ),
  deletions: fc.array(fc.tuple(idArbitrary, fc.integer({ min: 1, max: 2 })), { maxLength: 2 }),
})

function bytesOf(
  { blocks, deletions }: typeof madeUpUpdate extends fc.Arbitrary<infer T> ? T : never,
  endOf: (client: number) => number,
): Uint8Array {
  return updateBytes(
    [...blocks]
      .sort((a, b) => b.client - a.client)
      .map(({ client, fromEnd, structs }): Block => {
        return { client, clock: Math.max(0, endOf(client) + fromEnd), structs }
      }),
    deletions.map(([[client, clock], length]) => ({ client, spans: [[clock, length]] })),
  )
}

function copyOf(doc: Y.Doc): Y.Doc {
  const copy = new Y.Doc()
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc))
  return copy
}

/** Whether an item may come to lie under a key of a nested type in several pieces: Yjs takes such a one in at first. */
function mayBeDivisibleEntry(struct: unknown): boolean {
  if (!(struct instanceof Y.Item) || struct.length === 1) return false
  const isNestedEntry = struct.parentSub !== null && struct.parent instanceof Y.ID
  return isNestedEntry || struct.origin !== null || struct.rightOrigin !== null
}

function isTakenWhole(doc: Y.Doc, update: Uint8Array): boolean {
  try {
    Y.applyUpdate(doc, update)
    return !isPending(doc)
  } catch {
    return false
  }
}

describe('the known state of a document', () => {
  test('[P10] an update is complete exactly when Yjs can take it in whole, in any order and with any left out', () => {
    fc.assert(
      fc.property(
        fc.array(editArbitrary, { maxLength: 30 }).chain(edits => {
          const updates = updatesOf(edits)
          return fc
            .shuffledSubarray(updates.map((_, index) => index))
            .map(order => order.map(index => updates[index]!))
        }),
        updates => {
          const known = new KnownState()
          const doc = new Y.Doc()
          for (const update of [...updates, ...updates]) {
            const decoded = decodeUpdate(update)
            const verdict = known.assess(decoded)
            const copy = new Y.Doc()
            Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc))
            const before = Y.encodeSnapshot(Y.snapshot(copy))
            Y.applyUpdate(copy, update)
            if (isPending(copy)) expect(verdict).toBe('incomplete')
            else {
              const adds = Buffer.compare(before, Y.encodeSnapshot(Y.snapshot(copy))) !== 0
              expect(verdict).toBe(adds ? 'fits' : 'nothing-new')
            }
            if (verdict !== 'fits') continue
            known.add(decoded)
            Y.applyUpdate(doc, update)
            expect(Y.decodeStateVector(known.encodeStateVector())).toEqual(
              Y.decodeStateVector(Y.encodeStateVector(doc)),
            )
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  test('encoded and decoded it judges every update as before', () => {
    const verdicts = new Map<Verdict, number>()
    const check = (updates: Iterable<(known: KnownState) => Uint8Array>) => {
      const known = new KnownState()
      for (const updateFor of updates) {
        const decoded = decodeUpdate(updateFor(known))
        const copy = KnownState.decode(known.encode())
        const verdict = known.assess(decoded)
        expect(copy.assess(decoded)).toBe(verdict)
        verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1)
        if (verdict !== 'fits') continue
        known.add(decoded)
        copy.add(decoded)
        expect(copy.encode()).toEqual(known.encode())
        expect(copy.encodeStateVector()).toEqual(known.encodeStateVector())
      }
    }
    const made = fc.array(madeUpUpdate, { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(made, specs =>
        check(
          specs.map(spec => known => {
            const ends = Y.decodeStateVector(known.encodeStateVector())
            return bytesOf(spec, client => ends.get(client) ?? 0)
          }),
        ),
      ),
      { numRuns: 500 },
    )
    const written = fc.array(editArbitrary, { maxLength: 30 }).chain(edits => {
      const updates = updatesOf(edits)
      return fc.shuffledSubarray([...updates, ...updates])
    })
    fc.assert(
      fc.property(written, updates => check(updates.map(update => () => update))),
      { numRuns: 200 },
    )
    for (const verdict of ['fits', 'incomplete', 'nothing-new'] as const)
      expect(verdicts.get(verdict)).toBeGreaterThan(50)
  })

  test('encoded and decoded it still knows how deep and how much there is', () => {
    const type = (parent: Id | string) =>
      ({ kind: 'item', parent, content: { kind: 'type', typeRef: 0 } }) as const
    const chain = Array.from({ length: MAX_NESTING + 1 }, (_, n) => type(n === 0 ? 'registers' : [1, n - 1]))
    const deep = new KnownState()
    deep.add(decodeUpdate(updateBytes([{ client: 1, clock: 0, structs: chain }])))
    const beneath = { client: 2, clock: 0, structs: [type([1, MAX_NESTING])] }
    expect(KnownState.decode(deep.encode()).assess(decodeUpdate(updateBytes([beneath])))).toBe('incomplete')
    for (const [content, limit] of [
      [{ kind: 'type', typeRef: 0 }, MAX_SHARED_TYPES],
      [{ kind: 'doc', guid: 'made up', options: {} }, MAX_SUBDOCUMENTS],
    ] as const) {
      const struct = { kind: 'item', content } as const
      const full = new KnownState()
      const structs = Array.from({ length: limit }, () => struct)
      full.add(decodeUpdate(updateBytes([{ client: 1, clock: 0, structs }])))
      const one = decodeUpdate(updateBytes([{ client: 2, clock: 0, structs: [struct] }]))
      expect(KnownState.decode(full.encode()).assess(one)).toBe('incomplete')
    }
  })

  test('[P10] an element that rests on itself is not complete', () => {
    const doc = new Y.Doc()
    doc.getArray('registers').push(['a'])
    const update = Y.encodeStateAsUpdate(doc)
    const decoded = decodeUpdate(update)
    const [first] = decoded.structs
    ;(first as Y.Item).origin = Y.createID(first!.id.client, first!.id.clock)
    expect(new KnownState().assess(decoded)).toBe('incomplete')
  })

  test('[P10] of updates that no Yjs would write too, those are complete that Yjs can take in whole', () => {
    let complete = 0
    let incomplete = 0
    fc.assert(
      fc.property(fc.array(madeUpUpdate, { minLength: 1, maxLength: 5 }), specs => {
        const known = new KnownState()
        const doc = new Y.Doc()
        for (const spec of specs) {
          const ends = Y.decodeStateVector(known.encodeStateVector())
          const update = bytesOf(spec, client => ends.get(client) ?? 0)
          const decoded = decodeUpdate(update)
          const verdict = known.assess(decoded)
          const copy = copyOf(doc)
          if (verdict === 'incomplete') {
            incomplete++
            // Of what is known Yjs looks at less than we do when it comes again, in another form.
            const isKnown = decoded.structs.some(({ id }) => id.clock < (ends.get(id.client) ?? 0))
            const mayBeTaken = isKnown || decoded.structs.some(mayBeDivisibleEntry)
            if (!mayBeTaken) expect(isTakenWhole(copy, update)).toBe(false)
            continue
          }
          complete++
          expect(isTakenWhole(copy, update)).toBe(true)
          expect(isTakenWhole(new Y.Doc(), Y.encodeStateAsUpdate(copy))).toBe(true)
          known.add(decoded)
          Y.applyUpdate(doc, update)
        }
      }),
      { numRuns: 1_000 },
    )
    expect(Math.min(complete, incomplete)).toBeGreaterThan(500)
  })

  test('[P10] what lies under a key of a nested type is one piece that lives or is deleted whole, as Yjs needs it', () => {
    const type = { kind: 'item', parent: 'registers', content: { kind: 'type', typeRef: 1 } } as const
    const content = { kind: 'any', values: ['made', 'up'] } as const
    const entry = { kind: 'item', parent: [1, 0] as Id, parentSub: 'key', content } as const
    const known = new KnownState()
    const first = updateBytes([
      { client: 1, clock: 0, structs: [type, { ...entry, content: { kind: 'any', values: [1] } }] },
    ])
    known.add(decodeUpdate(first))
    const copy = KnownState.decode(known.encode())
    for (const struct of [entry, { kind: 'item', origin: [1, 1] as Id, content } as const]) {
      const update = (deletions: [number, number][]) => {
        const spans = deletions.length > 0 ? [{ client: 2, spans: deletions }] : []
        return decodeUpdate(updateBytes([{ client: 2, clock: 0, structs: [struct] }], spans))
      }
      for (const state of [known, copy]) {
        expect(state.assess(update([]))).toBe('incomplete')
        expect(state.assess(update([[1, 1]]))).toBe('incomplete')
        expect(state.assess(update([[0, 2]]))).toBe('fits')
      }
    }
    const inList = { ...entry, parentSub: undefined }
    expect(known.assess(decodeUpdate(updateBytes([{ client: 2, clock: 0, structs: [inList] }])))).toBe('fits')
  })

  test('[P10] elements of two clients that rest on each other are not complete', () => {
    const restingOn = (origin: Id) => [
      { kind: 'item', origin, content: { kind: 'any', values: [1] } } as const,
    ]
    const blocks = [
      { client: 2, clock: 0, structs: restingOn([1, 0]) },
      { client: 1, clock: 0, structs: restingOn([2, 0]) },
    ]
    expect(new KnownState().assess(decodeUpdate(updateBytes(blocks)))).toBe('incomplete')
  })

  test('what lies deeper in shared types than Yjs can delete is never complete, also not bit by bit', () => {
    const nested = (parent: Id | string) =>
      ({ kind: 'item', parent, content: { kind: 'type', typeRef: 0 } }) as const
    const known = new KnownState()
    const level = (clock: number) => {
      const structs = [nested(clock === 0 ? 'registers' : [1, clock - 1])]
      return decodeUpdate(updateBytes([{ client: 1, clock, structs }]))
    }
    for (let clock = 0; clock <= MAX_NESTING; clock++) {
      expect(known.assess(level(clock))).toBe('fits')
      known.add(level(clock))
    }
    expect(known.assess(level(MAX_NESTING + 1))).toBe('incomplete')
    const beside = {
      kind: 'item',
      origin: [1, MAX_NESTING],
      content: { kind: 'type', typeRef: 0 },
    } as const
    const beneath = [beside, nested([1, MAX_NESTING + 1])]
    const atOnce = updateBytes([{ client: 1, clock: MAX_NESTING + 1, structs: beneath }])
    expect(known.assess(decodeUpdate(atOnce))).toBe('incomplete')
  })

  test('a document holds a limited number of subdocuments and shared types, and those that are sent again do not count', () => {
    const type = { kind: 'item', content: { kind: 'type', typeRef: 0 } } as const
    const doc = { kind: 'item', content: { kind: 'doc', guid: 'made up', options: {} } } as const
    for (const [struct, limit] of [
      [type, MAX_SHARED_TYPES],
      [doc, MAX_SUBDOCUMENTS],
    ] as const) {
      const known = new KnownState()
      const all = { client: 1, clock: 0, structs: Array.from({ length: limit }, () => struct) }
      known.add(decodeUpdate(updateBytes([all])))
      const text = { kind: 'item', content: { kind: 'string', text: 'x' } } as const
      const again = { ...all, structs: [...all.structs, text] }
      known.tried(decodeUpdate(updateBytes([again])))
      expect(known.assess(decodeUpdate(updateBytes([again])))).toBe('fits')
      const more = { ...all, structs: [...all.structs, struct] }
      expect(known.assess(decodeUpdate(updateBytes([more])))).toBe('incomplete')
    }
  })

  test('bytes that are no Yjs update are refused', () => {
    expect(() => decodeUpdate(new Uint8Array([1, 2, 3]))).toThrow(
      expect.objectContaining({ code: 'malformed-message' }),
    )
  })
})

test('ranges of clocks hold exactly what was added', () => {
  const rangeArbitrary = fc.tuple(fc.nat(60), fc.nat(8))
  fc.assert(
    fc.property(
      fc.array(rangeArbitrary, { maxLength: 40 }),
      fc.array(rangeArbitrary, { maxLength: 40 }),
      (added, asked) => {
        const ranges = new ClockRanges()
        const model = new Set<number>()
        for (const [start, length] of added) {
          ranges.add(start, start + length)
          for (let clock = start; clock < start + length; clock++) model.add(clock)
        }
        const atOnce = new ClockRanges()
        for (const half of [added.slice(0, added.length / 2), added.slice(added.length / 2)])
          atOnce.addAll(half.map(([clock, len]) => ({ clock, len })))
        expect(atOnce).toEqual(ranges)
        for (const [start, length] of asked) {
          const covered = Array.from({ length }, (_, n) => start + n).every(clock => model.has(clock))
          expect(ranges.covers(start, start + length)).toBe(covered)
        }
      },
    ),
  )
})

describe('what would keep everybody waiting', () => {
  const GC = { kind: 'gc', length: 1 } as const
  /** Elements of so many clients, those from `first` on. */
  const ofClients = (first: number, count: number) =>
    updateBytes(
      Array.from({ length: count }, (_, n) => ({ client: first + count - n, clock: 0, structs: [GC] })),
    )
  /** Every other element of the first client, the last first. */
  const scattered = (count: number) =>
    updateBytes(
      [{ client: 1, clock: 0, structs: [{ kind: 'gc', length: 3 * count }] }],
      [{ client: 1, spans: Array.from({ length: count }, (_, n) => [2 * (count - n), 1] as const) }],
    )
  const taken = (...updates: Uint8Array[]) => {
    const known = new KnownState()
    for (const update of updates) known.add(decodeUpdate(update))
    return known
  }

  test('[P10] deletions in the order that costs most are taken in quickly', () => {
    const update = decodeUpdate(scattered(200_000))
    const startMs = performance.now()
    const known = new KnownState()
    known.add(update)
    // Moving all others for each of them took 7 s.
    expect(performance.now() - startMs).toBeLessThan(1_500)
    expect(known.assess(update)).toBe('nothing-new')
  })

  test('[P10] a document may have many clients and deletions, and no more, also when it is known again', () => {
    for (const known of [taken(ofClients(0, MAX_CLIENTS)), taken(scattered(MAX_DELETIONS))])
      for (const each of [known, KnownState.decode(known.encode())])
        expect([
          each.assess(decodeUpdate(ofClients(MAX_CLIENTS, 1))),
          each.assess(decodeUpdate(updateBytes([], [{ client: 1, spans: [[0, 1]] }]))),
        ]).toContain('incomplete')
    expect(() => decodeUpdate(ofClients(0, MAX_CLIENTS + 1))).toThrow()
    expect(() => decodeUpdate(scattered(MAX_DELETIONS + 1))).toThrow()
    const structs = Array.from({ length: MAX_DELETIONS + 1 }, () => GC)
    expect(() => decodeUpdate(updateBytes([{ client: 1, clock: 0, structs }]))).toThrow()
  })
})
