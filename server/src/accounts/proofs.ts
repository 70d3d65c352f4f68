// Proofs of who somebody is: passwords and the secrets of recovery codes, as often as one may try.
import { randomUUID } from 'node:crypto'
import { CodedError } from '@workforce-democracy/shared'
import { type AccountKeysRow, findAccountKeys } from '../db/account-keys.ts'
import type { AccountRow } from '../db/accounts.ts'
import { type AccountServices, accountOf, findByName } from './account-services.ts'
import type { AttemptBy, Caller } from './attempts.ts'
import { type LoginName, parseLoginName } from './login-name.ts'

/** Everything here throws CodedError `wrong-credentials`, alike for what is wrong and what is not there, and `too-many`. */
export interface Proofs {
  /** The account of a name with its password. @throws CodedError `overloaded` */
  passwordOf(login: string, password: string, caller?: Caller): Promise<AccountRow>
  /** The account of a person with its password. @throws CodedError `account-deleted`, `overloaded` */
  password(personId: string, password: string, caller?: Caller): Promise<AccountRow>
  /** Account and keys of a name with the secret of its recovery code. */
  codeOf(login: string, secret: string, caller?: Caller): Promise<{ row: AccountRow; keys: AccountKeysRow }>
  /** That somebody has the secret of a person's recovery code. */
  code(personId: string, secret: string, caller?: Caller): Promise<void>
}

/** Makes what proves. */
export function createProofs(
  services: Pick<AccountServices, 'pool' | 'lookup' | 'passwords' | 'accountKeys' | 'attempts'>,
): Proofs {
  const { pool, passwords, accountKeys, attempts } = services

  const proven = async <T>(by: AttemptBy, prove: () => Promise<T | undefined>): Promise<T> => {
    await attempts.count('secret', by)
    const proof = await prove()
    if (proof === undefined) throw new CodedError('wrong-credentials')
    await attempts.succeeded('secret', by)
    return proof
  }
  /** A name without account counts like one with. */
  const countedAs = (row: AccountRow | undefined, { normalized }: LoginName) => row?.id ?? normalized

  const matching = async (row: AccountRow | undefined, password: string): Promise<AccountRow | undefined> =>
    (await passwords.verify(row?.passwordHash, password)) ? row : undefined

  return {
    async passwordOf(login, password, caller) {
      const name = parseLoginName(login)
      const row = await findByName(services, name)
      return proven({ account: countedAs(row, name), caller }, () => matching(row, password))
    },
    async password(personId, password, caller) {
      const row = await accountOf(pool, personId)
      return proven({ account: personId, caller }, () => matching(row, password))
    },
    async codeOf(login, secret, caller) {
      const name = parseLoginName(login)
      const row = await findByName(services, name)
      return proven({ account: countedAs(row, name), caller }, async () => {
        // Looked for without an account too: the answer takes as long.
        const keys = await findAccountKeys(pool, row?.id ?? randomUUID())
        const isRight = accountKeys.isRecoverySecret(keys, row?.id ?? '', secret)
        return row && keys && isRight ? { row, keys } : undefined
      })
    },
    async code(personId, secret, caller) {
      await proven({ account: personId, caller }, async () => {
        const keys = await findAccountKeys(pool, personId)
        return accountKeys.isRecoverySecret(keys, personId, secret) ? keys : undefined
      })
    },
  }
}
