// Keys of registers: parts joined by '/', each percent-encoded.

/** The key of these parts. */
export function keyOf(...parts: string[]): string {
  return parts.map(encodeURIComponent).join('/')
}

/** The parts of a key, or `undefined` when it is not percent-encoded text. */
export function partsOf(key: string): string[] | undefined {
  try {
    return key.split('/').map(decodeURIComponent)
  } catch {
    return undefined
  }
}
