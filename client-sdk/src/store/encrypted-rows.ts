// Everything that a device keeps, encrypted: ids and contents. Only the header is in clear.
import { CodedError } from '@workforce-democracy/shared'
import { toBase64Url } from '../keys/bytes.ts'
import type { Sodium } from '../keys/sodium.ts'
import { checkLock, createStoreKey, type StoreKey, type StoreLock } from '../keys/store-key.ts'
import { PackedRows } from './packed-rows.ts'
import { createPauses } from './pauses.ts'
import { RowCipher } from './row-cipher.ts'
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
  /** The name of the row that has this content. */
  readonly nameOf: (content: Uint8Array) => string
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
  /** A key for one purpose, which whoever opens this store has. `context` is 8 characters. */
  deriveKey(purpose: { readonly context: string; readonly id: number }): Uint8Array
  /** Lets go of the store. */
  close(): Promise<void>
}

/** Rows set aside stay in the store, under their id with this and a random part before it. */
const SET_ASIDE_PREFIX = 'damaged.'
const SET_ASIDE_RANDOM_BYTES = 6

/**
 * Opens the store and everything in it. On any error the store is closed again, as it was.
 *
 * @throws CodedError `invalid-input`, `wrong-passphrase`, `store-damaged`, `store-lost`, `store-in-use`, `store-failed`, and
 * what `nameOf` throws
 */
export async function openEncryptedRows(options: EncryptedRowsOptions): Promise<EncryptedRows> {
  const { store, sodium, lock, nameOf, onDamage, expectStore = false } = options
  checkLock(lock)
  const opening = await store.open({ salvage: onDamage !== 'refuse' })
  try {
    const stored = await store.readAll()
    const isLost = opening.found === 'lost' || (expectStore && stored.length === 0)
    if (isLost && onDamage === 'refuse') throw new CodedError('store-lost')
    const { storeKey, isKeyLost } = await storeKeyOf(options, stored)
    const cipher = new RowCipher(sodium, storeKey)
    const packed = new PackedRows({ cipher, packs: store.packs === true, nameOf })
    const { damaged, alreadyAside } = await sort(withHeader.removed(stored), isKeyLost ? undefined : packed)
    if (damaged.length > 0 && !isKeyLost) await setAside(options, damaged)
    return {
      contents: packed.contents(),
      found: foundOf({ isLost, isKeyLost, isDamaged: opening.found === 'damaged' || damaged.length > 0 }),
      setAside: alreadyAside + damaged.length,
      keptAt: opening.keptAt,
      async put(rows) {
        const { batch, committed } = await packed.batchOf(rows)
        await store.commit(batch)
        committed()
      },
      deriveKey: purpose => sodium.deriveKey(purpose, storeKey.key),
      close: () => store.close(),
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

/**
 * Whether this lock opens the store that another client has open. Changes nothing.
 *
 * @throws CodedError `wrong-passphrase`, `store-damaged`, `invalid-input`
 */
export async function checkOpens({
  store,
  sodium,
  lock,
}: Pick<EncryptedRowsOptions, 'store' | 'sodium' | 'lock'>): Promise<void> {
  checkLock(lock)
  await store.open({ salvage: true })
  try {
    const opened = await openHeader(sodium, lock, await store.readAll())
    if ('problem' in opened && opened.problem) throw opened.problem
  } finally {
    await store.close()
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

async function sort(rows: readonly Row[], packed: PackedRows | undefined) {
  const damaged: Row[] = []
  const pauses = createPauses()
  let alreadyAside = 0
  for (const row of rows) {
    if (isSetAside(row)) alreadyAside++
    else if (!(await packed?.load(row))) damaged.push(row)
    await pauses.due()
  }
  return { damaged, alreadyAside }
}

async function setAside(
  { store, sodium, onDamage }: EncryptedRowsOptions,
  damaged: readonly Row[],
): Promise<void> {
  if (onDamage === 'refuse')
    throw new CodedError('store-damaged', `Rows that cannot be opened: ${damaged.length}.`)
  await store.commit({ put: asideOf(sodium, damaged), remove: damaged.map(({ id }) => id) })
}
