// Everything that a device keeps, encrypted: ids and contents. Only the header row is in clear.
import { CodedError, NONCE_BYTES, openEnvelope, sealEnvelope } from '@workforce-democracy/shared'
import { encodeUtf8 } from 'lib0/string'
import { toBase64Url } from '../keys/bytes.ts'
import type { Sodium } from '../keys/sodium.ts'
import { checkLock, createStoreKey, openStoreKey, type StoreKey, type StoreLock } from '../keys/store-key.ts'
import type { Row, Store } from './store.ts'

/** A row in clear. Its name is hashed with a key before it reaches the store. */
export interface ClearRow {
  readonly name: string
  readonly content: Uint8Array
}

/** What to do with rows that cannot be opened: refuse to open the store, or keep them in it, out of the way. */
export type OnDamage = 'refuse' | 'set-aside'

/** What {@link openEncryptedRows} takes. */
export interface EncryptedRowsOptions {
  readonly store: Store
  readonly sodium: Sodium
  readonly lock: StoreLock
  readonly onDamage: OnDamage
}

/** An open store. */
export interface EncryptedRows {
  /** What it held when it was opened. */
  readonly contents: readonly Uint8Array[]
  /** How many damaged rows it keeps aside. */
  readonly setAside: number
  /** Writes rows, all of them or none. */
  put(rows: readonly ClearRow[]): Promise<void>
  /** Lets go of the store. */
  close(): Promise<void>
}

const HEADER_ID = 'header'
/** Rows set aside stay in the store under their id with this before it. */
const SET_ASIDE_PREFIX = 'damaged.'

/**
 * Opens the store and everything in it. On any error the store is closed again, as it was.
 *
 * @throws CodedError `invalid-input`, `wrong-passphrase`, `store-damaged`, `store-in-use`, `store-failed`
 */
export async function openEncryptedRows({
  store,
  sodium,
  lock,
  onDamage,
}: EncryptedRowsOptions): Promise<EncryptedRows> {
  checkLock(lock)
  await store.open()
  try {
    const stored = await store.readAll()
    const cipher = new RowCipher(sodium, await storeKeyOf(store, stored, sodium, lock))
    const { contents, damaged, alreadyAside } = sort(stored, cipher)
    if (damaged.length > 0) await setAside(store, damaged, onDamage)
    return {
      contents,
      setAside: alreadyAside + damaged.length,
      put: rows => store.commit({ put: rows.map(row => cipher.seal(row)), remove: [] }),
      close: () => store.close(),
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

/** The key in the header; an empty store gets one first. */
async function storeKeyOf(
  store: Store,
  stored: readonly Row[],
  sodium: Sodium,
  lock: StoreLock,
): Promise<StoreKey> {
  const present = stored.find(({ id }) => id === HEADER_ID)
  if (present) return openStoreKey(sodium, lock, present.data)
  if (stored.length > 0) throw new CodedError('store-damaged', 'The header of the store is missing.')
  const { header, ...storeKey } = await createStoreKey(sodium, lock)
  await store.commit({ put: [{ id: HEADER_ID, data: header }], remove: [] })
  return storeKey
}

function sort(stored: readonly Row[], cipher: RowCipher) {
  const contents: Uint8Array[] = []
  const damaged: Row[] = []
  let alreadyAside = 0
  for (const row of stored) {
    if (row.id === HEADER_ID) continue
    const content = row.id.startsWith(SET_ASIDE_PREFIX) ? undefined : cipher.open(row)
    if (content) contents.push(content)
    else if (row.id.startsWith(SET_ASIDE_PREFIX)) alreadyAside++
    else damaged.push(row)
  }
  return { contents, damaged, alreadyAside }
}

async function setAside(store: Store, damaged: readonly Row[], onDamage: OnDamage): Promise<void> {
  if (onDamage === 'refuse')
    throw new CodedError('store-damaged', `Rows that cannot be opened: ${damaged.length}.`)
  await store.commit({
    put: damaged.map(({ id, data }) => ({ id: SET_ASIDE_PREFIX + id, data })),
    remove: damaged.map(({ id }) => id),
  })
}

const EPOCH = 0
const ROW_ID_BYTES = 20
const CONTENT_KEY = { context: 'wdstore_', id: 1 } as const
const ROW_ID_KEY = { context: 'wdstore_', id: 2 } as const

/** Seals and opens single rows. A row is bound to its id, and so to its name: it opens nowhere else. */
class RowCipher {
  readonly #sodium: Sodium
  readonly #storeId: string
  readonly #contentKey: Uint8Array
  readonly #rowIdKey: Uint8Array

  constructor(sodium: Sodium, { storeId, key }: StoreKey) {
    this.#sodium = sodium
    this.#storeId = storeId
    this.#contentKey = sodium.deriveKey(CONTENT_KEY, key)
    this.#rowIdKey = sodium.deriveKey(ROW_ID_KEY, key)
  }

  seal({ name, content }: ClearRow): Row {
    const id = toBase64Url(this.#sodium.hash(ROW_ID_BYTES, encodeUtf8(name), this.#rowIdKey))
    const nonce = this.#sodium.randomBytes(NONCE_BYTES)
    return { id, data: sealEnvelope({ ...this.#binding(id), nonce, plaintext: content }) }
  }

  open({ id, data }: Row): Uint8Array | undefined {
    try {
      return openEnvelope({ ...this.#binding(id), envelope: data })
    } catch {
      return undefined
    }
  }

  #binding(id: string) {
    return {
      aead: this.#sodium.aead,
      key: this.#contentKey,
      epoch: EPOCH,
      context: [this.#storeId, 'row', id],
    }
  }
}
