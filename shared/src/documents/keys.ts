// Keys of registers: parts joined by '/', each percent-encoded (SPEC D6).
import { CodedError } from '../errors.ts'

/**
 * The key of these parts.
 *
 * @throws CodedError `invalid-key` when a part holds half a surrogate pair
 */
export function keyOf(...parts: string[]): string {
  try {
    return parts.map(encodeURIComponent).join('/')
  } catch (cause) {
    throw new CodedError('invalid-key', 'It holds half a surrogate pair.', { cause })
  }
}

/** The parts of a key, or `undefined` when it is not percent-encoded text. */
export function partsOf(key: string): string[] | undefined {
  // Nearly all keys, and several times as fast: ranking reads thousands.
  if (!key.includes('%')) return key.split('/')
  try {
    return key.split('/').map(decodeURIComponent)
  } catch {
    return undefined
  }
}
