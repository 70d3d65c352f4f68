// Stamps: the time of a write, made so that a write always beats what its writer had seen (SPEC R4–R7).
import { CodedError } from '../errors.ts'

/** Stamps are integers in (0, STAMP_LIMIT). */
export const STAMP_LIMIT = 2 ** 52

/** A stamp counts 1/1024 of a millisecond: the low ten bits are a counter. */
export const STAMPS_PER_MS = 1024

/** Where a clock stops counting, 12 days short of the limit, so that superseding has room for ever. */
const MAX_NOW_MS = 2 ** 42 - 2 ** 20

/** Whether `stamp` is in range. A far-future stamp is not malformed. */
export function isStamp(stamp: unknown): stamp is number {
  return Number.isInteger(stamp) && (stamp as number) > 0 && (stamp as number) < STAMP_LIMIT
}

/** What the next stamp depends on. */
export interface StampBasis {
  /** Milliseconds since 1970, corrected by the server's clock when known. */
  readonly nowMs: number
  /** The last stamp this device gave, 0 for none. */
  readonly lastStamp: number
  /** The stamp of the register that the write supersedes, 0 for none. */
  readonly supersededStamp: number
}

/**
 * The stamp of a write: the clock, or one more than what it has to beat.
 *
 * @throws CodedError `stamp-exhausted` when the superseded register holds the greatest stamp there is.
 */
export function nextStamp({ nowMs, lastStamp, supersededStamp }: StampBasis): number {
  const stamp = Math.max(stampOf(nowMs), lastStamp + 1, supersededStamp + 1)
  if (!isStamp(stamp)) throw new CodedError('stamp-exhausted')
  return stamp
}

/** The first stamp of a moment, in milliseconds since 1970. */
export function stampOf(ms: number): number {
  return Math.floor(Math.min(Math.max(ms, 1), MAX_NOW_MS)) * STAMPS_PER_MS
}

/** Milliseconds since 1970 that a stamp was made at, as its device's clock had it. */
export function stampToMs(stamp: number): number {
  return Math.floor(stamp / STAMPS_PER_MS)
}
