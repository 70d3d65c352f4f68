// Padding that hides how long a plaintext is: PADMÉ above a floor (SPEC E5–E6).

/** Length below which plaintexts of documents are not told apart, in bytes. */
export const DEFAULT_FLOOR_BYTES = 1024

/** Ends the content; zeros follow up to the padded length (ISO/IEC 7816-4). */
const MARK = 0x80

/**
 * The length that `lengthBytes` is padded to: `floorBytes`, or above it the next length of which only the leading
 * bits are used, so that it is at most 12 % longer and only O(log log length) bits of the length are told.
 * Source: Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", 2019.
 */
export function paddedLength(lengthBytes: number, floorBytes = DEFAULT_FLOOR_BYTES): number {
  if (lengthBytes <= floorBytes) return floorBytes
  if (lengthBytes < 2) return lengthBytes
  const exponent = Math.floor(Math.log2(lengthBytes))
  const keptBits = Math.floor(Math.log2(exponent)) + 1
  const step = 2 ** (exponent - keptBits)
  return Math.ceil(lengthBytes / step) * step
}

/** `content`, a mark and zeros, as long as {@link paddedLength} says for content and mark. */
export function pad(content: Uint8Array, floorBytes = DEFAULT_FLOOR_BYTES): Uint8Array {
  const padded = new Uint8Array(paddedLength(content.length + 1, floorBytes))
  padded.set(content)
  padded[content.length] = MARK
  return padded
}

/** The content of what {@link pad} made, or `undefined` when it is not padded. */
export function unpad(padded: Uint8Array): Uint8Array | undefined {
  let end = padded.length - 1
  while (end >= 0 && padded[end] === 0) end--
  return padded[end] === MARK ? padded.slice(0, end) : undefined
}
