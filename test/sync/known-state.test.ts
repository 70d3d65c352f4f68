// What the server believes of a document without its bytes, held against what Yjs makes of the same updates.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { ClockRanges } from '../../server/src/sync/clock-ranges.ts'
import { decodeUpdate } from '../../server/src/sync/decoded-update.ts'
import { KnownState } from '../../server/src/sync/known-state.ts'

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

  test('[P10] an element that rests on itself is not complete', () => {
    const doc = new Y.Doc()
    doc.getArray('registers').push(['a'])
    const update = Y.encodeStateAsUpdate(doc)
    const decoded = decodeUpdate(update)
    const [first] = decoded.structs
    ;(first as Y.Item).origin = Y.createID(first!.id.client, first!.id.clock)
    expect(new KnownState().assess(decoded)).toBe('incomplete')
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
        for (const [start, length] of asked) {
          const covered = Array.from({ length }, (_, n) => start + n).every(clock => model.has(clock))
          expect(ranges.covers(start, start + length)).toBe(covered)
        }
      },
    ),
  )
})
