// Sets of clocks of one Yjs client, kept as sorted ranges that neither overlap nor touch.
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'

interface Range {
  readonly start: number
  /** Exclusive. */
  readonly end: number
}

/** A growing set of clocks. */
export class ClockRanges {
  #ranges: Range[] = []

  /** Whether all of [start, end) is in the set. */
  covers(start: number, end: number): boolean {
    if (start >= end) return true
    const range = this.#ranges[this.#firstEndingAtOrAfter(start + 1)]
    return range !== undefined && range.start <= start && range.end >= end
  }

  /** Adds [start, end). */
  add(start: number, end: number): void {
    if (start >= end) return
    const from = this.#firstEndingAtOrAfter(start)
    let to = from
    let merged: Range = { start, end }
    for (let range = this.#ranges[to]; range && range.start <= end; range = this.#ranges[++to]) {
      merged = { start: Math.min(merged.start, range.start), end: Math.max(merged.end, range.end) }
    }
    this.#ranges.splice(from, to - from, merged)
  }

  /** Writes each range as its distance from the one before and its length. */
  encode(encoder: encoding.Encoder): void {
    encoding.writeVarUint(encoder, this.#ranges.length)
    let last = 0
    for (const { start, end } of this.#ranges) {
      encoding.writeVarUint(encoder, start - last)
      encoding.writeVarUint(encoder, end - start)
      last = end
    }
  }

  /** Reads what {@link encode} wrote. */
  static decode(decoder: decoding.Decoder): ClockRanges {
    const set = new ClockRanges()
    let last = 0
    for (let left = decoding.readVarUint(decoder); left > 0; left--) {
      const start = last + decoding.readVarUint(decoder)
      last = start + decoding.readVarUint(decoder)
      set.#ranges.push({ start, end: last })
    }
    return set
  }

  #firstEndingAtOrAfter(clock: number): number {
    let low = 0
    let high = this.#ranges.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#ranges[middle]?.end ?? 0) < clock) low = middle + 1
      else high = middle
    }
    return low
  }
}
