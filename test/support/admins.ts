// Admins of a test server.
import type { SessionResponse } from '@workforce-democracy/shared'
import { type Admins, createAdmins } from '../../server/src/accounts/admins.ts'
import { createPool } from '../../server/src/db/database.ts'
import { createDataKeys } from '../../server/src/encryption/data-keys.ts'
import { createKeyring } from '../../server/src/encryption/keyring.ts'
import { loadServerKeys } from '../../server/src/encryption/server-keys.ts'
import type { TestServer } from './server.ts'

/** What the command line does with the role, on the databases of a server. */
export async function withAdmins<T>(
  { databases, config }: Pick<TestServer, 'databases' | 'config'>,
  work: (admins: Admins) => Promise<T>,
): Promise<T> {
  const pool = createPool(databases.databaseUrl, { max: 1 })
  const keysPool = createPool(databases.keysDatabaseUrl, { max: 1 })
  try {
    const keyring = createKeyring(config.encryptionKeys)
    const { lookup } = await loadServerKeys({ pool: keysPool, keyring })
    const dataKeys = createDataKeys({ pool: keysPool, keyring })
    return await work(createAdmins({ pool, lookup, dataKeys, nowMs: Date.now }))
  } finally {
    await Promise.all([pool.end(), keysPool.end()])
  }
}

/** A new account that is an admin. */
export async function registerAdmin(server: TestServer): Promise<SessionResponse> {
  const session = await server.register()
  await withAdmins(server, admins => admins.grant(session.user.username ?? ''))
  return session
}
