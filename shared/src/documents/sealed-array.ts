// How a sealed document lies in Yjs: one root array `sealed` of envelopes (SPEC L1).
import * as Y from 'yjs'
import { deleteElements, type ElementId } from './element.ts'
import { SEALED_ROOT } from './register-array.ts'

/** An element of the array. It ought to be an envelope; whoever reads it finds out. */
export interface SealedElement {
  /** Names it for as long as the Yjs document lives. */
  readonly id: string
  readonly element: unknown
}

/** What a change brought in and took away. */
export interface SealedArrayChange {
  /** Also what has to wait for its place, which is told of again when it has got there. */
  readonly added: readonly SealedElement[]
  /** Ids of elements. */
  readonly deleted: readonly string[]
  /** Whether this replica made the change. */
  readonly local: boolean
}

/** The elements of a sealed document, which may be deleted by id however many there are. */
export class SealedArray {
  readonly doc: Y.Doc
  readonly #array: Y.Array<unknown>
  readonly #placeById = new Map<string, ElementId>()
  readonly #listeners = new Set<(change: SealedArrayChange) => void>()
  /** What Yjs has put aside, as it was when it was last read. */
  #waiting: Uint8Array | undefined
  readonly #onTransaction = (transaction: Y.Transaction) => this.#readWaiting(transaction)
  readonly #observer = (event: Y.YArrayEvent<unknown>, transaction: Y.Transaction) =>
    this.#onEvent(event, transaction)

  constructor(doc: Y.Doc) {
    this.doc = doc
    this.#array = doc.getArray(SEALED_ROOT)
    for (const item of presentItems(this.#array)) this.#place(item)
    this.#array.observe(this.#observer)
    doc.on('afterTransaction', this.#onTransaction)
  }

  /** Everything that is there. */
  elements(): SealedElement[] {
    return [...presentItems(this.#array)].flatMap(elementsOf).map(({ id, element }) => ({ id, element }))
  }

  /**
   * Pushes an envelope and deletes others, in one transaction. `superseded` is asked when the envelope has its id, which
   * it is given.
   */
  push(envelope: Uint8Array, superseded: (id: string) => readonly string[] = () => []): void {
    Y.transact(this.doc, transaction => {
      const id = idOf(this.doc.clientID, Y.getState(this.doc.store, this.doc.clientID))
      this.#array.push([envelope])
      const places = superseded(id).flatMap(each => this.#placeById.get(each) ?? [])
      deleteElements(transaction, this.#array, places)
    })
  }

  /** Calls `listener` after every change of the array; returns what ends it. */
  onChange(listener: (change: SealedArrayChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Stops following the Yjs document. */
  destroy(): void {
    this.#array.unobserve(this.#observer)
    this.doc.off('afterTransaction', this.#onTransaction)
    this.#listeners.clear()
  }

  #onEvent(event: Y.YArrayEvent<unknown>, transaction: Y.Transaction): void {
    const added = [...event.changes.added].flatMap(item => this.#place(item))
    const deleted = [...event.changes.deleted].flatMap(elementsOf).map(({ id }) => id)
    for (const id of deleted) this.#placeById.delete(id)
    for (const listener of this.#listeners) listener({ added, deleted, local: transaction.local })
  }

  /**
   * What Yjs cannot put in its place, since something before it is missing, is told of all the same: what is withheld must
   * not hide what is not.
   */
  #readWaiting({ local }: Y.Transaction): void {
    const update = this.doc.store.pendingStructs?.update
    if (!update || update === this.#waiting) return
    this.#waiting = update
    const { structs } = Y.decodeUpdateV2(update)
    const added = structs.flatMap(struct =>
      struct instanceof Y.Item && struct.content instanceof Y.ContentBinary ? elementsOf(struct) : [],
    )
    const waiting = added.map(({ id, element }) => ({ id, element }))
    for (const listener of this.#listeners) listener({ added: waiting, deleted: [], local })
  }

  #place(item: Y.Item): SealedElement[] {
    return elementsOf(item).map(({ id, element, place }) => {
      this.#placeById.set(id, place)
      return { id, element }
    })
  }
}

function* presentItems(array: Y.Array<unknown>): Generator<Y.Item> {
  for (let item = array._start; item !== null; item = item.right) if (!item.deleted) yield item
}

/** What an item holds, element by element: bytes have an item each, other things that a peer may push need not. */
function elementsOf(item: Y.Item): (SealedElement & { readonly place: ElementId })[] {
  const { client, clock } = item.id
  const elements = item.content.getContent()
  return Array.from({ length: item.length }, (_, offset) => ({
    id: idOf(client, clock + offset),
    element: elements[offset],
    place: { client, clock: clock + offset },
  }))
}

function idOf(client: number, clock: number): string {
  return `${client}:${clock}`
}
