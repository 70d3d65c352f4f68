// How deep in shared types each element of a document lies, and whether in a map. One that lies in none, as registers
// do, costs nothing.
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'

/** Where an element lies. */
export interface Place {
  /** How many shared types it lies in, 0 in a root. */
  readonly depth: number
  /** Whether under a key of one; not said of roots. */
  readonly isEntry: boolean
}

interface Run extends Place {
  readonly start: number
}

const IN_ROOT: Place = { depth: 0, isEntry: false }

/** Places of elements by id, taken in clock by clock. May be laid over another that it leaves as it is. */
export class Nesting {
  readonly #below: Nesting | undefined
  readonly #runsByClient = new Map<number, Run[]>()

  constructor(below?: Nesting) {
    this.#below = below
  }

  /** Whether nothing lies in anything. */
  get isFlat(): boolean {
    return this.#runsByClient.size === 0 && (this.#below?.isFlat ?? true)
  }

  /** Takes in an item, after all that it rests on. Returns its place. */
  add(item: Y.Item): Place {
    const place = this.#placeFor(item)
    const { depth, isEntry } = this.#placeAt(item.id)
    if (place.depth !== depth || place.isEntry !== isEntry) {
      const runs = this.#runsByClient.get(item.id.client)
      const run = { start: item.id.clock, ...place }
      if (runs) runs.push(run)
      else this.#runsByClient.set(item.id.client, [run])
    }
    return place
  }

  /** Writes the runs of each client. Not what it is laid over. */
  encode(encoder: encoding.Encoder): void {
    encoding.writeVarUint(encoder, this.#runsByClient.size)
    for (const [client, runs] of this.#runsByClient) {
      encoding.writeVarUint(encoder, client)
      encoding.writeVarUint(encoder, runs.length)
      let last = 0
      for (const { start, depth, isEntry } of runs) {
        encoding.writeVarUint(encoder, start - last)
        encoding.writeVarUint(encoder, 2 * depth + (isEntry ? 1 : 0))
        last = start
      }
    }
  }

  /** Reads what {@link encode} wrote. */
  static decode(decoder: decoding.Decoder): Nesting {
    const nesting = new Nesting()
    for (let clients = decoding.readVarUint(decoder); clients > 0; clients--) {
      const runs: Run[] = []
      nesting.#runsByClient.set(decoding.readVarUint(decoder), runs)
      let start = 0
      for (let left = decoding.readVarUint(decoder); left > 0; left--) {
        start += decoding.readVarUint(decoder)
        const place = decoding.readVarUint(decoder)
        runs.push({ start, depth: Math.floor(place / 2), isEntry: place % 2 === 1 })
      }
    }
    return nesting
  }

  /** An item lies where its neighbours do; only one without neighbours names what it lies in. */
  #placeFor({ origin, rightOrigin, parent, parentSub }: Y.Item): Place {
    const neighbour = origin ?? rightOrigin
    if (neighbour) return this.#placeAt(neighbour)
    if (!(parent instanceof Y.ID)) return IN_ROOT
    return { depth: this.#placeAt(parent).depth + 1, isEntry: parentSub !== null }
  }

  /** Place of an element: that of the last run before it, which goes on until the next. */
  #placeAt(id: Y.ID): Place {
    const runs = this.#runsByClient.get(id.client) ?? []
    let low = 0
    let high = runs.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((runs[middle]?.start ?? 0) <= id.clock) low = middle + 1
      else high = middle
    }
    return runs[low - 1] ?? (this.#below ? this.#below.#placeAt(id) : IN_ROOT)
  }
}
