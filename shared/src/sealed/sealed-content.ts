// What an envelope of a sealed document holds: registers, and where they stand among its device's envelopes (SPEC L1–L3).
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { canonicalBytes } from '../registers/json.ts'
import { isDeviceName, parseEntry, type Register, SERVER_DEVICE } from '../registers/register.ts'
import { isStamp, STAMP_LIMIT } from '../registers/stamp.ts'

/** The plaintext of an envelope. */
export interface SealedContent {
  /** Whose envelope it is. The server has none. */
  readonly device: string
  /** Names the envelope among those of its device, and only rises. */
  readonly stamp: number
  /** The stamp of this device's envelope before, 0 for the first. */
  readonly prev: number
  /**
   * Of each other device the newest stamp that the writer had merged. One that is not full leaves out what a full one
   * present to its writer covers.
   */
  readonly seen: ReadonlyMap<string, number>
  /**
   * The greatest stamp that the writer knew of a choice in `settings` to seal this document, 0 for none: whoever has an
   * older choice to open it does not act on that.
   */
  readonly chosen: number
  /** Whether `registers` is everything that the writer knew. */
  readonly full: boolean
  /** One a key. */
  readonly registers: readonly Register[]
}

const VERSION = 1

/**
 * The one encoding of a content: lib0's, since it is read in one pass that no input makes long, and is shorter than JSON
 * around the values. These are JSON in RFC 8785 form; devices and registers stand in the order of names and keys.
 */
export function encodeSealedContent({
  device,
  stamp,
  prev,
  seen,
  chosen,
  full,
  registers,
}: SealedContent): Uint8Array {
  return encoding.encode(encoder => {
    encoding.writeUint8(encoder, VERSION)
    encoding.writeUint8(encoder, full ? 1 : 0)
    encoding.writeVarString(encoder, device)
    encoding.writeVarUint(encoder, stamp)
    encoding.writeVarUint(encoder, prev)
    encoding.writeVarUint(encoder, chosen)
    encoding.writeVarUint(encoder, seen.size)
    for (const [name, newest] of [...seen].sort(([a], [b]) => (a < b ? -1 : 1))) {
      encoding.writeVarString(encoder, name)
      encoding.writeVarUint(encoder, newest)
    }
    encoding.writeVarUint(encoder, registers.length)
    for (const register of [...registers].sort((a, b) => (a.key < b.key ? -1 : 1))) {
      encoding.writeVarString(encoder, register.key)
      encoding.writeVarUint(encoder, register.stamp)
      encoding.writeVarString(encoder, register.device)
      encoding.writeVarUint8Array(encoder, canonicalBytes(register.value))
    }
  })
}

/** The content in `bytes`, `undefined` for anything that {@link encodeSealedContent} does not make. */
export function decodeSealedContent(bytes: Uint8Array): SealedContent | undefined {
  try {
    const decoder = decoding.createDecoder(bytes)
    const content = readContent(decoder)
    return content && !decoding.hasContent(decoder) ? content : undefined
  } catch {
    return undefined
  }
}

/** Bytes that a register takes in an envelope, to a few: what compaction is weighed with. */
export function weightOf({ key, value }: Register): number {
  return key.length + JSON.stringify(value).length + STAMP_AND_DEVICE_BYTES
}

const STAMP_AND_DEVICE_BYTES = 19

function readContent(decoder: decoding.Decoder): SealedContent | undefined {
  if (decoding.readUint8(decoder) !== VERSION) return undefined
  const flags = decoding.readUint8(decoder)
  const device = decoding.readVarString(decoder)
  const stamp = decoding.readVarUint(decoder)
  const prev = decoding.readVarUint(decoder)
  const chosen = decoding.readVarUint(decoder)
  if (chosen >= STAMP_LIMIT) return undefined
  if (flags > 1 || !isWriter(device) || !isStamp(stamp) || prev >= stamp) return undefined
  const full = flags === 1
  const seen = readSeen(decoder)
  if (!seen || seen.has(device)) return undefined
  // So of two full ones never each covers the other.
  if (full && [...seen.values()].some(newest => newest >= stamp)) return undefined
  const registers = readRegisters(decoder)
  return registers && { device, stamp, prev, seen, chosen, full, registers }
}

function readSeen(decoder: decoding.Decoder): Map<string, number> | undefined {
  const seen = new Map<string, number>()
  let last = ''
  for (let left = decoding.readVarUint(decoder); left > 0; left--) {
    const device = decoding.readVarString(decoder)
    const stamp = decoding.readVarUint(decoder)
    if (device <= last || !isWriter(device) || !isStamp(stamp)) return undefined
    seen.set(device, stamp)
    last = device
  }
  return seen
}

function readRegisters(decoder: decoding.Decoder): Register[] | undefined {
  const registers: Register[] = []
  let last = ''
  for (let left = decoding.readVarUint(decoder); left > 0; left--) {
    const key = decoding.readVarString(decoder)
    const stamp = decoding.readVarUint(decoder)
    const device = decoding.readVarString(decoder)
    const register = parseEntry([key, stamp, device, JSON.parse(decoding.readVarString(decoder))])
    if (!register || key <= last) return undefined
    registers.push(register)
    last = key
  }
  return registers
}

function isWriter(device: string): boolean {
  return device !== SERVER_DEVICE && isDeviceName(device)
}
