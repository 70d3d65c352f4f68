// The vault of a person: its id, and the account key of each epoch. Made before there is any account.
import { toBase64Url } from './bytes.ts'
import { KEY_BYTES, type Sodium } from './sodium.ts'

/** The account key of one epoch. */
export interface AccountKey {
  readonly epoch: number
  /** 32 random bytes. */
  readonly key: Uint8Array
}

/** What everything of a person is sealed in. */
export interface Vault {
  /** 16 random bytes, base64url. */
  readonly id: string
  /** One at least, by rising epoch: the last is the current one. */
  readonly accountKeys: readonly AccountKey[]
}

export const VAULT_ID_BYTES = 16
export const FIRST_EPOCH = 0

/** A vault that nothing lies in yet. */
export function createVault(sodium: Sodium, epoch = FIRST_EPOCH): Vault {
  return {
    id: toBase64Url(sodium.randomBytes(VAULT_ID_BYTES)),
    accountKeys: [{ epoch, key: sodium.randomBytes(KEY_BYTES) }],
  }
}

/** The account key of the newest epoch. */
export function currentAccountKey({ accountKeys }: Vault): AccountKey {
  const current = accountKeys.at(-1)
  if (!current) throw new RangeError('A vault has an account key.')
  return current
}

/** The vault in its next epoch: a random key of its own, which says nothing of the ones before and is not said by them. */
export function withNextEpoch(sodium: Sodium, vault: Vault): Vault {
  const epoch = currentAccountKey(vault).epoch + 1
  return withAccountKey(vault, { epoch, key: sodium.randomBytes(KEY_BYTES) })
}

/** The vault with the account key of a newer epoch; as it is when it has one as new. */
export function withAccountKey(vault: Vault, accountKey: AccountKey): Vault {
  if (accountKey.epoch <= currentAccountKey(vault).epoch) return vault
  return { ...vault, accountKeys: [...vault.accountKeys, accountKey] }
}
