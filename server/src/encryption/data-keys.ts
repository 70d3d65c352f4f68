// Data keys: each person's document has one per generation, kept in the key store and destroyed with what it sealed.
import { randomBytes as nodeRandomBytes } from 'node:crypto'
import { CodedError } from '@workforce-democracy/shared'
import {
  type DataKeyRow,
  destroyDataKeys,
  findDataKeys,
  insertDataKeys,
  type KeyScope,
} from '../db/data-keys.ts'
import type { Pool } from '../db/database.ts'
import { LruMap } from '../lru-map.ts'
import { createAead, KEY_BYTES, type RandomBytes } from './aead.ts'
import { createDataCipher, type DataCipher } from './data-cipher.ts'
import type { Keyring } from './keyring.ts'

export type { KeyScope } from '../db/data-keys.ts'
export type { DataCipher } from './data-cipher.ts'

/** Ciphers of people's documents. A cipher in hand goes on working after its key was destroyed: do not keep it. */
export interface DataKeys {
  /**
   * The cipher of one scope; its key is made when absent, and committed before this resolves.
   *
   * @throws CodedError `moved` when it was destroyed
   */
  cipherFor(scope: KeyScope): Promise<DataCipher>
  /**
   * The same for many, in the order given: no query for those in memory, one for all others that exist. `undefined` for
   * those that were destroyed.
   */
  ciphersFor(scopes: readonly KeyScope[]): Promise<(DataCipher | undefined)[]>
  /** The cipher of one scope, `undefined` when its key was never made or is destroyed. */
  existing(scope: KeyScope): Promise<DataCipher | undefined>
  /** The same for many, in the order given: one query for those that are not in memory. */
  allExisting(scopes: readonly KeyScope[]): Promise<(DataCipher | undefined)[]>
  /** Destroys keys; resolves once they are gone from the key store and from this server's memory. */
  destroy(scopes: readonly KeyScope[]): Promise<void>
  /** Drops keys from this server's memory, since they were destroyed; all of them unless given. */
  forget(scopes?: readonly KeyScope[]): void
}

/** Makes the data keys kept in the key store behind `pool`. At most `cacheSize` of them stay in memory. */
export function createDataKeys(options: {
  pool: Pool
  keyring: Keyring
  randomBytes?: RandomBytes
  cacheSize?: number
}): DataKeys {
  const { pool, keyring, randomBytes = nodeRandomBytes, cacheSize = 10_000 } = options
  const cache = new LruMap<DataCipher>(cacheSize)
  let destructions = 0

  const newKey = (scope: KeyScope): DataKeyRow => ({
    ...scope,
    ...keyring.wrap(randomBytes(KEY_BYTES), dataKeyLabel(scope)),
  })

  /** Ciphers of the scopes whose keys exist, by id. */
  const find = async (scopes: Iterable<KeyScope>): Promise<Map<string, DataCipher>> => {
    const cipherById = new Map<string, DataCipher>()
    const uncached: KeyScope[] = []
    for (const scope of scopes) {
      const cached = cache.get(idOf(scope))
      if (cached) cipherById.set(idOf(scope), cached)
      else uncached.push(scope)
    }
    if (uncached.length === 0) return cipherById
    const before = destructions
    for (const row of await findDataKeys(pool, uncached)) {
      const cipher = createDataCipher(
        row,
        createAead(keyring.unwrap(row, dataKeyLabel(row)), options.randomBytes),
      )
      cipherById.set(idOf(row), cipher)
      // What was read before a destruction may be what it destroyed.
      if (before === destructions) cache.set(idOf(row), cipher)
    }
    return cipherById
  }

  const dataKeys: DataKeys = {
    async cipherFor(scope) {
      const [cipher] = await dataKeys.ciphersFor([scope])
      if (!cipher) throw new CodedError('moved', 'The data key of this generation was destroyed.')
      return cipher
    },
    async ciphersFor(scopes) {
      const scopeById = new Map(scopes.map(scope => [idOf(scope), scope]))
      const cipherById = await find(scopeById.values())
      const missing = [...scopeById].flatMap(([id, scope]) => (cipherById.has(id) ? [] : [scope]))
      if (missing.length > 0) {
        await insertDataKeys(pool, missing.map(newKey))
        // Read back: another server may have been first, and then its key counts.
        for (const [id, cipher] of await find(missing)) cipherById.set(id, cipher)
      }
      return scopes.map(scope => cipherById.get(idOf(scope)))
    },
    async existing(scope) {
      return (await find([scope])).get(idOf(scope))
    },
    async allExisting(scopes) {
      const cipherById = await find(scopes)
      return scopes.map(scope => cipherById.get(idOf(scope)))
    },
    async destroy(scopes) {
      await destroyDataKeys(pool, scopes)
      dataKeys.forget(scopes)
    },
    forget(scopes) {
      if (scopes?.length === 0) return
      destructions++
      if (!scopes) cache.clear()
      for (const scope of scopes ?? []) cache.delete(idOf(scope))
    },
  }
  return dataKeys
}

const idOf = ({ personId, document, generation }: KeyScope) => `${personId}/${document}/${generation}`

/** What a data key's wrapping is bound to. */
export const dataKeyLabel = ({ personId, document, generation }: KeyScope) => [
  'data-key',
  personId,
  document,
  String(generation),
]
