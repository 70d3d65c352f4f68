// A connection to the database of a store in a browser: how it is opened, how it is lost, and what its errors mean.
import { CodedError, type ErrorCode } from '@workforce-democracy/shared'
import { type DBSchema, type IDBPDatabase, openDB } from 'idb'

/** What the database holds. */
export interface StoreSchema extends DBSchema {
  /** Opaque rows by id. */
  rows: { key: string; value: Uint8Array }
  /** `written`: set with the first batch. `secret`: a key of WebCrypto, where no passphrase opens the store. */
  state: { key: string; value: number | CryptoKey }
}

/** The form of the database and of what lies in it; another one gets the next number. 2: pages may be compressed. */
const VERSION = 2
/** Of the database. */
export const OBJECT_STORES = ['rows', 'state'] as const

/** Why a connection is gone. */
export type StoreGone = 'store-lost' | 'store-outdated'

/** A connection. */
export interface StoreConnection {
  readonly database: IDBPDatabase<StoreSchema>
  /** Whether the browser says that it has thrown away what was here. */
  readonly isDataLost: boolean
  /** Set once somebody has deleted the database, or brought it to a newer version: nothing is read or written then. */
  readonly gone: StoreGone | undefined
}

/** What {@link connect} takes. */
export interface ConnectOptions {
  readonly name: string
  /** Another one than this version's own, for tests of what comes after it. */
  readonly version?: number
  /** Called when the connection is gone without having been closed here. */
  readonly onGone: (why: StoreGone) => void
}

/**
 * Opens the database, making it if there is none.
 *
 * @throws CodedError `storage-unavailable`, `storage-blocked`, `storage-full`, `store-outdated`, `store-damaged`
 */
export async function connect({ name, version = VERSION, onGone }: ConnectOptions): Promise<StoreConnection> {
  if (typeof indexedDB === 'undefined') throw new CodedError('storage-unavailable')
  let gone: StoreGone | undefined
  let isDataLost = false
  const lose = (why: StoreGone) => {
    if (gone) return
    gone = why
    onGone(why)
  }
  let block = (_error: CodedError) => {}
  const blocked = new Promise<never>((_resolve, reject) => {
    block = reject
  })
  // Within a promise: where storage is switched off the call itself throws.
  const opening = Promise.resolve().then(() =>
    openDB<StoreSchema>(name, version, {
      upgrade(database, _from, _to, _transaction, event) {
        // Only Chromium tells.
        isDataLost = (event as { dataLoss?: string }).dataLoss === 'total'
        for (const each of OBJECT_STORES)
          if (!database.objectStoreNames.contains(each)) database.createObjectStore(each)
      },
      blocked: () => block(new CodedError('storage-blocked')),
      // Whoever asks for it is let through at once: a page that deletes its databases means it.
      blocking(_current, wanted, event) {
        lose(wanted === null ? 'store-lost' : 'store-outdated')
        ;(event.target as IDBDatabase).close()
      },
      terminated: () => lose('store-lost'),
    }),
  )
  const database = await Promise.race([opening, blocked]).catch(cause => {
    // It may still open, when the other tab lets go.
    void opening.then(
      late => late.close(),
      () => undefined,
    )
    throw storageError(cause, 'storage-unavailable')
  })
  if (!OBJECT_STORES.every(each => database.objectStoreNames.contains(each))) {
    database.close()
    throw new CodedError('store-damaged', 'There is another database of this name.')
  }
  return {
    database,
    isDataLost,
    get gone() {
      return gone
    },
  }
}

const CODE_BY_NAME: Readonly<Record<string, ErrorCode>> = {
  QuotaExceededError: 'storage-full',
  VersionError: 'store-outdated',
  SecurityError: 'storage-unavailable',
  NotAllowedError: 'storage-unavailable',
  DataError: 'store-damaged',
  NotReadableError: 'store-damaged',
}

/** An error of IndexedDB as one of ours; `otherwise` where its name does not say more. */
export function storageError(cause: unknown, otherwise: ErrorCode): CodedError {
  if (cause instanceof CodedError) return cause
  const name = cause instanceof Error || cause instanceof DOMException ? cause.name : ''
  return new CodedError(CODE_BY_NAME[name] ?? otherwise, undefined, { cause })
}
