// Rows of accounts' keys: a signed record and sealed bundles, encrypted once more.
import type { Db } from './database.ts'

/** An account's keys as stored. */
export interface AccountKeysRow {
  readonly record: Buffer
  readonly recordNumber: number
  readonly bundle: Buffer | null
  readonly recoveryBundle: Buffer
  readonly recoverySecretHash: Buffer
  readonly rotationNeeded: boolean
}

const COLUMNS = `record, record_number as "recordNumber", bundle, recovery_bundle as "recoveryBundle",
  recovery_secret_hash as "recoverySecretHash", rotation_needed as "rotationNeeded"`

/** The keys of a person's account, `undefined` for a plain one. */
export async function findAccountKeys(db: Db, personId: string): Promise<AccountKeysRow | undefined> {
  const { rows } = await db.query<AccountKeysRow>(
    `select ${COLUMNS} from account_keys where person_id = $1`,
    [personId],
  )
  return rows[0]
}

/** The same, locked until the transaction ends. */
export async function lockAccountKeys(db: Db, personId: string): Promise<AccountKeysRow | undefined> {
  const { rows } = await db.query<AccountKeysRow>(
    `select ${COLUMNS} from account_keys where person_id = $1 for update`,
    [personId],
  )
  return rows[0]
}

/** Adds the first keys of an account; returns whether it had none. */
export async function insertAccountKeys(db: Db, personId: string, keys: AccountKeysRow): Promise<boolean> {
  const { rowCount } = await db.query(
    `insert into account_keys
       (person_id, record, record_number, bundle, recovery_bundle, recovery_secret_hash, rotation_needed)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (person_id) do nothing`,
    valuesOf(personId, keys),
  )
  return rowCount === 1
}

/** Replaces keys whose row the caller has locked. */
export async function updateAccountKeys(db: Db, personId: string, keys: AccountKeysRow): Promise<void> {
  await db.query(
    `update account_keys
     set record = $2, record_number = $3, bundle = $4, recovery_bundle = $5, recovery_secret_hash = $6,
       rotation_needed = $7
     where person_id = $1`,
    valuesOf(personId, keys),
  )
}

function valuesOf(personId: string, keys: AccountKeysRow): unknown[] {
  return [
    personId,
    keys.record,
    keys.recordNumber,
    keys.bundle,
    keys.recoveryBundle,
    keys.recoverySecretHash,
    keys.rotationNeeded,
  ]
}

/** Takes note that a device of the record was signed out without a new epoch. */
export async function flagRotationNeeded(db: Db, personId: string): Promise<void> {
  await db.query(`update account_keys set rotation_needed = true where person_id = $1`, [personId])
}

/** Takes the bundle away, which a password that nobody knows any more has sealed. */
export async function dropBundle(db: Db, personId: string): Promise<void> {
  await db.query(`update account_keys set bundle = null where person_id = $1`, [personId])
}
