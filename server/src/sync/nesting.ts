// How deep in shared types each element of a document lies. One that lies in none, as registers do, costs nothing.
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'

interface Run {
  readonly start: number
  readonly depth: number
}

/** Depths of elements by id, taken in clock by clock. May be laid over another that it leaves as it is. */
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

  /** Takes in an item, after all that it rests on. Returns its depth. */
  add(item: Y.Item): number {
    const depth = this.#depthFor(item)
    if (depth !== this.depthAt(item.id)) {
      const runs = this.#runsByClient.get(item.id.client)
      const run = { start: item.id.clock, depth }
      if (runs) runs.push(run)
      else this.#runsByClient.set(item.id.client, [run])
    }
    return depth
  }

  /** Writes the runs of each client. Not what it is laid over. */
  encode(encoder: encoding.Encoder): void {
    encoding.writeVarUint(encoder, this.#runsByClient.size)
    for (const [client, runs] of this.#runsByClient) {
      encoding.writeVarUint(encoder, client)
      encoding.writeVarUint(encoder, runs.length)
      let last = 0
      for (const { start, depth } of runs) {
        encoding.writeVarUint(encoder, start - last)
        encoding.writeVarUint(encoder, depth)
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
        runs.push({ start, depth: decoding.readVarUint(decoder) })
      }
    }
    return nesting
  }

  /** An item lies where its neighbours do; only one without neighbours names what it lies in. */
  #depthFor({ origin, rightOrigin, parent }: Y.Item): number {
    const neighbour = origin ?? rightOrigin
    if (neighbour) return this.depthAt(neighbour)
    return parent instanceof Y.ID ? this.depthAt(parent) + 1 : 0
  }

  /** Depth of an element: that of the last run before it, which goes on until the next. */
  depthAt(id: Y.ID): number {
    const runs = this.#runsByClient.get(id.client) ?? []
    let low = 0
    let high = runs.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((runs[middle]?.start ?? 0) <= id.clock) low = middle + 1
      else high = middle
    }
    return runs[low - 1]?.depth ?? this.#below?.depthAt(id) ?? 0
  }
}
