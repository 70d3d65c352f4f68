// Where the registers of a Yjs array are: from key to the elements that hold it (SPEC D4).
import type * as Y from 'yjs'
import { compareRegisters, parseEntry, type Register } from '../registers/register.ts'
import type { ElementId } from './element.ts'

/** One element of the array: its register, and Yjs's id of it. */
export interface Placed extends ElementId {
  readonly register: Register
}

/** An index over the elements of one array, by key. */
export class RegisterIndex {
  readonly #placedByKey = new Map<string, Placed[]>()
  #malformed = 0

  /** The index of everything that `array` holds now. */
  static of(array: Y.Array<unknown>): RegisterIndex {
    const index = new RegisterIndex()
    for (let item = array._start; item !== null; item = item.right) if (!item.deleted) index.place(item)
    return index
  }

  /** How many malformed elements there are. */
  get malformed(): number {
    return this.#malformed
  }

  /** Every key with its elements, one or more. */
  entries(): IterableIterator<[string, readonly Placed[]]> {
    return this.#placedByKey.entries()
  }

  /** The elements of one key. */
  at(key: string): readonly Placed[] {
    return this.#placedByKey.get(key) ?? []
  }

  /** The registers that are here and not in `other`, by the ids of their elements. */
  registersNotIn(other: RegisterIndex): Register[] {
    return [...this.#placedByKey].flatMap(([key, placed]) =>
      placed
        .filter(each => !other.at(key).some(known => isSame(known, each)))
        .map(({ register }) => register),
    )
  }

  /** Takes in the elements of an item; returns their registers. */
  place(item: Y.Item): Register[] {
    return elementsOf(item).flatMap(element => {
      if (!element.register) {
        this.#malformed++
        return []
      }
      const placed = { ...element, register: element.register }
      const { key } = placed.register
      const present = this.#placedByKey.get(key)
      if (present) present.push(placed)
      else this.#placedByKey.set(key, [placed])
      return [placed.register]
    })
  }

  /** Takes out the elements of an item. */
  unplace(item: Y.Item): void {
    for (const element of elementsOf(item)) {
      if (!element.register) {
        this.#malformed--
        continue
      }
      const { key } = element.register
      const left = this.at(key).filter(each => !isSame(each, element))
      if (left.length > 0) this.#placedByKey.set(key, left)
      else this.#placedByKey.delete(key)
    }
  }
}

/**
 * The element that stays: the one with the greatest register. Of elements that hold the same register it is the one
 * with the least id, so that replicas which prune at the same time all keep the same one.
 */
export function survivorOf(placed: readonly Placed[]): Placed | undefined {
  return placed.reduce<Placed | undefined>(
    (survivor, each) => (survivor && compare(survivor, each) >= 0 ? survivor : each),
    undefined,
  )
}

function compare(a: Placed, b: Placed): number {
  return compareRegisters(a.register, b.register) || b.client - a.client || b.clock - a.clock
}

function isSame(a: { client: number; clock: number }, b: { client: number; clock: number }): boolean {
  return a.client === b.client && a.clock === b.clock
}

/** What an item holds, element by element: Yjs merges neighbours into one item and splits them again. */
function elementsOf(item: Y.Item) {
  const { client, clock } = item.id
  return item.content
    .getContent()
    .map((element, offset) => ({ register: parseEntry(element), client, clock: clock + offset }))
}
