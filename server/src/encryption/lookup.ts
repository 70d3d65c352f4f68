// Keyed hashes: how a row is found by what it must not hold in clear.
import { createHmac, createSecretKey } from 'node:crypto'
import { encodeParts } from './encode-parts.ts'

/** Makes the same 32 bytes of the same purpose and parts, and nobody without the key can tell from what. */
export interface Lookup {
  /** HMAC-SHA256; `purpose` keeps the hashes of different columns apart. */
  hash(purpose: string, ...parts: readonly string[]): Buffer
}

/** Keyed hashes under `key` (32 bytes). */
export function createLookup(key: Uint8Array): Lookup {
  const secret = createSecretKey(key)
  return {
    hash: (purpose, ...parts) =>
      createHmac('sha256', secret)
        .update(encodeParts([purpose, ...parts]))
        .digest(),
  }
}
