// Reads a write-ahead log as SQLite does (https://sqlite.org/fileformat2.html#walformat), but tells damage from
// a last write that a crash cut off: SQLite itself stops at either without a word, which would lose saved rows.
import { CodedError } from '@workforce-democracy/shared'

/** The committed pages of a log. */
export interface Wal {
  readonly pageSize: number
  /** Size of the database after the last commit. */
  readonly pageCount: number
  /** The newest committed content of each page in it, by page number. */
  readonly pages: ReadonlyMap<number, Uint8Array>
}

const HEADER_BYTES = 32
const FRAME_HEADER_BYTES = 24
const MAGIC_LITTLE_ENDIAN = 0x377f0682
const MAGIC_BIG_ENDIAN = 0x377f0683

type Checksum = readonly [number, number]

/**
 * What is committed in a log, `undefined` when nothing is.
 *
 * @throws CodedError `store-damaged` when a bad frame has later commits behind it
 */
export function readWal(bytes: Buffer): Wal | undefined {
  if (bytes.length <= HEADER_BYTES) return undefined
  const log = headerOf(bytes)
  if (!log) throw new CodedError('store-damaged', 'The header of the log is damaged.')
  const pages = new Map<number, Uint8Array>()
  let uncommitted = new Map<number, Uint8Array>()
  let checksum = log.checksum
  let pageCount = 0
  let at = HEADER_BYTES
  for (; at + log.frameBytes <= bytes.length; at += log.frameBytes) {
    const frame = frameAt(bytes, at, log, checksum)
    if (!frame) break
    checksum = frame.checksum
    uncommitted.set(frame.page, frame.data)
    if (frame.pageCount === 0) continue
    for (const [page, data] of uncommitted) pages.set(page, data)
    uncommitted = new Map()
    pageCount = frame.pageCount
  }
  if (hasLaterTransaction(bytes, at, log)) throw new CodedError('store-damaged', 'The log is damaged.')
  if (pageCount === 0) return undefined
  for (const page of pages.keys()) if (page > pageCount) pages.delete(page)
  return { pageSize: log.pageSize, pageCount, pages }
}

/**
 * Every page in a damaged log, the oldest first. Each frame's checksum goes on from that of the frame before, so that one
 * can be told to be whole also behind one that is not.
 */
export function framesOf(bytes: Buffer): readonly { page: number; data: Uint8Array; isWhole: boolean }[] {
  const log = headerOf(bytes)
  if (!log) return []
  const frames = []
  for (let at = HEADER_BYTES; at + log.frameBytes <= bytes.length; at += log.frameBytes) {
    if (!hasSalts(bytes, at, log)) continue
    const data = bytes.subarray(at + FRAME_HEADER_BYTES, at + log.frameBytes)
    const before = at === HEADER_BYTES ? log.checksum : storedChecksum(bytes, at - log.frameBytes)
    frames.push({
      page: bytes.readUInt32BE(at),
      data,
      isWhole: frameAt(bytes, at, log, before) !== undefined,
    })
  }
  return frames
}

const storedChecksum = (bytes: Buffer, at: number): Checksum => [
  bytes.readUInt32BE(at + 16),
  bytes.readUInt32BE(at + 20),
]

interface Log {
  readonly pageSize: number
  readonly frameBytes: number
  readonly salts: Buffer
  readonly littleEndian: boolean
  readonly checksum: Checksum
}

function headerOf(bytes: Buffer): Log | undefined {
  const magic = bytes.readUInt32BE(0)
  if (magic !== MAGIC_LITTLE_ENDIAN && magic !== MAGIC_BIG_ENDIAN) return undefined
  const littleEndian = magic === MAGIC_LITTLE_ENDIAN
  const checksum = checksumOf(bytes.subarray(0, 24), [0, 0], littleEndian)
  if (checksum[0] !== bytes.readUInt32BE(24) || checksum[1] !== bytes.readUInt32BE(28)) return undefined
  const pageSize = bytes.readUInt32BE(8)
  return {
    pageSize,
    frameBytes: FRAME_HEADER_BYTES + pageSize,
    salts: bytes.subarray(16, 24),
    littleEndian,
    checksum,
  }
}

function frameAt(bytes: Buffer, at: number, log: Log, before: Checksum) {
  if (!hasSalts(bytes, at, log)) return undefined
  const data = bytes.subarray(at + FRAME_HEADER_BYTES, at + log.frameBytes)
  const overHeader = checksumOf(bytes.subarray(at, at + 8), before, log.littleEndian)
  const checksum = checksumOf(data, overHeader, log.littleEndian)
  if (checksum[0] !== bytes.readUInt32BE(at + 16) || checksum[1] !== bytes.readUInt32BE(at + 20))
    return undefined
  return { page: bytes.readUInt32BE(at), pageCount: bytes.readUInt32BE(at + 4), data, checksum }
}

/**
 * Whether a frame of this log follows a commit at or after `start`. SQLite begins a transaction only after the one
 * before is on the disk (`synchronous=full`), so then what lies at `start` had been whole.
 */
function hasLaterTransaction(bytes: Buffer, start: number, log: Log): boolean {
  let committed = false
  for (let at = start; at + log.frameBytes <= bytes.length; at += log.frameBytes) {
    if (!hasSalts(bytes, at, log)) continue
    if (committed) return true
    committed = bytes.readUInt32BE(at + 4) !== 0
  }
  return false
}

/** Frames of an earlier round of the log lie behind the newest ones, with other salts. */
function hasSalts(bytes: Buffer, at: number, log: Log): boolean {
  return bytes.compare(log.salts, 0, 8, at + 8, at + 16) === 0
}

function checksumOf(bytes: Buffer, before: Checksum, littleEndian: boolean): Checksum {
  let [a, b] = before
  for (let at = 0; at < bytes.length; at += 8) {
    a = (a + (littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)) + b) >>> 0
    b = (b + (littleEndian ? bytes.readUInt32LE(at + 4) : bytes.readUInt32BE(at + 4)) + a) >>> 0
  }
  return [a, b]
}
