// Envelopes as elements of a Yjs array: found and deleted by id, whatever others do there.
import { SEALED_ROOT, SealedArray, type SealedArrayChange } from '@workforce-democracy/shared'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import * as Y from 'yjs'

const bytes = (n: number) => Uint8Array.of(n)

/** An array that notes what it is told, and what is there by that. */
function followed(doc = new Y.Doc()) {
  const array = new SealedArray(doc)
  const present = new Map(array.elements().map(({ id, element }) => [id, element]))
  const changes: SealedArrayChange[] = []
  array.onChange(change => {
    changes.push(change)
    for (const { id, element } of change.added) present.set(id, element)
    for (const id of change.deleted) present.delete(id)
  })
  return { doc, array, present, changes }
}

const exchange = (a: Y.Doc, b: Y.Doc) => {
  Y.applyUpdate(a, Y.encodeStateAsUpdate(b))
  Y.applyUpdate(b, Y.encodeStateAsUpdate(a))
}

it('[L1] pushes an envelope and deletes others in one update, under ids that last', () => {
  const { doc, array, present, changes } = followed()
  array.push(bytes(1))
  array.push(bytes(2))
  const [first] = array.elements()
  let updates = 0
  doc.on('update', () => updates++)
  let named: string | undefined
  array.push(bytes(3), id => {
    named = id
    return [first!.id, 'unknown']
  })
  expect([...present.values()]).toEqual([bytes(2), bytes(3)])
  expect(array.elements().map(({ id, element }) => [id, element])).toEqual([...present])
  expect([updates, changes.at(-1)]).toEqual([
    1,
    { added: [{ id: named, element: bytes(3) }], deleted: [first!.id], local: true },
  ])
})

it('[L1] [L5] tells what is there, also where others push anything and delete anything', () => {
  const any = fc.oneof(fc.nat().map(bytes), fc.string(), fc.constant(null), fc.constant({ a: 1 }))
  const edit = fc.record({
    by: fc.nat(1),
    push: fc.array(any, { maxLength: 4 }),
    at: fc.nat(),
    length: fc.nat(3),
  })
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 12 }), edits => {
      const [one, two] = [followed(), followed()]
      for (const { by, push, at, length } of edits) {
        const { doc } = by === 0 ? one : two
        const array = doc.getArray<unknown>(SEALED_ROOT)
        doc.transact(() => {
          const from = array.length === 0 ? 0 : at % array.length
          array.delete(from, Math.min(length, array.length - from))
          array.push(push)
        })
        if (by === 1) exchange(one.doc, two.doc)
      }
      exchange(one.doc, two.doc)
      for (const { array, present } of [one, two]) {
        const there = array.elements().map(({ id, element }) => [id, element] as const)
        expect(new Map(there)).toEqual(present)
        expect(there.map(([, element]) => element)).toEqual(one.doc.getArray(SEALED_ROOT).toArray())
      }
    }),
  )
})

it('[L1] deletes by id what others have pushed, whatever stands next to it', () => {
  const { doc, array } = followed()
  doc.getArray<unknown>(SEALED_ROOT).push(['a', 'b', bytes(1), 'c'])
  const second = array.elements()[1]!
  array.push(bytes(2), () => [second.id])
  expect(doc.getArray(SEALED_ROOT).toArray()).toEqual(['a', bytes(1), 'c', bytes(2)])
  array.destroy()
})
