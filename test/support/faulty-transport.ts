// A transport that loses, repeats and reorders, and goes away and comes back: around a real one, as chance says.
import type { OpenTransport } from '../../server/src/bus/bus.ts'
import type { Seeded } from '../fuzz/seeded.ts'

/** Faults in percent of texts; `awayPercent` of attempts to publish. */
export interface Faults {
  readonly lostPercent: number
  readonly repeatedPercent: number
  /** Held back until later ones have gone. */
  readonly latePercent: number
  readonly awayPercent: number
}

/** What happened so far. */
export interface FaultCounts {
  lost: number
  repeated: number
  late: number
  away: number
}

/** Puts faults before a real transport. `faults` may change on the way. */
export function faultyTransport(
  open: OpenTransport,
  random: Seeded,
  faults: () => Faults,
  counts: FaultCounts,
): OpenTransport {
  return listener => {
    const real = open(listener)
    let late: string[] = []
    return {
      maxTextBytes: real.maxTextBytes,
      async publish(texts) {
        const { lostPercent, repeatedPercent, latePercent, awayPercent } = faults()
        if (random.percent(awayPercent)) {
          counts.away++
          throw new Error('away')
        }
        const sent = late
        late = []
        for (const text of texts) {
          if (random.percent(lostPercent)) counts.lost++
          else if (random.percent(latePercent)) {
            counts.late++
            late.push(text)
          } else if (random.percent(repeatedPercent)) {
            counts.repeated++
            sent.unshift(text, text)
          } else sent.unshift(text)
        }
        if (sent.length > 0) await real.publish(sent)
      },
      [Symbol.asyncDispose]: () => real[Symbol.asyncDispose](),
    }
  }
}
