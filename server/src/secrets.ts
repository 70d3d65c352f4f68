// Development secrets: made once and kept in the data directory, for a server that was given none.
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { JWK } from 'jose'
import { keepFirst } from './postgres/files.ts'

/** Keys that a server cannot do without. */
export interface Secrets {
  /** Keyring that wraps data keys, 32 bytes each; the first is current. */
  readonly encryptionKeys: readonly { readonly id: string; readonly key: Buffer }[]
  /** Private Ed25519 keys that sign access tokens; the first signs, all verify. */
  readonly jwtKeys: readonly JWK[]
}

const FILE = 'development-secrets.json'

/** The development secrets of a data directory. */
export async function developmentSecrets(dataDir: string): Promise<Secrets> {
  const kept = JSON.parse(await keepFirst(join(dataDir, FILE), makeSecrets))
  const encryptionKeys = kept.encryptionKeys.map(({ id, key }: { id: string; key: string }) => ({
    id,
    key: Buffer.from(key, 'base64'),
  }))
  return { encryptionKeys, jwtKeys: kept.jwtKeys }
}

function makeSecrets(): string {
  const { privateKey } = generateKeyPairSync('ed25519')
  return JSON.stringify({
    encryptionKeys: [{ id: 'development', key: randomBytes(32).toString('base64') }],
    jwtKeys: [{ ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), alg: 'EdDSA' }],
  })
}
