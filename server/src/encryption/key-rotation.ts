// Wraps what is in the key store anew under the keyring's current key, while servers go on using it.
import { CodedError, errorCode } from '@workforce-democracy/shared'
import type { DataKeyRow, KeyScope } from '../db/data-keys.ts'
import { type Db, inTransaction, type Pool } from '../db/database.ts'
import {
  awaitDataKey,
  countWrapped,
  listKeyringIds,
  lockDataKeys,
  replaceWrapped,
  replaceWrappedServerKey,
  type WrappedCount,
} from '../db/key-rotation.ts'
import { listServerKeys } from '../db/server-keys.ts'
import { dataKeyLabel } from './data-keys.ts'
import type { Keyring } from './keyring.ts'
import { serverKeyLabel } from './server-keys.ts'

/** What {@link rotateKeys} takes. */
export interface RotationOptions {
  /** That of the key store. */
  readonly pool: Pool
  readonly keyring: Keyring
  /** Told after each portion how many data keys are done, of how many. */
  readonly onProgress?: (done: number, total: number) => void
  readonly batchSize?: number
}

/** What a rotation did. */
export interface RotationResult {
  /** Wrapped anew by this run. */
  readonly rotated: number
  /** What no key opens: it stays as it is, under its old key. */
  readonly damaged: number
  /** What is in the key store now, by the key that wraps it. */
  readonly counts: readonly WrappedCount[]
}

/** Few enough that nobody waits long for one of them, many enough that most of the time is work. */
const BATCH_SIZE = 500

/**
 * Refuses a keyring that lacks a key which something in the key store is wrapped by (SPEC S5).
 *
 * @throws CodedError `invalid-config`, naming the missing ids
 */
export async function checkKeyring(db: Db, keyring: Keyring): Promise<void> {
  const missing = (await listKeyringIds(db)).filter(id => !keyring.has(id))
  if (missing.length === 0) return
  throw new CodedError(
    'invalid-config',
    `ENCRYPTION_KEYS lacks ${missing.join(', ')}, which keys in the key store are wrapped by: put it back, and run rotate-keys before taking it out.`,
  )
}

/**
 * Wraps every key anew that is not under the current key. Each portion is one transaction: a run that ends at any point
 * is finished by the next. What was destroyed, or is meanwhile, stays destroyed.
 *
 * @throws CodedError `invalid-config` before it changes anything, when the keyring lacks a key
 */
export async function rotateKeys(options: RotationOptions): Promise<RotationResult> {
  const { pool, keyring } = options
  await checkKeyring(pool, keyring)
  const server = await rotateServerKeys(pool, keyring)
  const data = await rotateDataKeys(options)
  return {
    rotated: server.rotated + data.rotated,
    damaged: server.damaged + data.damaged,
    counts: await countWrapped(pool),
  }
}

async function rotateServerKeys(pool: Pool, keyring: Keyring): Promise<Portion> {
  const portion = { rotated: 0, damaged: 0 }
  for (const row of await listServerKeys(pool)) {
    if (row.keyringId === keyring.currentId) continue
    const wrapped = wrapAnew(keyring, row, serverKeyLabel(row.name))
    if (wrapped) await replaceWrappedServerKey(pool, row, wrapped)
    portion[wrapped ? 'rotated' : 'damaged']++
  }
  return portion
}

interface Portion {
  readonly rotated: number
  readonly damaged: number
}

async function rotateDataKeys(options: RotationOptions): Promise<Portion> {
  const { pool, keyring, onProgress, batchSize = BATCH_SIZE } = options
  const keyringIds = (await listKeyringIds(pool)).filter(id => id !== keyring.currentId)
  if (keyringIds.length === 0) return { rotated: 0, damaged: 0 }
  const total = (await countWrapped(pool))
    .filter(({ keyringId }) => keyringId !== keyring.currentId)
    .reduce((sum, { dataKeys }) => sum + dataKeys, 0)
  let [rotated, damaged] = [0, 0]
  const take = async (db: Db, rows: readonly DataKeyRow[]): Promise<void> => {
    const anew = rows.flatMap(row => wrapAnew(keyring, row, dataKeyLabel(row)) ?? [])
    if (anew.length > 0) await replaceWrapped(db, anew)
    rotated += anew.length
    damaged += rows.length - anew.length
  }
  let after: KeyScope | undefined
  do {
    after = await inTransaction(pool, async db => {
      const rows = await lockDataKeys(db, { keyringIds, after, limit: batchSize })
      await take(db, rows)
      return rows.at(-1)
    })
    onProgress?.(rotated, Math.max(total, rotated))
  } while (after)
  // What others held comes one at a time: who waits holds nothing that anybody could wait for. Damaged ones come again.
  damaged = 0
  do {
    after = await inTransaction(pool, async db => {
      const next = await awaitDataKey(db, { keyringIds, after })
      if (next?.row) await take(db, [next.row])
      return next?.scope
    })
  } while (after)
  onProgress?.(rotated, Math.max(total, rotated))
  return { rotated, damaged }
}

/** The row under the current key, `undefined` when its own key does not open it. */
function wrapAnew<Row extends { readonly keyringId: string; readonly wrapped: Buffer }>(
  keyring: Keyring,
  row: Row,
  label: readonly string[],
): Row | undefined {
  try {
    const key = keyring.unwrap(row, label)
    const wrapped = { ...row, ...keyring.wrap(key, label) }
    key.fill(0)
    return wrapped
  } catch (error) {
    if (errorCode(error) === 'at-rest-damaged') return undefined
    throw error
  }
}
