// Everything that a device keeps, encrypted: ids and contents. Only the header is in clear.
import { CodedError, NONCE_BYTES, openEnvelope, sealEnvelope } from '@workforce-democracy/shared'
import { encodeUtf8 } from 'lib0/string'
import { toBase64Url } from '../keys/bytes.ts'
import type { Sodium } from '../keys/sodium.ts'
import { checkLock, createStoreKey, type StoreKey, type StoreLock } from '../keys/store-key.ts'
import type { Row, Store } from './store.ts'
import { type OpenedHeader, openHeader, withHeader } from './store-header.ts'

/** A row in clear. Its name is hashed with a key before it reaches the store. */
export interface ClearRow {
  readonly name: string
  readonly content: Uint8Array
}

/**
 * What to do with a store that is damaged or gone. `refuse`: do not open it, and leave it as it is. `set-aside`: open with
 * all that can be read, and keep what cannot, out of the way. `set-all-aside`: the same where nothing can be read because
 * passphrase or secret are lost; whoever has merely mistyped it would begin with nothing, too.
 */
export type OnDamage = 'refuse' | 'set-aside' | 'set-all-aside'

/**
 * In what condition a store was found. `sound`: new, or as it was left. `damaged`: something of it could not be read.
 * `key-lost`: its rows are there, and nothing opens them. `lost`: there had been one, and it is gone.
 */
export type StoreFound = 'sound' | 'damaged' | 'key-lost' | 'lost'

/** What {@link openEncryptedRows} takes. */
export interface EncryptedRowsOptions {
  readonly store: Store
  readonly sodium: Sodium
  readonly lock: StoreLock
  readonly onDamage: OnDamage
  /** Whether the caller knows that there is a store. */
  readonly expectStore?: boolean
}

/** An open store. */
export interface EncryptedRows {
  /** What it held when it was opened. Several versions of a row are possible in one that was damaged. */
  readonly contents: readonly Uint8Array[]
  readonly found: StoreFound
  /** How many damaged rows it keeps aside. */
  readonly setAside: number
  /** Where the store keeps what it was before it was salvaged. */
  readonly keptAt: string | undefined
  /** Writes rows, all of them or none. */
  put(rows: readonly ClearRow[]): Promise<void>
  /** Lets go of the store. */
  close(): Promise<void>
}

/** Rows set aside stay in the store, under their id with this and a random part before it. */
const SET_ASIDE_PREFIX = 'damaged.'
const SET_ASIDE_RANDOM_BYTES = 6

/**
 * Opens the store and everything in it. On any error the store is closed again, as it was.
 *
 * @throws CodedError `invalid-input`, `wrong-passphrase`, `store-damaged`, `store-lost`, `store-in-use`, `store-failed`
 */
export async function openEncryptedRows(options: EncryptedRowsOptions): Promise<EncryptedRows> {
  const { store, sodium, lock, onDamage, expectStore = false } = options
  checkLock(lock)
  const opening = await store.open({ salvage: onDamage !== 'refuse' })
  try {
    const stored = await store.readAll()
    const isLost = opening.found === 'lost' || (expectStore && stored.length === 0)
    if (isLost && onDamage === 'refuse') throw new CodedError('store-lost')
    const { storeKey, isKeyLost } = await storeKeyOf(options, stored)
    const cipher = new RowCipher(sodium, storeKey)
    const { contents, damaged, alreadyAside } = sort(
      withHeader.removed(stored),
      isKeyLost ? undefined : cipher,
    )
    if (damaged.length > 0 && !isKeyLost) await setAside(options, damaged)
    return {
      contents,
      found: foundOf({ isLost, isKeyLost, isDamaged: opening.found === 'damaged' || damaged.length > 0 }),
      setAside: alreadyAside + damaged.length,
      keptAt: opening.keptAt,
      put: rows => store.commit({ put: rows.map(row => cipher.seal(row)), remove: [] }),
      close: () => store.close(),
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

function foundOf(facts: { isLost: boolean; isKeyLost: boolean; isDamaged: boolean }): StoreFound {
  if (facts.isKeyLost) return 'key-lost'
  if (facts.isDamaged) return 'damaged'
  return facts.isLost ? 'lost' : 'sound'
}

/** The key in the header. An empty store gets one first, and so does one whose rows nothing opens, once they are aside. */
async function storeKeyOf(
  { store, sodium, lock, onDamage }: EncryptedRowsOptions,
  stored: readonly Row[],
): Promise<{ storeKey: StoreKey; isKeyLost: boolean }> {
  const opened = await openHeader(sodium, lock, stored)
  if ('storeKey' in opened) {
    if (opened.missing.length > 0) await store.commit({ put: opened.missing, remove: [] })
    return { storeKey: opened.storeKey, isKeyLost: false }
  }
  const lost = stored.filter(row => !isSetAside(row))
  const isKeyLost = lost.length > 0
  if (isKeyLost) refuseUnless(onDamage, opened)
  const { header, ...storeKey } = await createStoreKey(sodium, lock)
  const aside = asideOf(sodium, lost)
  // One commit: at no point is there a header that does not open what lies beside it.
  const put = [...aside, ...withHeader.copiesOf(header)]
  const kept = new Set(put.map(({ id }) => id))
  await store.commit({ put, remove: lost.map(({ id }) => id).filter(id => !kept.has(id)) })
  return { storeKey, isKeyLost }
}

/** Whether what no header opens may be put aside as a whole. */
function refuseUnless(onDamage: OnDamage, { problem }: Exclude<OpenedHeader, { storeKey: StoreKey }>): void {
  if (problem === undefined && onDamage === 'refuse')
    throw new CodedError('store-damaged', 'The header of the store is missing.')
  if (!problem || onDamage === 'set-all-aside') return
  if (problem.code === 'wrong-passphrase' || onDamage === 'refuse') throw problem
}

const isSetAside = ({ id }: Row) => id.startsWith(SET_ASIDE_PREFIX)

function asideOf(sodium: Sodium, rows: readonly Row[]): Row[] {
  const prefix = `${SET_ASIDE_PREFIX}${toBase64Url(sodium.randomBytes(SET_ASIDE_RANDOM_BYTES))}.`
  return rows.map(({ id, data }) => ({ id: prefix + id, data }))
}

function sort(rows: readonly Row[], cipher: RowCipher | undefined) {
  const contents: Uint8Array[] = []
  const damaged: Row[] = []
  let alreadyAside = 0
  for (const row of rows) {
    const content = isSetAside(row) ? undefined : cipher?.open(row)
    if (content) contents.push(content)
    else if (isSetAside(row)) alreadyAside++
    else damaged.push(row)
  }
  return { contents, damaged, alreadyAside }
}

async function setAside(
  { store, sodium, onDamage }: EncryptedRowsOptions,
  damaged: readonly Row[],
): Promise<void> {
  if (onDamage === 'refuse')
    throw new CodedError('store-damaged', `Rows that cannot be opened: ${damaged.length}.`)
  await store.commit({ put: asideOf(sodium, damaged), remove: damaged.map(({ id }) => id) })
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
      // Another version of a row was sealed under the row's own id.
      return openEnvelope({ ...this.#binding(id.replace(/\+\d+$/, '')), envelope: data })
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
