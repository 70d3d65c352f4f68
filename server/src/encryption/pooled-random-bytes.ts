// Random bytes in small portions: asking the system for each nonce took half of what encrypting a small value takes.
import { randomBytes } from 'node:crypto'

const POOL_BYTES = 4_096

let pool = Buffer.alloc(0)

/**
 * Bytes of `node:crypto`, never handed out twice. A view of memory that lives as long as the last of its portions does:
 * for nonces, not for keys.
 */
export function pooledRandomBytes(sizeBytes: number): Buffer {
  if (pool.length < sizeBytes) pool = randomBytes(Math.max(sizeBytes, POOL_BYTES))
  const portion = pool.subarray(0, sizeBytes)
  pool = pool.subarray(sizeBytes)
  return portion
}
