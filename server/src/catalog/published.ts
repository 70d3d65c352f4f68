// A published catalog: its version, and its bytes for each way of sending them, made once.
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { canonicalBytes, type JsonValue } from '@workforce-democracy/shared'

const gzipAsync = promisify(gzip)
const brotliAsync = promisify(brotliCompress)
/** Above this brotli takes seconds for a few percent. */
const BROTLI_QUALITY = 5

/** Content codings that a catalog is kept in. */
export const CODINGS = ['br', 'gzip', 'identity'] as const
export type Coding = (typeof CODINGS)[number]

/** A catalog as it goes out. */
export interface Published<T> {
  readonly catalog: T
  /** The bytes of its JSON in a coding; made at the first request for it. */
  bytes(coding: Coding): Promise<Uint8Array<ArrayBuffer>>
}

/** Publishes a catalog under the hash of its content: SHA-256 of its canonical JSON (RFC 8785), base64url. */
export function publish<T extends object>(content: T): Published<T & { readonly version: string }> {
  const version = createHash('sha256')
    .update(canonicalBytes(content as unknown as JsonValue))
    .digest('base64url')
  const catalog = { version, ...content }
  const bytesByCoding = new Map<Coding, Promise<Uint8Array<ArrayBuffer>>>()
  return {
    catalog,
    bytes(coding) {
      const made = bytesByCoding.get(coding) ?? encode(Buffer.from(JSON.stringify(catalog)), coding)
      bytesByCoding.set(coding, made)
      return made
    },
  }
}

async function encode(json: Buffer<ArrayBuffer>, coding: Coding): Promise<Uint8Array<ArrayBuffer>> {
  switch (coding) {
    case 'br':
      return brotliAsync(json, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } })
    case 'gzip':
      return gzipAsync(json)
    case 'identity':
      return json
  }
}
