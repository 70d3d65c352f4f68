// A register: one timestamped value under a key, and the order that decides between two (SPEC R1–R3).
import { equalityDeep } from 'lib0/function'
import { canonicalBytes, compareBytes, isJsonValue, isWellFormed, type JsonValue } from './json.ts'
import { isStamp } from './stamp.ts'

/** The device name under which the server itself writes (HTTP writes). */
export const SERVER_DEVICE = 'server'

/** Longest key, in UTF-16 code units. */
export const MAX_KEY_LENGTH = 1024

/** `null` is a removal: it stays, so that it wins over an older write that arrives late. */
export interface Register {
  readonly key: string
  readonly stamp: number
  /** The writing store: 8 characters a–z0–9, or `server`. */
  readonly device: string
  readonly value: JsonValue
}

/** A register as it stands in Yjs, in the store and in an export: `[key, stamp, device, value]`. */
export type RegisterEntry = [key: string, stamp: number, device: string, value: JsonValue]

const DEVICE_PATTERN = /^[a-z0-9]{8}$/

/** Whether `device` names a store or the server. */
export function isDeviceName(device: unknown): device is string {
  return typeof device === 'string' && (device === SERVER_DEVICE || DEVICE_PATTERN.test(device))
}

/** The register that an entry holds, or `undefined` for a malformed one: skipped and counted, never thrown on. */
export function parseEntry(entry: unknown): Register | undefined {
  if (!Array.isArray(entry) || entry.length !== 4) return undefined
  const [key, stamp, device, value] = entry
  if (typeof key !== 'string' || key.length === 0 || key.length > MAX_KEY_LENGTH) return undefined
  if (!isWellFormed(key)) return undefined
  if (!isStamp(stamp) || !isDeviceName(device) || !isJsonValue(value)) return undefined
  return { key, stamp, device, value }
}

/** The entry of a register. */
export function toEntry({ key, stamp, device, value }: Register): RegisterEntry {
  return [key, stamp, device, value]
}

/** Order of two registers of one key by `(stamp, device, canonical bytes of value)`: positive when `a` wins. */
export function compareRegisters(a: Register, b: Register): number {
  if (a.stamp !== b.stamp) return a.stamp - b.stamp
  if (a.device !== b.device) return a.device < b.device ? -1 : 1
  // Nearly always it is the same register, be it that its properties have come in another order: this tells at a tenth
  // of the cost.
  if (equalityDeep(a.value, b.value)) return 0
  return compareBytes(canonicalBytes(a.value), canonicalBytes(b.value))
}
