// Stands in for Argon2id where a test derives many passwords: the real one takes a third of a second each time, and is
// held to its vectors in key-vectors.test.ts.
import { createHash } from 'node:crypto'
import type { Argon2Options } from '../../client-sdk/src/keys/argon2id.ts'

/** Bytes that depend on passphrase, salt and cost. */
export async function quickArgon2id(options: Argon2Options): Promise<Uint8Array> {
  const { passphrase, salt, lengthBytes, ...cost } = options
  const hash = createHash('shake256', { outputLength: lengthBytes }).update(salt).update(JSON.stringify(cost))
  return new Uint8Array(hash.update(passphrase.normalize('NFKC')).digest())
}
