// Sets of clocks of one Yjs client, kept as sorted ranges that neither overlap nor touch.
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'

/** Ranges up to which each is put in where it belongs; of more, that would move all the others too often. */
const MAX_ONE_BY_ONE = 16

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

  /** How many ranges it is. */
  get size(): number {
    return this.#ranges.length
  }

  /** Adds all of these, in whatever order and however they overlap. */
  addAll(spans: readonly { readonly clock: number; readonly len: number }[]): void {
    if (spans.length <= MAX_ONE_BY_ONE) {
      for (const { clock, len } of spans) this.add(clock, clock + len)
      return
    }
    const added = spans.map(({ clock, len }): Range => ({ start: clock, end: clock + len }))
    this.#ranges = joined(
      this.#ranges,
      added.sort((one, other) => one.start - other.start),
    )
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

/** Two lists, each in order of its starts, as one of ranges that neither overlap nor touch. */
function joined(one: readonly Range[], other: readonly Range[]): Range[] {
  const ranges: Range[] = []
  for (let i = 0, j = 0; i < one.length || j < other.length; ) {
    const [a, b] = [one[i], other[j]]
    const next = a && (!b || a.start <= b.start) ? a : b
    if (next === a) i++
    else j++
    const last = ranges.at(-1)
    if (!next || next.start >= next.end) continue
    if (last && next.start <= last.end)
      ranges[ranges.length - 1] = { ...last, end: Math.max(last.end, next.end) }
    else ranges.push(next)
  }
  return ranges
}
