// The store of browsers: opaque rows in one IndexedDB database, and nothing beside it.
import { CodedError } from '@workforce-democracy/shared'
import { unwrap } from 'idb'
import {
  connect,
  OBJECT_STORES,
  type StoreConnection,
  type StoreGone,
  storageError,
} from './indexeddb-connection.ts'
import type { Batch, Row, Store, StoreOpening, StoreOpenOptions } from './store.ts'
import { storeLockName, takeLock } from './web-lock.ts'

/** A store in IndexedDB. */
export interface IndexedDbStore extends Store {
  /** Why the database is gone under an open store, if it is. */
  readonly gone: StoreGone | undefined
  /** Calls `listener` when the database is deleted, or taken over by a newer version; returns how to stop that. */
  onGone(listener: (why: StoreGone) => void): () => void
}

/** What {@link createIndexedDbStore} takes. */
export interface IndexedDbStoreOptions {
  /** Of the database: one store a name. */
  readonly name: string
  /**
   * `alone` unless given: opened for one client, with a lock that goes with its tab. `locked`: the caller holds that lock.
   * `reading`: beside the one that writes.
   */
  readonly access?: 'alone' | 'locked' | 'reading'
}

/**
 * A store in an IndexedDB database (`durability: 'strict'`: what is saved survives a crash of the machine as far as the
 * browser and its disk keep their word). A database that somebody deletes is not made again: the open store fails with
 * `store-lost` from then on. The `openClient` of pages makes it by itself; that of the package's main entry, which leaves
 * tabs to the caller, takes it as `storage`.
 *
 * @example
 * const store = createIndexedDbStore({ name: 'my-site' })
 * await store.open()
 * await store.commit({ put: [{ id: 'row', data: new Uint8Array(3) }], remove: [] })
 * await store.close()
 */
export function createIndexedDbStore(options: IndexedDbStoreOptions): IndexedDbStore {
  return new IndexedDbRows(options)
}

interface Session {
  readonly connection: StoreConnection
  readonly release: () => void
}

class IndexedDbRows implements IndexedDbStore {
  /** Reading ten thousand records takes several times as long as reading the same bytes in twenty. */
  readonly packs = true
  readonly #name: string
  readonly #access: NonNullable<IndexedDbStoreOptions['access']>
  readonly #goneListeners = new Set<(why: StoreGone) => void>()
  #session: Session | undefined
  #isOpening = false
  /** Whether the database says that rows were written to it. */
  #isMarked = false

  constructor({ name, access = 'alone' }: IndexedDbStoreOptions) {
    this.#name = name
    this.#access = access
  }

  get gone(): StoreGone | undefined {
    return this.#session?.connection.gone
  }

  onGone(listener: (why: StoreGone) => void): () => void {
    return added(this.#goneListeners, listener)
  }

  async open({ salvage }: StoreOpenOptions = { salvage: false }): Promise<StoreOpening> {
    if (this.#session || this.#isOpening) throw new CodedError('store-in-use')
    this.#isOpening = true
    try {
      const release = this.#access === 'alone' ? await takeLock(storeLockName(this.#name)) : () => undefined
      if (!release) throw new CodedError('store-in-use')
      return await this.#openWith(release, salvage)
    } finally {
      this.#isOpening = false
    }
  }

  async readAll(): Promise<Row[]> {
    const { database } = this.#connection()
    try {
      const transaction = database.transaction(OBJECT_STORES)
      const rows = transaction.objectStore('rows')
      const [ids, contents] = await Promise.all([rows.getAllKeys(), rows.getAll(), transaction.done])
      return contents.map((data, index) => ({ id: ids[index] ?? '', data }))
    } catch (cause) {
      throw this.#failure(cause, 'store-failed')
    }
  }

  async commit(batch: Batch): Promise<void> {
    if (this.#access === 'reading') throw new CodedError('store-failed', 'This tab does not write.')
    const { database } = this.#connection()
    try {
      const transaction = database.transaction(OBJECT_STORES, 'readwrite', { durability: 'strict' })
      // Only the end of the transaction says that it is saved. A request that fails ends it, and is not asked by itself.
      const ended = transaction.done
      try {
        const rows = unwrap(transaction.objectStore('rows'))
        for (const id of batch.remove) rows.delete(id)
        for (const { id, data } of batch.put) rows.put(data, id)
        if (!this.#isMarked) unwrap(transaction.objectStore('state')).put(1, 'written')
        transaction.commit()
      } catch (error) {
        ended.catch(() => undefined)
        abort(transaction)
        throw error
      }
      await ended
    } catch (cause) {
      throw this.#failure(cause, 'store-failed')
    }
    this.#isMarked = true
  }

  async close(): Promise<void> {
    const session = this.#session
    this.#session = undefined
    session?.connection.database.close()
    session?.release()
  }

  async destroy(): Promise<void> {
    await this.close()
    await deleteDatabase(this.#name)
  }

  async #openWith(release: () => void, salvage: boolean): Promise<StoreOpening> {
    let connection: StoreConnection | undefined
    try {
      connection = await connect({ name: this.#name, onGone: why => this.#tellGone(why) })
      const found = await this.#found(connection)
      if (found === 'lost' && !salvage) throw new CodedError('store-lost')
      this.#session = { connection, release }
      return { found }
    } catch (error) {
      connection?.database.close()
      release()
      throw error
    }
  }

  /** A store that was written to and is empty has lost its rows. */
  async #found({ database, isDataLost }: StoreConnection): Promise<'sound' | 'lost'> {
    const [count, written] = await Promise.all([database.count('rows'), database.get('state', 'written')])
    this.#isMarked = written !== undefined
    return isDataLost || (count === 0 && this.#isMarked) ? 'lost' : 'sound'
  }

  #tellGone(why: StoreGone): void {
    for (const listener of this.#goneListeners) listener(why)
  }

  #connection(): StoreConnection {
    const connection = this.#session?.connection
    if (!connection) throw new CodedError('store-failed', 'The store is not open.')
    if (connection.gone) throw new CodedError(connection.gone)
    return connection
  }

  #failure(cause: unknown, otherwise: 'store-failed'): CodedError {
    const gone = this.#session?.connection.gone
    return gone ? new CodedError(gone, undefined, { cause }) : storageError(cause, otherwise)
  }
}

/** Takes back what was asked for. It may have ended by itself. */
function abort(transaction: { abort(): void }): void {
  try {
    transaction.abort()
  } catch {
    // Then nothing of it was written.
  }
}

function deleteDatabase(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name)
    request.onsuccess = () => resolve()
    request.onerror = () => reject(storageError(request.error, 'store-failed'))
  })
}

function added<T>(set: Set<T>, each: T): () => void {
  set.add(each)
  return () => {
    set.delete(each)
  }
}
