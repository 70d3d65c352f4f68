// How an open document lies in Yjs: one root array `registers` of plain entries (SPEC D1–D5).
import * as Y from 'yjs'
import { compareRegisters, parseEntry, type Register, toEntry } from '../registers/register.ts'
import type { ReadonlyState } from '../registers/state.ts'

/** Name of the root array of an open document. */
export const REGISTERS_ROOT = 'registers'

/** Where one element of the array is: Yjs's id of it. */
interface Placed {
  readonly register: Register
  readonly client: number
  readonly clock: number
}

/** What a change brought in. */
export interface RegisterArrayChange {
  /** Well-formed registers that were added, in no particular order. */
  readonly added: readonly Register[]
  /** Whether this replica made the change. */
  readonly local: boolean
}

/**
 * The registers of an open document, indexed by key so that a write costs the same however many there are.
 * It holds what is in the Yjs document now; what was ever seen is the replica's to remember.
 */
export class RegisterArray {
  readonly doc: Y.Doc
  readonly #array: Y.Array<unknown>
  readonly #placedByKey = new Map<string, Placed[]>()
  readonly #listeners = new Set<(change: RegisterArrayChange) => void>()
  readonly #observer = (event: Y.YArrayEvent<unknown>, transaction: Y.Transaction) =>
    this.#onEvent(event, transaction)
  #malformed = 0

  constructor(doc: Y.Doc) {
    this.doc = doc
    this.#array = doc.getArray(REGISTERS_ROOT)
    for (let item = this.#array._start; item !== null; item = item.right) if (!item.deleted) this.#place(item)
    this.#array.observe(this.#observer)
  }

  /** How many malformed elements were met and skipped. */
  get malformed(): number {
    return this.#malformed
  }

  /** The greatest register of each key. */
  state(): ReadonlyState {
    const state = new Map<string, Register>()
    for (const [key, placed] of this.#placedByKey) {
      const greatest = greatestOf(placed)
      if (greatest) state.set(key, greatest.register)
    }
    return state
  }

  /** Pushes registers and deletes what they supersede, in one transaction. Registers that are not greater are left out. */
  write(registers: readonly Register[], origin?: unknown): void {
    const fresh = registers.filter(register => this.#beats(register))
    if (fresh.length === 0) return
    Y.transact(
      this.doc,
      transaction => {
        for (const { key } of fresh)
          for (const placed of this.#placedByKey.get(key) ?? []) deletePlaced(transaction, placed)
        this.#array.push(fresh.map(toEntry))
      },
      origin,
    )
  }

  /** Deletes every element that a greater one of its key dominates; never malformed ones, never the newest. */
  prune(origin?: unknown): void {
    const dominated: Placed[] = []
    for (const placed of this.#placedByKey.values()) {
      if (placed.length < 2) continue
      const greatest = greatestOf(placed)
      dominated.push(...placed.filter(each => each !== greatest))
    }
    if (dominated.length === 0) return
    Y.transact(
      this.doc,
      transaction => {
        for (const placed of dominated) deletePlaced(transaction, placed)
      },
      origin,
    )
  }

  /** Calls `listener` after every change of the array; returns what ends it. */
  onChange(listener: (change: RegisterArrayChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Stops following the Yjs document. */
  destroy(): void {
    this.#array.unobserve(this.#observer)
    this.#listeners.clear()
  }

  #beats(register: Register): boolean {
    return (this.#placedByKey.get(register.key) ?? []).every(
      placed => compareRegisters(register, placed.register) > 0,
    )
  }

  #onEvent(event: Y.YArrayEvent<unknown>, transaction: Y.Transaction): void {
    const { added, deleted } = event.changes
    for (const item of deleted) this.#unplace(item)
    const registers: Register[] = []
    for (const item of added) registers.push(...this.#place(item))
    for (const listener of this.#listeners) listener({ added: registers, local: transaction.local })
  }

  #place(item: Y.Item): Register[] {
    const registers: Register[] = []
    const { client, clock } = item.id
    for (const [offset, element] of item.content.getContent().entries()) {
      const register = parseEntry(element)
      if (!register) {
        this.#malformed++
        continue
      }
      registers.push(register)
      const placed = this.#placedByKey.get(register.key)
      const entry = { register, client, clock: clock + offset }
      if (placed) placed.push(entry)
      else this.#placedByKey.set(register.key, [entry])
    }
    return registers
  }

  #unplace(item: Y.Item): void {
    const { client, clock } = item.id
    for (const [offset, element] of item.content.getContent().entries()) {
      const register = parseEntry(element)
      const placed = register && this.#placedByKey.get(register.key)
      if (!placed) continue
      const left = placed.filter(each => each.client !== client || each.clock !== clock + offset)
      if (left.length > 0) this.#placedByKey.set(register.key, left)
      else this.#placedByKey.delete(register.key)
    }
  }
}

function greatestOf(placed: readonly Placed[]): Placed | undefined {
  return placed.reduce<Placed | undefined>(
    (greatest, each) =>
      greatest && compareRegisters(greatest.register, each.register) >= 0 ? greatest : each,
    undefined,
  )
}

/** Deletes one element by its id, splitting the item that Yjs may have merged it into. */
function deletePlaced(transaction: Y.Transaction, { client, clock }: Placed): void {
  const item = Y.getItemCleanStart(transaction, Y.createID(client, clock))
  if (item.length > 1) Y.getItemCleanStart(transaction, Y.createID(client, clock + 1))
  item.delete(transaction)
}
