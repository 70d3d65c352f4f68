// One unambiguous encoding of a list of strings, for associated data and keyed hashes.

const LENGTH_BYTES = 4

/** Each part in UTF-8 after its length in 4 bytes: two lists have the same bytes only when they are the same list. */
export function encodeParts(parts: readonly string[]): Buffer {
  const sizes = parts.map(part => Buffer.byteLength(part))
  const bytes = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + LENGTH_BYTES + size, 0))
  let offset = 0
  for (const [index, part] of parts.entries()) {
    offset = bytes.writeUInt32BE(sizes[index] ?? 0, offset)
    offset += bytes.write(part, offset)
  }
  return bytes
}
