// Ids of resources that are the same on every server: UUID version 5 (RFC 9562, section 5.5) of where they come from.
import { createHash } from 'node:crypto'

/** The namespace for URLs of RFC 9562, section 6.6. */
const URL_NAMESPACE = Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex')

/** The UUID of a source key, such as `https://www.ica.coop/`. */
export function stableId(sourceKey: string): string {
  const bytes = createHash('sha1').update(URL_NAMESPACE).update(sourceKey).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
