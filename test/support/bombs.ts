// Updates of a few kilobytes that take Yjs quadratic time, as no honest client writes them, and what they take.
import * as Y from 'yjs'
import { type Block, type Id, type StructSpec, updateBytes } from './update-bytes.ts'

type Place = Omit<Extract<StructSpec, { kind: 'item' }>, 'kind' | 'content'>

const ROOT = 'registers'
const element = (place: Place): StructSpec => ({
  kind: 'item',
  ...place,
  content: { kind: 'any', values: [1] },
})
const block = (client: number, structs: readonly StructSpec[]): Block => ({ client, clock: 0, structs })
const times = <T>(count: number, make: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => make(n))

/** Two clients: a lesser one first, since Yjs looks through what is of a lesser client. */
function twoClients(
  count: number,
  placeOf: (client: number, n: number) => Place,
  base: readonly Block[] = [],
): Uint8Array[] {
  const structs = (client: number) => times(count, n => element(placeOf(client, n)))
  return [updateBytes([...base, block(1, structs(1))]), updateBytes([block(2, structs(2))])]
}

/** One element that others begin at. */
const BASE = block(9, [element({ parent: ROOT })])
const BASE_ID: Id = [9, 0]
/** One element of `length` clocks, which can be cut. */
const run = (client: number, length: number): Block =>
  block(client, [{ kind: 'item', parent: ROOT, content: { kind: 'string', text: 'x'.repeat(length) } }])

/** Each makes updates, to be sent in this order, of about `count` elements of two clients. */
export const BOMBS = {
  'the same origin': (count: number) => twoClients(count, () => ({ origin: BASE_ID }), [BASE]),
  'the same root': (count: number) => twoClients(count, () => ({ parent: ROOT })),
  'the same key': (count: number) => twoClients(count, () => ({ parent: ROOT, parentSub: 'key' })),
  'a key, each before the last': (count: number) => [
    updateBytes([
      block(
        1,
        times(2 * count, n =>
          element(n === 0 ? { parent: ROOT, parentSub: 'key' } : { rightOrigin: [1, n - 1] }),
        ),
      ),
    ]),
  ],
  'nested in a type': (count: number) => {
    const type: StructSpec = { kind: 'item', parent: ROOT, content: { kind: 'type', typeRef: 0 } }
    return twoClients(count, () => ({ parent: BASE_ID }), [block(9, [type])])
  },
  'behind each other, looked through from the beginning': (count: number) => {
    const chain = times(count, n => element({ origin: n === 0 ? BASE_ID : [1, n - 1] }))
    const structs = times(count, () => element({ origin: BASE_ID }))
    return [updateBytes([BASE, block(1, chain)]), updateBytes([block(2, structs)])]
  },
  'distinct right origins': (count: number) => {
    const chain = times(count, n => element({ origin: n === 0 ? BASE_ID : [1, n - 1] }))
    const structs = times(count, n =>
      element({ origin: BASE_ID, rightOrigin: [1, Math.max(count >> 1, count - 1 - n)] }),
    )
    return [updateBytes([BASE, block(1, chain)]), updateBytes([block(2, structs)])]
  },
  'within one long element, from its end': (count: number) => [
    updateBytes([run(1, count + 2)]),
    updateBytes([
      block(
        2,
        times(count, n => element({ origin: [1, count - n] })),
      ),
    ]),
  ],
} as const satisfies Record<string, (count: number) => Uint8Array[]>

/** Deletions that cut one long element in pieces from its end: of some ten thousands each moves all the others. */
export const deletionBomb = (count: number): Uint8Array[] => [
  updateBytes([run(1, 2 * count + 2)]),
  updateBytes([], [{ client: 1, spans: times(count, n => [2 * (count - n), 1] as const) }]),
]

/** Counts, on this thread, how many elements Yjs looks at to put others in their places: it puts each in two sets. */
export function countSteps(): { readonly taken: number } & Disposable {
  const { add } = Set.prototype
  let added = 0
  Set.prototype.add = function (value) {
    if (value instanceof Y.Item) added++
    return add.call(this, value)
  }
  return {
    get taken() {
      return added / 2
    },
    [Symbol.dispose]() {
      Set.prototype.add = add
    },
  }
}
