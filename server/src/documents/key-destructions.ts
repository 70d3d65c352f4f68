// Carries out what moves have ordered: data keys of old generations are destroyed, by whichever server, until done.

import { listOpenOrders, listOrders, markDone, purgeOrders } from '../db/data-key-destructions.ts'
import type { KeyScope } from '../db/data-keys.ts'
import { forgetDestroyedKeys } from '../db/data-keys.ts'
import type { Pool } from '../db/database.ts'
import type { DocumentRef } from '../db/documents.ts'
import type { DataKeys } from '../encryption/data-keys.ts'

/** Destroys data keys as ordered. */
export interface KeyDestructions {
  /** Destroys keys whose destruction is ordered and committed. */
  carryOut(scopes: readonly KeyScope[]): Promise<void>
  /** Carries out what is still open for one document, so that what is reported about it is true. */
  finish(ref: DocumentRef): Promise<void>
  /** Carries out what is open, whoever ordered it, and forgets the keys that other servers have destroyed. */
  look(): Promise<void>
}

/** Between purges of what is no longer needed. */
const PURGE_EVERY_MS = 5 * 60_000

/** Makes what destroys keys. `pool` is that of the data, `keysPool` that of the key store. */
export function createKeyDestructions(services: {
  pool: Pool
  keysPool: Pool
  dataKeys: DataKeys
}): KeyDestructions {
  const { pool, keysPool, dataKeys } = services
  let lookedAt: string | undefined
  let purgedAtMs = performance.now()

  const carryOut = async (scopes: readonly KeyScope[]): Promise<void> => {
    if (scopes.length === 0) return
    await dataKeys.destroy(scopes)
    await markDone(pool, scopes)
  }
  const purge = async (): Promise<void> => {
    if (performance.now() - purgedAtMs < PURGE_EVERY_MS) return
    purgedAtMs = performance.now()
    await purgeOrders(pool)
    await forgetDestroyedKeys(keysPool)
  }
  return {
    carryOut,
    async finish(ref) {
      await carryOut(await listOpenOrders(pool, ref))
    },
    async look() {
      const news = await listOrders(pool, lookedAt)
      // Who was away for so long may have missed any.
      dataKeys.forget(news.incomplete ? undefined : news.orders)
      await carryOut(news.orders.filter(({ done }) => !done))
      lookedAt = news.lookedAt
      await purge()
    },
  }
}
