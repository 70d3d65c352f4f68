// JSON values and their one canonical form (RFC 8785), which decides between registers of equal stamp and device.
import canonicalize from 'canonicalize'
import { encodeUtf8 } from 'lib0/string'

/** A value that JSON can carry unchanged. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue }

/** Deepest nesting a value may have: enough for any document here, and no stack is ever at risk. */
const MAX_DEPTH = 16

/** Half of a surrogate pair: UTF-8 cannot carry it, so the text would be another one after a road through Yjs. */
const LONE_SURROGATE = /\p{Surrogate}/u

/** Whether UTF-8 carries `text` unchanged. */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text)
}

/**
 * Whether `value` is JSON that stays what it is on every road: no undefined, NaN, bytes, dates or other objects of
 * classes, no lone surrogates, and no property `__proto__`, which decoders take for the prototype.
 */
export function isJsonValue(value: unknown, depth = 0): value is JsonValue {
  if (value === null || typeof value === 'boolean') return true
  if (typeof value === 'string') return isWellFormed(value)
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || depth >= MAX_DEPTH) return false
  // Not `every` on the array itself: it passes over holes, which are not JSON.
  if (Array.isArray(value)) return [...value].every(item => isJsonValue(item, depth + 1))
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return false
  return Object.entries(value).every(
    ([name, item]) => name !== '__proto__' && isWellFormed(name) && isJsonValue(item, depth + 1),
  )
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
