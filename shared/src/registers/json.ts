// JSON values and their one canonical form (RFC 8785), which decides between registers of equal stamp and device.
import canonicalize from 'canonicalize'
import { encodeUtf8 } from 'lib0/string'

/** A value that JSON can carry unchanged. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue }

/** Deepest nesting a value may have: enough for any document here, and no stack is ever at risk. */
const MAX_DEPTH = 16

/** Whether `value` is JSON: no undefined, NaN, bytes, dates or other objects of classes. */
export function isJsonValue(value: unknown, depth = 0): value is JsonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || depth >= MAX_DEPTH) return false
  if (Array.isArray(value)) return value.every(item => isJsonValue(item, depth + 1))
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return false
  return Object.values(value).every(item => isJsonValue(item, depth + 1))
}

/** RFC 8785 form of a JSON value, in UTF-8. */
export function canonicalBytes(value: JsonValue): Uint8Array {
  return encodeUtf8(canonicalize(value) ?? 'null')
}

/** Bytewise order: negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}
