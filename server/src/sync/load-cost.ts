// How long Yjs may take over a document, at most, counted without building it (SPEC P31).
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'
import { type DecodedUpdate, decodeUpdate } from './decoded-update.ts'
import { inDependencyOrder } from './dependency-order.ts'

type Structs = DecodedUpdate['structs']

/** Of splits of an element in two, each of which moves those behind it, as many cost what one step costs. */
const SPLITS_A_STEP = 100

/**
 * What the steps of Yjs over a document grow with. To put an element in its place, Yjs looks through what begins at the
 * same place: there is something only where another element has begun. So of all elements that begin at one place all
 * but one cost, in whatever order Yjs comes to them, and each at most as many steps as there are elements.
 */
export class LoadCost {
  readonly #below: LoadCost | undefined
  /** Elements that may cost: something else begins where they do, or they name no element as the one before. */
  #branching: number
  /** Cuts through what is one piece in an update. */
  #splits: number
  #structs: number
  /** Of all structs together. */
  #clocks: number
  /** Last clock of each client, as long as nothing begins there. `undefined` covers what it is laid over. */
  readonly #freeByClient = new Map<number, number | undefined>()

  /** May be laid over another, which it leaves as it is. */
  constructor(below?: LoadCost) {
    this.#below = below
    this.#branching = below ? below.#branching : 0
    this.#splits = below ? below.#splits : 0
    this.#structs = below ? below.#structs : 0
    this.#clocks = below ? below.#clocks : 0
  }

  /** Steps of some 0.2 µs. */
  get steps(): number {
    return stepsOf(this.#branching, this.#splits, this.#structs, this.#clocks)
  }

  /** What the steps would be at most with so many more structs and deletions, whatever these are. */
  stepsWith(structs: Structs, deletions: number): number {
    let clocks = this.#clocks
    for (const { length } of structs) clocks += length
    const splits = this.#splits + 2 * (structs.length + deletions)
    return stepsOf(this.#branching + structs.length, splits, this.#structs + structs.length, clocks)
  }

  /** Takes in structs that are new, each after all that it rests on, and a number of deletions of what was not deleted. */
  add(structs: Structs, deletions: number): void {
    for (const struct of structs) {
      if (struct instanceof Y.Item) this.#addItem(struct)
      const { client, clock } = struct.id
      this.#freeByClient.set(client, clock + struct.length - 1)
      this.#structs++
      this.#clocks += struct.length
    }
    this.#splits += 2 * deletions
  }

  /** Writes it. Not what it is laid over. */
  encode(encoder: encoding.Encoder): void {
    for (const number of [this.#branching, this.#splits, this.#structs])
      encoding.writeVarUint(encoder, number)
    encoding.writeVarUint(encoder, Math.min(this.#clocks, Number.MAX_SAFE_INTEGER))
    encoding.writeVarUint(encoder, this.#freeByClient.size)
    for (const [client, clock = 0] of this.#freeByClient) {
      encoding.writeVarUint(encoder, client)
      encoding.writeVarUint(encoder, clock)
    }
  }

  /** Reads what {@link encode} wrote. */
  static decode(decoder: decoding.Decoder): LoadCost {
    const cost = new LoadCost()
    cost.#branching = decoding.readVarUint(decoder)
    cost.#splits = decoding.readVarUint(decoder)
    cost.#structs = decoding.readVarUint(decoder)
    cost.#clocks = decoding.readVarUint(decoder)
    for (let left = decoding.readVarUint(decoder); left > 0; left--) {
      const client = decoding.readVarUint(decoder)
      cost.#freeByClient.set(client, decoding.readVarUint(decoder))
    }
    return cost
  }

  #addItem({ origin, rightOrigin }: Y.Item): void {
    if (!origin || !this.#takeFree(origin)) {
      this.#branching++
      if (origin) this.#splits++
    }
    if (rightOrigin) this.#splits++
  }

  /** Whether nothing began behind this element; from now on something does. */
  #takeFree({ client, clock }: Y.ID): boolean {
    if (this.#freeOf(client) !== clock) return false
    if (this.#below) this.#freeByClient.set(client, undefined)
    else this.#freeByClient.delete(client)
    return true
  }

  #freeOf(client: number): number | undefined {
    if (!this.#below || this.#freeByClient.has(client)) return this.#freeByClient.get(client)
    return this.#below.#freeOf(client)
  }
}

/** Of the pieces that Yjs has there are no more than clocks, and no more than came and were cut. */
function stepsOf(branching: number, splits: number, structs: number, clocks: number): number {
  return (branching + splits / SPLITS_A_STEP) * Math.min(clocks, structs + splits)
}

/** What Yjs takes over a document of these updates, at most. */
export function loadStepsOf(updates: readonly Uint8Array[]): number {
  const cost = new LoadCost()
  for (const update of updates) {
    const { structs, ds } = decodeUpdate(update)
    cost.add(inDependencyOrder(structs, () => 0) ?? structs, countDeletions(ds))
  }
  return cost.steps
}

/** How many separate deletions there are. */
export function countDeletions({ clients }: DecodedUpdate['ds']): number {
  let deletions = 0
  for (const spans of clients.values()) deletions += spans.length
  return deletions
}
