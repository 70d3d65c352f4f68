// What this device keeps of an account's keys, encrypted in its store: its own key, the vault, the record it believes.
import { CodedError, recordSchema } from '@workforce-democracy/shared'
import { encodeUtf8 } from 'lib0/string'
import * as z from 'zod/mini'
import { type VerifiedRecord, verifyRecord } from '../keys/account-record.ts'
import { fromBase64Url, toBase64Url } from '../keys/bytes.ts'
import { createDeviceKey, type DeviceKey, loginNamesKey } from '../keys/device-key.ts'
import type { Sodium } from '../keys/sodium.ts'
import { createVault, type Vault } from '../keys/vault.ts'
import type { Replica } from '../replica.ts'

/** What lasts, once found, until the person does something about it. */
export type LastingProblem = 'account-replaced' | 'account-deleted'

/** What is kept. */
export interface Kept {
  readonly device: DeviceKey
  readonly vault: Vault
  /** The newest record of the account that this device has verified: it pins identity, vault and number. */
  readonly record: VerifiedRecord | undefined
  /** Hashes of names that keys were used with on this device: for these no typed password is ever sent. */
  readonly keyedLogins: readonly string[]
  readonly problem: LastingProblem | undefined
  /** The account came from elsewhere, and its data has not all arrived yet. */
  readonly restoring: boolean
}

/** The keys of this device. */
export interface Keyring extends Kept {
  /** Changes some of it, in one commit. */
  save(changes: Partial<Omit<Kept, 'device'>>): Promise<void>
  /** Begins anew, as a device and vault that no account knows. */
  forget(problem: LastingProblem): Promise<void>
  /** Whether keys were used with this name on this device before. */
  knowsLogin(login: string): boolean
  /** `keyedLogins` with these names. */
  withLogins(logins: readonly (string | null | undefined)[]): readonly string[]
}

const KEPT = 'account-keys'
const HASH_BYTES = 16

const keptSchema = z.object({
  device: z.object({ id: z.uuid(), secret: z.string() }),
  vault: z.object({
    id: z.string(),
    accountKeys: z.array(z.object({ epoch: z.int(), key: z.string() })).check(z.minLength(1)),
  }),
  record: z.nullable(recordSchema),
  keyedLogins: z.array(z.string()),
  problem: z.nullable(z.enum(['account-replaced', 'account-deleted'])),
  restoring: z.boolean(),
})

/**
 * Opens the keys of a store. A new store gets a device key and a vault: before there is any account.
 *
 * @throws CodedError `store-damaged`, `store-failed`
 */
export async function openKeyring({
  replica,
  sodium,
}: {
  readonly replica: Replica
  readonly sodium: Sodium
}): Promise<Keyring> {
  const stored = replica.meta.get(KEPT)
  let kept = stored === undefined ? fresh(sodium, replica.now()) : decode(sodium, stored)
  // What is being saved: a change that comes meanwhile builds on it.
  let latest = kept
  const put = async (next: Kept) => {
    latest = next
    try {
      await replica.meta.set(KEPT, encode(next))
      kept = next
    } catch (error) {
      latest = kept
      throw error
    }
  }
  if (stored === undefined) await put(kept)
  const hashOf = (login: string) =>
    toBase64Url(sodium.hash(HASH_BYTES, encodeUtf8(normalized(login)), loginNamesKey(sodium, kept.device)))
  return {
    get device() {
      return kept.device
    },
    get vault() {
      return kept.vault
    },
    get record() {
      return kept.record
    },
    get keyedLogins() {
      return kept.keyedLogins
    },
    get problem() {
      return kept.problem
    },
    get restoring() {
      return kept.restoring
    },
    save: changes => put({ ...latest, ...changes }),
    forget: problem => put({ ...fresh(sodium, replica.now()), problem }),
    knowsLogin: login => kept.keyedLogins.includes(hashOf(login)),
    withLogins: logins => [
      ...new Set([...kept.keyedLogins, ...logins.flatMap(login => (login ? [hashOf(login)] : []))]),
    ],
  }
}

function fresh(sodium: Sodium, nowMs: number): Kept {
  return {
    device: createDeviceKey(sodium, nowMs),
    vault: createVault(sodium),
    record: undefined,
    keyedLogins: [],
    problem: undefined,
    restoring: false,
  }
}

function encode({ device, vault, record, keyedLogins, problem, restoring }: Kept) {
  return {
    device: { id: device.id, secret: toBase64Url(device.secret) },
    vault: {
      id: vault.id,
      accountKeys: vault.accountKeys.map(({ epoch, key }) => ({ epoch, key: toBase64Url(key) })),
    },
    record: record ? { ...record.signed } : null,
    keyedLogins: [...keyedLogins],
    problem: problem ?? null,
    restoring,
  }
}

function decode(sodium: Sodium, stored: unknown): Kept {
  const parsed = z.safeParse(keptSchema, stored)
  if (!parsed.success) throw new CodedError('store-damaged', 'The keys in it are not readable.')
  const { device, vault, record, keyedLogins, problem, restoring } = parsed.data
  const verdict = record ? verifyRecord(sodium, record, undefined) : undefined
  if (verdict?.ok === false)
    throw new CodedError('store-damaged', 'The account record in it is not readable.')
  return {
    device: { id: device.id, secret: bytesOf(device.secret) },
    vault: {
      id: vault.id,
      accountKeys: vault.accountKeys.map(({ epoch, key }) => ({ epoch, key: bytesOf(key) })),
    },
    record: verdict?.record,
    keyedLogins,
    problem: problem ?? undefined,
    restoring,
  }
}

function bytesOf(text: string): Uint8Array {
  const bytes = fromBase64Url(text)
  if (!bytes) throw new CodedError('store-damaged', 'A key in it is not readable.')
  return bytes
}

/** As the server compares names (SPEC A5). */
function normalized(login: string): string {
  return login.normalize('NFKC').trim().toLowerCase().normalize('NFKC')
}
