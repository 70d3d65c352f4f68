// The keys that a server cannot do without: their form, and those made for development when none are given.
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { CodedError } from '@workforce-democracy/shared'
import type { JWK } from 'jose'
import { keepFirst } from './postgres/files.ts'

/** The keys, in the order given. */
export interface Secrets {
  /** Keyring that wraps data keys, 32 bytes each; the first is current. */
  readonly encryptionKeys: readonly { readonly id: string; readonly key: Buffer }[]
  /** Private Ed25519 keys that sign access tokens; the first signs, all verify. */
  readonly jwtKeys: readonly JWK[]
}

const KEY_BYTES = 32
const FILE = 'development-secrets.json'

/** What the ids of development keys begin with, so that production can refuse them. */
export const DEVELOPMENT_PREFIX = 'development-'

/** Reads `id:base64,id:base64`; `undefined` unless each id is given once, with 32 bytes. */
export function parseKeyring(text: string): Secrets['encryptionKeys'] | undefined {
  const keys = text.split(',').map(entry => {
    const [, id = '', base64 = ''] = /^\s*([\w-]{1,64}):([\w+/=-]+)\s*$/.exec(entry) ?? []
    return { id, key: Buffer.from(base64, 'base64') }
  })
  const ids = new Set(keys.map(({ id }) => id))
  const sound = ids.size === keys.length && keys.every(({ id, key }) => id !== '' && key.length === KEY_BYTES)
  return sound ? keys : undefined
}

/** Reads a JSON array of private Ed25519 JWKs; `undefined` unless each is whole and has a `kid` of its own. */
export function parseSigningKeys(text: string): Secrets['jwtKeys'] | undefined {
  try {
    const keys: unknown = JSON.parse(text)
    if (!Array.isArray(keys) || keys.length === 0 || !keys.every(isSigningKey)) return undefined
    return new Set(keys.map(({ kid }) => kid)).size === keys.length ? keys : undefined
  } catch {
    return undefined
  }
}

function isSigningKey(value: unknown): value is JWK {
  const jwk = value as JWK
  if (jwk.crv !== 'Ed25519' || typeof jwk.kid !== 'string' || jwk.kid === '') return false
  // Throws for a `d` that is none. Whoever signs with a `d` and publishes the `x` of another locks everyone out.
  const publicKey = createPublicKey(createPrivateKey({ key: { ...jwk }, format: 'jwk' }))
  return publicKey.export({ format: 'jwk' }).x === jwk.x
}

/**
 * The development secrets of a data directory: made on the first call, and only readable by us.
 *
 * @throws CodedError `invalid-config` when their file is damaged; it is kept, since what it encrypted would be lost
 */
export async function developmentSecrets(dataDir: string): Promise<Secrets> {
  const path = join(dataDir, FILE)
  const text = await keepFirst(path, makeSecrets)
  try {
    const kept: Record<string, unknown> = JSON.parse(text)
    const encryptionKeys = parseKeyring(String(kept.ENCRYPTION_KEYS))
    const jwtKeys = parseSigningKeys(JSON.stringify(kept.JWT_PRIVATE_KEYS))
    if (encryptionKeys && jwtKeys) return { encryptionKeys, jwtKeys }
  } catch {
    // Not even JSON: the same message.
  }
  throw new CodedError('invalid-config', `${path} is damaged: bring back a copy of it.`)
}

/** Under the names, and in the forms, of the environment variables. */
function makeSecrets(): string {
  const { privateKey } = generateKeyPairSync('ed25519')
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid: DEVELOPMENT_PREFIX + randomUUID() }
  const keyring = `${DEVELOPMENT_PREFIX}1:${randomBytes(KEY_BYTES).toString('base64')}`
  return `${JSON.stringify({ ENCRYPTION_KEYS: keyring, JWT_PRIVATE_KEYS: [jwk] }, undefined, 2)}\n`
}
