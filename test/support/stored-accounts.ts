// What a test server has stored of accounts, as it would read it itself.
import type { KeysResponse } from '@workforce-democracy/shared'
import { createAccountKeys } from '../../server/src/accounts/account-keys.ts'
import { hashLoginName, parseLoginName } from '../../server/src/accounts/login-name.ts'
import { findAccountByName } from '../../server/src/db/accounts.ts'
import { createPool } from '../../server/src/db/database.ts'
import { accountScope } from '../../server/src/encryption/account-scope.ts'
import { createDataKeys } from '../../server/src/encryption/data-keys.ts'
import { createKeyring } from '../../server/src/encryption/keyring.ts'
import { loadServerKeys } from '../../server/src/encryption/server-keys.ts'
import type { TestServer } from './server.ts'

/** Accounts behind a server. */
export interface StoredAccounts extends AsyncDisposable {
  /** The keys of an account that has some. */
  keysOf(login: string): Promise<KeysResponse>
  /** The devices of an account's live sessions, in the order of their ids. */
  liveDevices(login: string): Promise<readonly string[]>
  /** Notes an account's sessions, so that they can be brought back as they were. */
  keepSessions(login: string): Promise<{ bringBack(): Promise<void> }>
}

/** Opens the accounts of a server. */
export async function openStoredAccounts({ databases, config }: TestServer): Promise<StoredAccounts> {
  const pool = createPool(databases.databaseUrl)
  const keysPool = createPool(databases.keysDatabaseUrl)
  const keyring = createKeyring(config.encryptionKeys)
  const { lookup } = await loadServerKeys({ pool: keysPool, keyring })
  const dataKeys = createDataKeys({ pool: keysPool, keyring })
  const accountKeys = createAccountKeys({ lookup })
  const personIdOf = async (login: string): Promise<string> => {
    const name = parseLoginName(login)
    const account = await findAccountByName(pool, name.kind, hashLoginName(lookup, name))
    if (!account) throw new Error('There is no such account.')
    return account.id
  }
  return {
    async keysOf(login) {
      const personId = await personIdOf(login)
      const cipher = await dataKeys.cipherFor(accountScope(personId))
      const keys = await accountKeys.find(pool, { personId, cipher })
      if (!keys) throw new Error('This account has no keys.')
      return keys
    },
    async liveDevices(login) {
      const { rows } = await pool.query<{ id: string }>(
        'select device_id as id from sessions where person_id = $1 and revoked_at is null order by device_id',
        [await personIdOf(login)],
      )
      return rows.map(({ id }) => id)
    },
    async keepSessions(login) {
      const { rows } = await pool.query<{ kept: object[] }>(
        'select json_agg(s) as kept from sessions s where person_id = $1',
        [await personIdOf(login)],
      )
      return {
        async bringBack() {
          await pool.query(
            `insert into sessions select * from json_populate_recordset(null::sessions, $1)
             on conflict do nothing`,
            [JSON.stringify(rows[0]?.kept)],
          )
        },
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([pool.end(), keysPool.end()])
    },
  }
}
