// The command `admin`: says who has the role, gives it and takes it away, and suspends accounts.
import { createAdmins } from './accounts/admins.ts'
import type { Settings } from './config.ts'
import { createPool } from './db/database.ts'
import { migrateAll } from './db/migrate.ts'
import { createDataKeys } from './encryption/data-keys.ts'
import { createKeyring } from './encryption/keyring.ts'
import { loadServerKeys } from './encryption/server-keys.ts'
import { openDatabases } from './open-databases.ts'
import { developmentSecrets } from './secrets.ts'

/** What is asked for. */
export type AdminCommand =
  | { readonly verb: keyof typeof OUTCOMES; readonly login: string }
  | { readonly verb: 'list' }

/**
 * Runs the command.
 *
 * @returns the exit code
 * @throws CodedError `not-found` when no account has the name, `invalid-config` when a key is missing
 */
export async function runAdmin(
  settings: Settings,
  command: AdminCommand,
  say: (line: string) => void,
): Promise<number> {
  await using databases = await openDatabases(settings, { shared: true, log: say })
  await migrateAll({ databaseUrl: databases.databaseDirectUrl, keysDatabaseUrl: databases.keysDatabaseUrl })
  const keyring = createKeyring(
    settings.encryptionKeys ?? (await developmentSecrets(settings.dataDir)).encryptionKeys,
  )
  const pool = createPool(databases.databaseUrl, { max: 1 })
  const keysPool = createPool(databases.keysDatabaseUrl, { max: 1 })
  try {
    const { lookup } = await loadServerKeys({ pool: keysPool, keyring })
    const dataKeys = createDataKeys({ pool: keysPool, keyring })
    const admins = createAdmins({ pool, lookup, dataKeys, nowMs: Date.now })
    if (command.verb === 'list') {
      for (const { id, name, grantedOn } of await admins.list()) say(`${id}  since ${grantedOn}  ${name}`)
    } else {
      const changed = await admins[command.verb](command.login)
      say(OUTCOMES[command.verb][changed ? 'changed' : 'same'])
    }
    return 0
  } finally {
    await Promise.all([pool.end(), keysPool.end()])
  }
}

const OUTCOMES = {
  grant: { changed: 'This account is an admin now.', same: 'This account was an admin already.' },
  revoke: { changed: 'This account is no admin any more.', same: 'This account was no admin.' },
  suspend: { changed: 'This account is suspended.', same: 'This account was suspended already.' },
  restore: { changed: 'This account is active again.', same: 'This account was active.' },
}

/** Whether the command does this to an account. */
export const isAccountVerb = (verb: string | undefined): verb is keyof typeof OUTCOMES =>
  verb !== undefined && Object.hasOwn(OUTCOMES, verb)
