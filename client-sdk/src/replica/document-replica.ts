// One document on this device: its state, and what of it the server is known to have.
import {
  compareRegisters,
  type DocumentName,
  joinRegister,
  type ReadonlyState,
  type Register,
  type State,
} from '@workforce-democracy/shared'

/** Registers to take into a document. */
export interface DocumentChange {
  readonly document: DocumentName
  /** To join into the state. */
  readonly registers: readonly Register[]
  /** That the server has. */
  readonly onServer: readonly Register[]
}

/** What a change did, key by key. */
export interface AppliedChange {
  /** The registers that are new in the state. */
  readonly changed: readonly Register[]
  /** The keys whose register or pending mark is another one now. */
  readonly touched: readonly string[]
  /** Takes it all back; for the newest change only. */
  undo(): void
}

/** The joined registers of a document beside the greatest that the server has: pending is what lies between the two. */
export class DocumentReplica {
  readonly #state: State = new Map()
  readonly #onServer: State = new Map()
  readonly #pendingKeys = new Set<string>()

  get state(): ReadonlyState {
    return this.#state
  }

  get pendingCount(): number {
    return this.#pendingKeys.size
  }

  pendingRegisters(): Register[] {
    return [...this.#pendingKeys].flatMap(key => this.#state.get(key) ?? [])
  }

  isPending(key: string): boolean {
    return this.#pendingKeys.has(key)
  }

  /** Whether the server has `register`, or a greater one of its key. */
  isOnServer(register: Register): boolean {
    const known = this.#onServer.get(register.key)
    return known !== undefined && compareRegisters(known, register) >= 0
  }

  apply({ registers, onServer }: Omit<DocumentChange, 'document'>): AppliedChange {
    const before = new Map<string, { state?: Register; onServer?: Register; pending: boolean }>()
    for (const { key } of [...registers, ...onServer]) {
      if (before.has(key)) continue
      const [state, known] = [this.#state.get(key), this.#onServer.get(key)]
      before.set(key, {
        ...(state && { state }),
        ...(known && { onServer: known }),
        pending: this.isPending(key),
      })
    }
    for (const register of registers) joinRegister(this.#state, register)
    for (const register of onServer) joinRegister(this.#onServer, register)
    for (const key of before.keys()) this.#markPending(key)
    const changed = [...before].flatMap(([key, { state }]) => {
      const present = this.#state.get(key)
      return present && present !== state ? [present] : []
    })
    const touched = [...before].filter(
      ([key, { state, pending }]) => this.#state.get(key) !== state || this.isPending(key) !== pending,
    )
    return {
      changed,
      touched: touched.map(([key]) => key),
      undo: () => {
        for (const [key, { state, onServer: known, pending }] of before) {
          restore(this.#state, key, state)
          restore(this.#onServer, key, known)
          if (pending) this.#pendingKeys.add(key)
          else this.#pendingKeys.delete(key)
        }
      },
    }
  }

  #markPending(key: string): void {
    const register = this.#state.get(key)
    if (register && !this.isOnServer(register)) this.#pendingKeys.add(key)
    else this.#pendingKeys.delete(key)
  }
}

function restore(state: State, key: string, register: Register | undefined): void {
  if (register) state.set(key, register)
  else state.delete(key)
}
