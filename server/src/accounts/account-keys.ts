// The keys of accounts: records and bundles that devices have sealed, replaced by compare-and-swap (SPEC A19).
import { timingSafeEqual } from 'node:crypto'
import {
  type AccountRecord,
  CodedError,
  type KeysResponse,
  recordSchema,
  type SignInKeys,
} from '@workforce-democracy/shared'
import {
  type AccountKeysRow,
  findAccountKeys,
  insertAccountKeys,
  lockAccountKeys,
  updateAccountKeys,
} from '../db/account-keys.ts'
import type { Db } from '../db/database.ts'
import type { DataCipher } from '../encryption/data-keys.ts'
import type { Lookup } from '../encryption/lookup.ts'
import { mayFollow, verifyRecord } from './record-check.ts'

/** What replaces an account's keys; what is left out stays. */
export interface NewKeys {
  /** Number of the record that the new one follows; 0 where there is none. */
  readonly expectedNumber: number
  readonly record: KeysResponse['record']
  readonly bundle?: string | undefined
  readonly recoveryBundle?: string | undefined
  readonly recoverySecret?: string | undefined
}

/** Whose keys, and what seals them at rest. */
export interface KeysOwner {
  readonly personId: string
  readonly cipher: DataCipher
}

/** Reads and replaces the keys of accounts. */
export interface AccountKeys {
  /** `undefined` for a plain account. */
  find(db: Db, owner: KeysOwner): Promise<KeysResponse | undefined>
  /** The record of an account, whose row stays locked until the transaction ends. */
  lockRecord(db: Db, owner: KeysOwner): Promise<AccountRecord | undefined>
  /**
   * Puts other keys in the place of those that the device knows.
   *
   * @throws CodedError `record-conflict` when they are others by now, `record-refused`, `invalid-input` for first keys or
   * another identity without bundles
   */
  replace(db: Db, owner: KeysOwner, keys: NewKeys): Promise<AccountRecord>
  /** Whether a secret is that of the account's recovery code; without keys no, after as long. */
  isRecoverySecret(row: AccountKeysRow | undefined, personId: string, secret: string): boolean
}

/** Makes what reads and replaces keys. */
export function createAccountKeys({ lookup }: { readonly lookup: Lookup }): AccountKeys {
  const hashOf = (personId: string, secret: string) => lookup.hash('recovery-secret', personId, secret)

  const sealed = (
    { personId, cipher }: KeysOwner,
    keys: NewKeys,
    number: number,
    before: AccountKeysRow | undefined,
  ): Omit<AccountKeysRow, 'rotationNeeded'> => {
    const seal = (column: Column, text: string | undefined) =>
      text === undefined ? undefined : cipher.seal(Buffer.from(text), place(personId, column))
    const { recoverySecret } = keys
    const recoveryBundle = seal('recovery_bundle', keys.recoveryBundle) ?? before?.recoveryBundle
    const recoverySecretHash =
      recoverySecret === undefined ? before?.recoverySecretHash : hashOf(personId, recoverySecret)
    if (!recoveryBundle || !recoverySecretHash) throw incomplete()
    return {
      record: cipher.seal(Buffer.from(JSON.stringify(keys.record)), place(personId, 'record')),
      recordNumber: number,
      bundle: seal('bundle', keys.bundle) ?? before?.bundle ?? null,
      recoveryBundle,
      recoverySecretHash,
    }
  }

  return {
    async find(db, owner) {
      const row = await findAccountKeys(db, owner.personId)
      return row && openKeys(owner, row)
    },
    async lockRecord(db, owner) {
      const row = await lockAccountKeys(db, owner.personId)
      return row && verifyRecord(openRecord(owner, row))
    },
    async replace(db, owner, keys) {
      const next = verifyRecord(keys.record)
      const before = await lockAccountKeys(db, owner.personId)
      if ((before?.recordNumber ?? 0) !== keys.expectedNumber) throw new CodedError('record-conflict')
      const previous = before && verifyRecord(openRecord(owner, before))
      if (!next || !mayFollow(previous, next, before?.bundle === null)) throw new CodedError('record-refused')
      const isFresh = next.identity !== previous?.identity
      if (isFresh && !(keys.bundle && keys.recoveryBundle && keys.recoverySecret)) throw incomplete()
      const isRotated = isFresh || next.epoch > (previous?.epoch ?? 0)
      const row = {
        ...sealed(owner, keys, next.number, before),
        rotationNeeded: before?.rotationNeeded === true && !isRotated,
      }
      if (before) await updateAccountKeys(db, owner.personId, row)
      else if (!(await insertAccountKeys(db, owner.personId, row))) throw new CodedError('record-conflict')
      return next
    },
    isRecoverySecret(row, personId, secret) {
      const given = hashOf(personId, secret)
      const isSame = timingSafeEqual(given, row?.recoverySecretHash ?? Buffer.alloc(given.length))
      return isSame && row !== undefined
    },
  }
}

/** What a sign-in answers of an account's keys: with the password, no recovery bundle is needed. */
export function toSignInKeys({ record, bundle, rotationNeeded }: KeysResponse): SignInKeys {
  return { record, bundle, rotationNeeded }
}

type Column = 'record' | 'bundle' | 'recovery_bundle'
const place = (personId: string, column: Column) => ({ table: 'account_keys', column, row: personId })

const incomplete = () =>
  new CodedError('invalid-input', 'These keys come with bundle, recoveryBundle and recoverySecret.')

function openRecord({ personId, cipher }: KeysOwner, { record }: AccountKeysRow): KeysResponse['record'] {
  return recordSchema.parse(JSON.parse(cipher.open(record, place(personId, 'record')).toString()))
}

/** A stored row as its person's devices read it. */
export function openKeys(owner: KeysOwner, row: AccountKeysRow): KeysResponse {
  const open = (column: Column, sealed: Buffer) =>
    owner.cipher.open(sealed, place(owner.personId, column)).toString()
  return {
    record: openRecord(owner, row),
    bundle: row.bundle && open('bundle', row.bundle),
    recoveryBundle: open('recovery_bundle', row.recoveryBundle),
    rotationNeeded: row.rotationNeeded,
  }
}
