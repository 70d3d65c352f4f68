// A file to import: plain or gzip, told by its first bytes, read as a stream.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'

const PEEK_BYTES = 64 * 1024
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b])

/** A readable file, with what was learned by looking at it once. */
export interface SourceFile {
  readonly path: string
  readonly sizeBytes: number
  /** SHA-256 of the file as it lies on the disk. */
  readonly fingerprint: Buffer
  /** The beginning of the content, unpacked. */
  readonly head: string
  /** The content, unpacked. `onBytes` hears how many bytes of the file have been read so far. */
  read(onBytes?: (bytesRead: number) => void): Readable
}

/** Looks at a file. Throws what the file system throws when it cannot be read. */
export async function openSourceFile(path: string): Promise<SourceFile> {
  const info = await stat(path)
  if (!info.isFile()) throw new Error('is not a file')
  const hash = createHash('sha256')
  let magic: Buffer | undefined
  for await (const chunk of createReadStream(path)) {
    magic ??= (chunk as Buffer).subarray(0, GZIP_MAGIC.length)
    hash.update(chunk)
  }
  const packed = magic?.equals(GZIP_MAGIC) ?? false
  return {
    path,
    sizeBytes: info.size,
    fingerprint: hash.digest(),
    head: await readHead(openContent(path, packed)),
    read: onBytes => openContent(path, packed, onBytes),
  }
}

function openContent(path: string, packed: boolean, onBytes?: (bytesRead: number) => void): Readable {
  const file = createReadStream(path)
  if (onBytes) file.on('data', () => onBytes(file.bytesRead))
  // Errors of the file reach the reader through the unpacked stream, which `pipeline` destroys with them.
  return packed ? pipeline(file, createGunzip(), () => undefined) : file
}

async function readHead(content: Readable): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of content) {
      chunks.push(chunk as Buffer)
      size += (chunk as Buffer).length
      if (size >= PEEK_BYTES) break
    }
  } catch {
    // Damage is reported by the reading that follows, with its place.
  }
  return Buffer.concat(chunks)
    .subarray(0, PEEK_BYTES)
    .toString('utf8')
    .replace(/^\uFEFF/, '')
}
