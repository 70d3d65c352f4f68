// How an open document lies in Yjs: one root array `registers` of plain entries (SPEC D1–D5).
import * as Y from 'yjs'
import { compareRegisters, type Register, toEntry } from '../registers/register.ts'
import { joinAll, type ReadonlyState, type State } from '../registers/state.ts'
import { deleteElements } from './element.ts'
import { type Placed, RegisterIndex, survivorOf } from './register-index.ts'

/** Name of the root array of an open document. */
export const REGISTERS_ROOT = 'registers'

/** Name of the root array of a sealed document, whose elements are bytes. */
export const SEALED_ROOT = 'sealed'

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
  readonly #listeners = new Set<(change: RegisterArrayChange) => void>()
  readonly #observer = (event: Y.YArrayEvent<unknown>, transaction: Y.Transaction) =>
    this.#onEvent(event, transaction)
  #index: RegisterIndex

  constructor(doc: Y.Doc) {
    this.doc = doc
    this.#array = doc.getArray(REGISTERS_ROOT)
    this.#index = RegisterIndex.of(this.#array)
    this.#array.observe(this.#observer)
  }

  /** How many malformed elements there are; they are skipped. */
  get malformed(): number {
    return this.#index.malformed
  }

  /** The greatest register of each key. */
  state(): ReadonlyState {
    const state: State = new Map()
    for (const [key, placed] of this.#index.entries()) {
      const survivor = survivorOf(placed)
      if (survivor) state.set(key, survivor.register)
    }
    return state
  }

  /**
   * Pushes registers and deletes what they supersede, in one transaction. Registers that are not greater are left out.
   * Inside a larger transaction the index follows when that ends: what two writes of one key leave there is for
   * {@link prune}.
   */
  write(registers: readonly Register[], origin?: unknown): void {
    const greatest: State = new Map()
    joinAll(
      greatest,
      registers.filter(register => this.#beats(register)),
    )
    if (greatest.size === 0) return
    Y.transact(
      this.doc,
      transaction => {
        for (const key of greatest.keys()) deleteElements(transaction, this.#array, this.#index.at(key))
        this.#array.push([...greatest.values()].map(toEntry))
      },
      origin,
    )
  }

  /** Deletes every element that a greater one of its key dominates; never malformed ones, never the newest. */
  prune(origin?: unknown): void {
    const dominated: Placed[] = []
    for (const [, placed] of this.#index.entries()) {
      if (placed.length < 2) continue
      const survivor = survivorOf(placed)
      dominated.push(...placed.filter(each => each !== survivor))
    }
    if (dominated.length === 0) return
    Y.transact(this.doc, transaction => deleteElements(transaction, this.#array, dominated), origin)
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
    return this.#index.at(register.key).every(placed => compareRegisters(register, placed.register) > 0)
  }

  #onEvent(event: Y.YArrayEvent<unknown>, transaction: Y.Transaction): void {
    const added = this.#follow(event)
    for (const listener of this.#listeners) listener({ added, local: transaction.local })
  }

  #follow(event: Y.YArrayEvent<unknown>): Register[] {
    // A transaction that began in an observer of another: Yjs has merged its items into older ones by now, and the
    // event passes over them.
    if (this.doc._transactionCleanups.length > 1) {
      const before = this.#index
      this.#index = RegisterIndex.of(this.#array)
      return this.#index.registersNotIn(before)
    }
    for (const item of event.changes.deleted) this.#index.unplace(item)
    return [...event.changes.added].flatMap(item => this.#index.place(item))
  }
}
