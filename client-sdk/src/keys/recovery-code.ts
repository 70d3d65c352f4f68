// The recovery code: 160 random bits that a person writes down, and what opens and proves with them.
import { CodedError } from '@workforce-democracy/shared'
import { encodeUtf8 } from 'lib0/string'
import { toBase64Url } from './bytes.ts'
import { asMeant, fromCrockford, toCrockford } from './crockford.ts'
import { KEY_BYTES, type Sodium } from './sodium.ts'

/** What derives from a recovery code. */
export interface RecoveryKeys {
  /** Sent to prove that one has the code: 43 characters. The code itself is never sent. */
  readonly recoverySecret: string
  /** 32 bytes: seals the recovery bundle. */
  readonly wrappingKey: Uint8Array
}

const CODE_BYTES = 20
const CODE_SYMBOLS = 32
const CHECK_SYMBOLS = 4
/** The shortest hash of libsodium: the check symbols are its first 20 bits. */
const CHECK_BYTES = 16
const ROOT = encodeUtf8('workforce-democracy recovery code 1')
const CHECK = encodeUtf8('workforce-democracy recovery code check 1')
const RECOVERY_SECRET = { context: 'wdrecov_', id: 1 } as const
const WRAPPING_KEY = { context: 'wdrecov_', id: 2 } as const

/** A new recovery code (SPEC K7), such as `9C2F-…`: eight groups of four characters, and one that checks them. */
export function createRecoveryCode(sodium: Sodium): string {
  return formatRecoveryCode(sodium, sodium.randomBytes(CODE_BYTES))
}

/** The code of 20 bytes. */
export function formatRecoveryCode(sodium: Sodium, bytes: Uint8Array): string {
  const symbols = toCrockford(bytes, CODE_SYMBOLS) + checkOf(sodium, bytes)
  return symbols.replace(/(.{4})(?!$)/g, '$1-')
}

/**
 * What derives from a code as somebody typed it.
 *
 * @throws CodedError `wrong-recovery-code` when it has not the form of one, or was mistyped
 */
export function deriveRecoveryKeys(sodium: Sodium, typed: string): RecoveryKeys {
  const root = sodium.hash(KEY_BYTES, parseRecoveryCode(sodium, typed), ROOT)
  return {
    recoverySecret: toBase64Url(sodium.deriveKey(RECOVERY_SECRET, root)),
    wrappingKey: sodium.deriveKey(WRAPPING_KEY, root),
  }
}

function parseRecoveryCode(sodium: Sodium, typed: string): Uint8Array {
  const symbols = asMeant(typed)
  if (symbols.length !== CODE_SYMBOLS + CHECK_SYMBOLS) throw new CodedError('wrong-recovery-code')
  const bytes = fromCrockford(symbols.slice(0, CODE_SYMBOLS))
  if (!bytes || checkOf(sodium, bytes) !== symbols.slice(CODE_SYMBOLS))
    throw new CodedError('wrong-recovery-code')
  return bytes
}

function checkOf(sodium: Sodium, bytes: Uint8Array): string {
  return toCrockford(sodium.hash(CHECK_BYTES, bytes, CHECK), CHECK_SYMBOLS)
}
