// The command `rotate-keys`: says what it does, and when a key can be taken out of the configuration.
import type { Settings } from './config.ts'
import { createPool } from './db/database.ts'
import { migrateAll } from './db/migrate.ts'
import { rotateKeys } from './encryption/key-rotation.ts'
import { createKeyring } from './encryption/keyring.ts'
import { openDatabases } from './open-databases.ts'
import { developmentSecrets } from './secrets.ts'

/** Between two lines of progress. */
const LINE_EVERY_MS = 1_000

/**
 * Wraps all keys in the key store anew under the first of `ENCRYPTION_KEYS`.
 *
 * @returns the exit code: 1 when something stays under an old key
 * @throws CodedError `invalid-config` when a key is missing
 */
export async function runRotation(settings: Settings, say: (line: string) => void): Promise<number> {
  await using databases = await openDatabases(settings, { shared: true, log: say })
  await migrateAll({ databaseUrl: databases.databaseDirectUrl, keysDatabaseUrl: databases.keysDatabaseUrl })
  const keys = settings.encryptionKeys ?? (await developmentSecrets(settings.dataDir)).encryptionKeys
  const keyring = createKeyring(keys)
  const pool = createPool(databases.keysDatabaseUrl, { max: 2 })
  let saidAtMs = Number.NEGATIVE_INFINITY
  const onProgress = (done: number, total: number) => {
    if (performance.now() - saidAtMs < LINE_EVERY_MS && done < total) return
    saidAtMs = performance.now()
    say(`${done} of ${total} data keys wrapped anew`)
  }
  try {
    const { rotated, damaged, counts } = await rotateKeys({ pool, keyring, onProgress })
    say(`Wrapped ${rotated} keys anew under ${keyring.currentId}.`)
    if (damaged > 0)
      say(`${damaged} cannot be opened: they are damaged, and stay as they are, under their old key.`)
    const leftById = new Map(counts.map(({ keyringId, ...of }) => [keyringId, of.dataKeys + of.serverKeys]))
    const old = keys.map(({ id }) => id).filter(id => id !== keyring.currentId)
    for (const id of old) {
      const left = leftById.get(id) ?? 0
      say(`${left} left under ${id}${left === 0 ? ': it can be taken out of ENCRYPTION_KEYS' : ''}`)
    }
    return old.some(id => leftById.has(id)) ? 1 : 0
  } finally {
    await pool.end()
  }
}
