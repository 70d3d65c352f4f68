// Rows of accounts. Names are keyed hashes here, addresses are encrypted.
import type { Db } from './database.ts'

/** What a login name is. */
export type LoginNameKind = 'email' | 'username'

/** An account as stored. */
export interface AccountRow {
  readonly id: string
  /** Encrypted. */
  readonly account: Buffer
  readonly passwordHash: string
  /** 16 bytes. */
  readonly preloginSeed: Buffer
  readonly status: 'active' | 'suspended'
  readonly emailVerified: boolean
  readonly createdAt: Date
  /** ISO 8601 date. */
  readonly lastLogin: string
}

/** A new account. */
export type NewAccount = Omit<AccountRow, 'status'> & NameHashes

/** The two names of an account, as hashes. */
export interface NameHashes {
  readonly emailHash: Buffer | undefined
  readonly usernameHash: Buffer | undefined
}

const COLUMNS = `id, account, password_hash as "passwordHash", prelogin_seed as "preloginSeed",
  account_status as status, email_verified as "emailVerified", created_at as "createdAt",
  last_login::text as "lastLogin"`

const HASH_COLUMN = { email: 'email_hash', username: 'username_hash' } as const satisfies Record<
  LoginNameKind,
  string
>

/** The account of a person. */
export async function findAccount(db: Db, id: string): Promise<AccountRow | undefined> {
  const { rows } = await db.query<AccountRow>(`select ${COLUMNS} from users where id = $1`, [id])
  return rows[0]
}

/** The account with this name. */
export async function findAccountByName(
  db: Db,
  kind: LoginNameKind,
  hash: Buffer,
): Promise<AccountRow | undefined> {
  const { rows } = await db.query<AccountRow>(
    `select ${COLUMNS} from users where ${HASH_COLUMN[kind]} = $1`,
    [hash],
  )
  return rows[0]
}

/** Adds an account, unless one of its names is taken; returns whether it did. */
export async function insertAccount(db: Db, account: NewAccount): Promise<boolean> {
  const { rowCount } = await db.query(
    `insert into users
       (id, email_hash, username_hash, account, password_hash, prelogin_seed, email_verified, created_at, last_login)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     on conflict do nothing`,
    [
      account.id,
      account.emailHash,
      account.usernameHash,
      account.account,
      account.passwordHash,
      account.preloginSeed,
      account.emailVerified,
      account.createdAt,
      account.lastLogin,
    ],
  )
  return rowCount === 1
}

/** Notes the day of a login. */
export async function updateLastLogin(db: Db, id: string, lastLogin: string): Promise<void> {
  await db.query(`update users set last_login = $2 where id = $1 and last_login < $2`, [id, lastLogin])
}

/** The account of a person, locked until the transaction ends. */
export async function lockAccount(db: Db, id: string): Promise<AccountRow | undefined> {
  const { rows } = await db.query<AccountRow>(`select ${COLUMNS} from users where id = $1 for update`, [id])
  return rows[0]
}

/** Sets another password, and the seed that the device derived it with. */
export async function updatePassword(
  db: Db,
  id: string,
  { passwordHash, preloginSeed }: Pick<AccountRow, 'passwordHash' | 'preloginSeed'>,
): Promise<void> {
  await db.query(`update users set password_hash = $2, prelogin_seed = $3 where id = $1`, [
    id,
    passwordHash,
    preloginSeed,
  ])
}

/** Suspends an account, or takes that back; returns whether it was otherwise. */
export async function updateAccountStatus(
  db: Db,
  id: string,
  status: AccountRow['status'],
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update users set account_status = $2 where id = $1 and account_status <> $2`,
    [id, status],
  )
  return rowCount === 1
}

/** Notes that an account's address is its person's. */
export async function markEmailVerified(db: Db, id: string): Promise<void> {
  await db.query(`update users set email_verified = true where id = $1`, [id])
}

/** Gives an account another address, which is its person's; returns whether the address was free. */
export async function updateEmail(
  db: Db,
  id: string,
  { emailHash, account }: { emailHash: Buffer; account: Buffer },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update users set email_hash = $2, account = $3, email_verified = true
     where id = $1 and not exists (select from users where email_hash = $2 and id <> $1)`,
    [id, emailHash, account],
  )
  return rowCount === 1
}
