// What a document is known to hold, without its bytes: a state vector and a delete set (SPEC P10–P12).
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'
import { ClockRanges } from './clock-ranges.ts'
import {
  type DecodedUpdate,
  type DeleteSet,
  MAX_CLIENTS,
  MAX_DELETIONS,
  MAX_SHARED_TYPES,
  MAX_SUBDOCUMENTS,
} from './decoded-update.ts'
import { inDependencyOrder, referencesOf } from './dependency-order.ts'
import { countDeletions, LoadCost } from './load-cost.ts'
import { Nesting } from './nesting.ts'

/**
 * What an update would be to a document: adds nothing, rests on something the document lacks, fits, or fits if Yjs gets
 * through with it in time, which has to be tried.
 */
export type Verdict = 'nothing-new' | 'incomplete' | 'fits' | 'untried'

/** Shared types lie in one another at most this deep: Yjs calls itself for each level when it deletes them. */
export const MAX_NESTING = 250

/** As many steps take Yjs less than a second or so: a document may take them beyond what was tried (SPEC P31). */
export const MAX_UNTRIED_STEPS = 4_000_000

type Structs = DecodedUpdate['structs']

/** State vector and delete set of a document, followed update by update. */
export class KnownState {
  readonly #endByClient = new Map<number, number>()
  readonly #deletedByClient = new Map<number, ClockRanges>()
  /** Ranges of all clients. */
  #deletions = 0
  #nesting = new Nesting()
  #subdocuments = 0
  #sharedTypes = 0
  #cost = new LoadCost()
  /** What Yjs is known to get through with in time. */
  #triedSteps = 0

  /** Steps that Yjs takes to load the document, at most: of some 0.2 µs each. */
  get loadSteps(): number {
    return this.#cost.steps
  }

  /** What `update` is to this state. What no replica could load is never complete. */
  assess(update: DecodedUpdate): Verdict {
    const { structs, ds } = update
    const endByClient = this.#endsAfter(structs)
    if (!endByClient) return 'incomplete'
    const endOf = (client: number) => endByClient.get(client) ?? this.#endOf(client)
    for (const struct of structs) {
      for (const id of referencesOf(struct)) if (id.clock >= endFor(struct, id, endOf)) return 'incomplete'
    }
    for (const [client, deletions] of ds.clients) {
      for (const { clock, len } of deletions) if (clock + len > endOf(client)) return 'incomplete'
    }
    if (endByClient.size === 0 && this.#coversDeletions(ds)) return 'nothing-new'
    const deletions = countDeletions(ds)
    if (this.#clientsWith(endByClient) > MAX_CLIENTS || this.#deletions + deletions > MAX_DELETIONS)
      return 'incomplete'
    if (endByClient.size > 0 && !this.#canBeLoadedWith(update)) return 'incomplete'
    return this.#isQuickWith(update, deletions) ? 'fits' : 'untried'
  }

  /** Takes note that Yjs got through with the document in time: with this update, or as it is. */
  tried(update?: DecodedUpdate): void {
    this.#triedSteps = update ? this.#costWith(update).steps : this.#cost.steps
  }

  /** Takes in an update that fits. */
  add({ structs, ds }: DecodedUpdate): void {
    const added = this.#newInOrder(structs)
    this.#cost.add(added, this.#newDeletions(ds))
    this.#addContent(added)
    for (const { id, length } of structs) {
      const end = id.clock + length
      if (end > this.#endOf(id.client)) this.#endByClient.set(id.client, end)
    }
    for (const [client, deletions] of ds.clients) {
      const ranges = this.#deletedByClient.get(client) ?? new ClockRanges()
      this.#deletedByClient.set(client, ranges)
      this.#deletions -= ranges.size
      ranges.addAll(deletions)
      this.#deletions += ranges.size
    }
  }

  /** The state vector, encoded as Yjs does. */
  encodeStateVector(): Uint8Array {
    return Y.encodeStateVector(new Map(this.#endByClient))
  }

  /** All of it, as bytes for {@link KnownState.decode}. Whoever changes their form empties the column that holds them. */
  encode(): Uint8Array {
    return encoding.encode(encoder => {
      encoding.writeVarUint(encoder, this.#endByClient.size)
      for (const [client, end] of this.#endByClient) {
        encoding.writeVarUint(encoder, client)
        encoding.writeVarUint(encoder, end)
      }
      encoding.writeVarUint(encoder, this.#deletedByClient.size)
      for (const [client, ranges] of this.#deletedByClient) {
        encoding.writeVarUint(encoder, client)
        ranges.encode(encoder)
      }
      this.#nesting.encode(encoder)
      encoding.writeVarUint(encoder, this.#subdocuments)
      encoding.writeVarUint(encoder, this.#sharedTypes)
      this.#cost.encode(encoder)
      encoding.writeFloat64(encoder, this.#triedSteps)
    })
  }

  /** The state that was encoded. */
  static decode(bytes: Uint8Array): KnownState {
    const decoder = decoding.createDecoder(bytes)
    const known = new KnownState()
    for (let clients = decoding.readVarUint(decoder); clients > 0; clients--) {
      const client = decoding.readVarUint(decoder)
      known.#endByClient.set(client, decoding.readVarUint(decoder))
    }
    for (let clients = decoding.readVarUint(decoder); clients > 0; clients--) {
      const client = decoding.readVarUint(decoder)
      const ranges = ClockRanges.decode(decoder)
      known.#deletedByClient.set(client, ranges)
      known.#deletions += ranges.size
    }
    known.#nesting = Nesting.decode(decoder)
    known.#subdocuments = decoding.readVarUint(decoder)
    known.#sharedTypes = decoding.readVarUint(decoder)
    known.#cost = LoadCost.decode(decoder)
    known.#triedSteps = decoding.readFloat64(decoder)
    return known
  }

  #endOf(client: number): number {
    return this.#endByClient.get(client) ?? 0
  }

  /**
   * Where each client ends that the structs carry further, `undefined` when they leave a hole. So does a struct that
   * begins in what is known and ends beyond it: Yjs fails where its content is not what the known part was, and whoever
   * asks is sent only what is new.
   */
  #endsAfter(structs: Structs): Map<number, number> | undefined {
    const endByClient = new Map<number, number>()
    for (const struct of structs) {
      if (struct instanceof Y.Skip) return undefined
      const { client, clock } = struct.id
      const end = endByClient.get(client) ?? this.#endOf(client)
      if (clock > end || (clock < end && clock + struct.length > end)) return undefined
      if (clock === end) endByClient.set(client, clock + struct.length)
    }
    return endByClient
  }

  /**
   * Whether Yjs gets through with the document and these structs: none waits for another in a circle, none is too much,
   * and none is under a key of a shared type in several pieces. Of such a one a part could be deleted alone; when the
   * type is, Yjs deletes the last piece only, and fails on the others. It writes none, but makes one of deleted ones.
   */
  #canBeLoadedWith({ structs, ds }: DecodedUpdate): boolean {
    const ordered = inDependencyOrder(structs, client => this.#endOf(client))
    if (!ordered) return false
    const items = this.#newItems(ordered)
    if (this.#subdocuments + items.filter(isSubdocument).length > MAX_SUBDOCUMENTS) return false
    if (this.#sharedTypes + items.filter(isSharedType).length > MAX_SHARED_TYPES) return false
    if (this.#nesting.isFlat && !items.some(liesInAnother)) return true
    const nesting = new Nesting(this.#nesting)
    const isDeleted = deletedAtOnce(ds)
    return items.every(item => {
      const { depth, isEntry } = nesting.add(item)
      return depth <= MAX_NESTING && (!isEntry || item.length === 1 || isDeleted(item))
    })
  }

  /** Takes in new structs, each after all that it rests on. */
  #addContent(structs: Structs): void {
    const items = structs.filter(struct => struct instanceof Y.Item)
    this.#subdocuments += items.filter(isSubdocument).length
    this.#sharedTypes += items.filter(isSharedType).length
    if (this.#nesting.isFlat && !items.some(liesInAnother)) return
    for (const item of items) this.#nesting.add(item)
  }

  #newItems(structs: Structs): Y.Item[] {
    return structs.filter(
      (struct): struct is Y.Item =>
        struct instanceof Y.Item && struct.id.clock >= this.#endOf(struct.id.client),
    )
  }

  #newInOrder(structs: Structs): Structs {
    const added = structs.filter(({ id }) => id.clock >= this.#endOf(id.client))
    return inDependencyOrder(added, client => this.#endOf(client)) ?? added
  }

  /** Looked at closely only where that may make a difference. */
  #isQuickWith(update: DecodedUpdate, deletions: number): boolean {
    const limit = this.#triedSteps + MAX_UNTRIED_STEPS
    return this.#cost.stepsWith(update.structs, deletions) <= limit || this.#costWith(update).steps <= limit
  }

  #costWith({ structs, ds }: DecodedUpdate): LoadCost {
    const cost = new LoadCost(this.#cost)
    cost.add(this.#newInOrder(structs), this.#newDeletions(ds))
    return cost
  }

  /** How many separate deletions are not covered by what is deleted: whoever connects sends all that there are. */
  #newDeletions(ds: DeleteSet): number {
    let deletions = 0
    for (const [client, spans] of ds.clients) {
      const ranges = this.#deletedByClient.get(client)
      for (const { clock, len } of spans) if (!ranges?.covers(clock, clock + len)) deletions++
    }
    return deletions
  }

  #clientsWith(endByClient: ReadonlyMap<number, number>): number {
    let clients = this.#endByClient.size
    for (const client of endByClient.keys()) if (!this.#endByClient.has(client)) clients++
    return clients
  }

  #coversDeletions(ds: DeleteSet): boolean {
    for (const [client, deletions] of ds.clients) {
      const ranges = this.#deletedByClient.get(client)
      for (const { clock, len } of deletions) if (!ranges?.covers(clock, clock + len)) return false
    }
    return true
  }
}

/** An item cannot rest on itself or on what its own client writes after it. */
function endFor(struct: Structs[number], reference: Y.ID, endOf: (client: number) => number): number {
  return reference.client === struct.id.client ? struct.id.clock : endOf(reference.client)
}

/** Whether an item comes deleted, all of it. */
function deletedAtOnce(ds: DeleteSet): (item: Y.Item) => boolean {
  const rangesByClient = new Map<number, ClockRanges>()
  const rangesOf = (client: number) => {
    const ranges = rangesByClient.get(client) ?? new ClockRanges()
    if (!rangesByClient.has(client)) ranges.addAll(ds.clients.get(client) ?? [])
    rangesByClient.set(client, ranges)
    return ranges
  }
  return ({ id, length, content }) =>
    content instanceof Y.ContentDeleted || rangesOf(id.client).covers(id.clock, id.clock + length)
}

// Before Yjs has taken it in, an item names the root it lies in by a string, another item by its id.
const liesInAnother = ({ parent }: { readonly parent: unknown }) => parent instanceof Y.ID
const isSubdocument = ({ content }: Y.Item) => content instanceof Y.ContentDoc
const isSharedType = ({ content }: Y.Item) => content instanceof Y.ContentType
