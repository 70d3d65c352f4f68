// What a commit adds to the chain of its document's log (SPEC T1).
import { createHash } from 'node:crypto'

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest()

/** The link of updates that are committed together, 32 bytes: the hash of their hashes. */
export function chainLink(updates: readonly Uint8Array[]): Buffer {
  return sha256(Buffer.concat(updates.map(sha256)))
}
