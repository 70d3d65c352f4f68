// The server's own keys: random, made once, wrapped in the key store.
import { randomBytes as nodeRandomBytes } from 'node:crypto'
import { CodedError } from '@workforce-democracy/shared'
import type { Pool } from '../db/database.ts'
import { insertServerKey, listServerKeys } from '../db/server-keys.ts'
import { KEY_BYTES, type RandomBytes } from './aead.ts'
import type { Keyring } from './keyring.ts'
import { createLookup, type Lookup } from './lookup.ts'

const NAMES = ['lookup', 'prelogin', 'password'] as const
type ServerKeyName = (typeof NAMES)[number]

/** What the server's keys are for. Keys are 32 bytes. */
export interface ServerKeys {
  /** Keyed hashes that rows are found by. */
  readonly lookup: Lookup
  /** Makes the seeds of names that have no account. */
  readonly preloginKey: Buffer
  /** Goes into every password hash, so that a copy of the data alone allows no guessing. */
  readonly passwordKey: Buffer
}

/**
 * Loads the server's keys, making those that do not exist yet. Servers that start together end with the same.
 *
 * @throws CodedError `invalid-config` when the keyring lacks the key that wrapped one, `at-rest-damaged`
 */
export async function loadServerKeys(options: {
  pool: Pool
  keyring: Keyring
  randomBytes?: RandomBytes
}): Promise<ServerKeys> {
  const { pool, keyring, randomBytes = nodeRandomBytes } = options
  const existing = new Set((await listServerKeys(pool)).map(row => row.name))
  for (const name of NAMES.filter(name => !existing.has(name))) {
    await insertServerKey(pool, { name, ...keyring.wrap(randomBytes(KEY_BYTES), serverKeyLabel(name)) })
  }
  const rowByName = new Map((await listServerKeys(pool)).map(row => [row.name, row]))
  const load = (name: ServerKeyName): Buffer => {
    const row = rowByName.get(name)
    if (!row) throw new CodedError('at-rest-damaged', `The server key ${name} is missing.`)
    return keyring.unwrap(row, serverKeyLabel(name))
  }
  return {
    lookup: createLookup(load('lookup')),
    preloginKey: load('prelogin'),
    passwordKey: load('password'),
  }
}

/** What a server key's wrapping is bound to. */
export const serverKeyLabel = (name: string) => ['server-key', name]
