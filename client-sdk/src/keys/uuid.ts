// UUIDs of version 7 (RFC 9562): the time of making in front, then chance.

const RANDOM_BYTES = 10

/** A UUIDv7. `nowMs` is milliseconds since 1970. */
export function uuidV7(nowMs: number, randomBytes: (length: number) => Uint8Array): string {
  const time = Math.max(0, Math.trunc(nowMs)).toString(16).padStart(12, '0').slice(-12)
  const random = randomBytes(RANDOM_BYTES)
  random[0] = 0x70 | ((random[0] ?? 0) & 0x0f)
  random[2] = 0x80 | ((random[2] ?? 0) & 0x3f)
  const hex = time + Array.from(random, byte => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
