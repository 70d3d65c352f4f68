// A store in memory: for tests, and for a page that is to leave nothing behind.
import { CodedError } from '@workforce-democracy/shared'
import type { Batch, Row, Store, StoreOpening } from './store.ts'

/**
 * A store that lasts as long as this object: closing and opening it again finds the rows still there.
 *
 * @example
 * const client = await openClient({ storage: createMemoryStore(), storeSecret })
 */
export function createMemoryStore(): Store {
  return new MemoryStore()
}

class MemoryStore implements Store {
  readonly #dataById = new Map<string, Uint8Array>()
  #isOpen = false

  async open(): Promise<StoreOpening> {
    if (this.#isOpen) throw new CodedError('store-in-use')
    this.#isOpen = true
    return { found: 'sound' }
  }

  async readAll(): Promise<Row[]> {
    this.#checkOpen()
    return Array.from(this.#dataById, ([id, data]) => ({ id, data: data.slice() }))
  }

  async commit({ put, remove }: Batch): Promise<void> {
    this.#checkOpen()
    for (const { id, data } of put) this.#dataById.set(id, data.slice())
    for (const id of remove) this.#dataById.delete(id)
  }

  async close(): Promise<void> {
    this.#isOpen = false
  }

  async destroy(): Promise<void> {
    this.#isOpen = false
    this.#dataById.clear()
  }

  #checkOpen(): void {
    if (!this.#isOpen) throw new CodedError('store-failed', 'The store is not open.')
  }
}
