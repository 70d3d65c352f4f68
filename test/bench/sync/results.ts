// What a run of the benchmark found, and how that stands against what was to be reached.
import type { ColdLoad, History } from './cold-load.ts'
import type { CompactionBlock } from './compaction-block.ts'
import type { Floor } from './floor.ts'
import { type Ladder, RATES, type Rung } from './ladder.ts'
import type { Memory } from './memory.ts'
import { type Latency, median } from './statistics.ts'
import type { Wal } from './wal.ts'

/** The rows of the rates: our server twice, once with text as the others, once with votes. */
export const CLIMBERS = [
  'workforce-democracy',
  'workforce-democracy votes',
  'hocuspocus',
  'y-websocket',
] as const
export type Climber = (typeof CLIMBERS)[number]

/** Both that store. */
export type Pair<T> = Readonly<Record<'workforce-democracy' | 'hocuspocus', T>>

/** Everything that was measured. */
export interface Results {
  readonly machine: Readonly<Record<string, string | number>>
  readonly ladders: Readonly<Record<Climber, readonly Ladder[]>>
  readonly stored: Latency
  readonly memory: Pair<Memory>
  readonly wal: Pair<Wal>
  readonly coldLoad: Readonly<Record<History, Pair<ColdLoad>>>
  readonly floor: Floor
  readonly compactionBlocks: readonly CompactionBlock[]
}

/** Medians over the runs of one rate. */
export interface MedianRung {
  readonly relay: Latency
  readonly acknowledgement: Latency | undefined
  readonly serverCores: number
  readonly postgresCores: number
  readonly foreignCores: number
  readonly lateP99: number
}

/** The medians of a rate that every run has shown. */
export function medianRung(ladders: readonly Ladder[], rate: number): MedianRung {
  const rungs = ladders.flatMap(ladder => ladder.rungs.find(rung => rung.rate === rate) ?? [])
  const of = (read: (rung: Rung) => number) => median(rungs.map(read))
  const hasAcknowledgement = rungs.every(({ acknowledgement }) => acknowledgement)
  return {
    relay: { p50: of(({ relay }) => relay.p50), p99: of(({ relay }) => relay.p99) },
    acknowledgement: hasAcknowledgement
      ? {
          p50: of(({ acknowledgement }) => acknowledgement?.p50 ?? Number.NaN),
          p99: of(({ acknowledgement }) => acknowledgement?.p99 ?? Number.NaN),
        }
      : undefined,
    serverCores: of(({ serverCores }) => serverCores),
    postgresCores: of(({ postgresCores }) => postgresCores),
    foreignCores: of(({ foreignCores }) => foreignCores),
    lateP99: of(({ lateP99 }) => lateP99),
  }
}

/** Median of the highest rates. */
export const highestRate = (ladders: readonly Ladder[]): number =>
  median(ladders.map(ladder => ladder.highestRate))

/** What was to be reached, and what was. */
export interface Target {
  readonly what: string
  readonly reached: number
  readonly wanted: number
  readonly unit: string
  readonly met: boolean
}

/** Each target by itself. */
export function targetsOf(results: Results): readonly Target[] {
  const { ladders, memory, wal, coldLoad, compactionBlocks } = results
  const ours = highestRate(ladders['workforce-democracy'])
  const theirs = highestRate(ladders.hocuspocus)
  const at2000 = medianRung(ladders['workforce-democracy'], RATES[1]).acknowledgement
  const ratio = (pair: Pair<number>) => pair['workforce-democracy'] / pair.hocuspocus
  return [
    atLeast('highest durable rate, times that of Hocuspocus', ours / theirs, 3, '×'),
    atLeast('highest durable rate', ours, 8_000, 'updates/s'),
    atMost('durable p50 at 2,000/s', at2000?.p50, 5, 'ms'),
    atMost('durable p99 at 2,000/s', at2000?.p99, 50, 'ms'),
    atMost(
      'memory per document, share of Hocuspocus',
      ratio(mapPair(memory, each => each.perDocument)),
      1 / 5,
      '×',
    ),
    atMost('WAL per small edit, share of Hocuspocus', ratio(mapPair(wal, each => each.median)), 1 / 100, '×'),
    ...Object.entries(coldLoad).map(([history, pair]) =>
      atMost(
        `cold load (${history}), share of Hocuspocus`,
        ratio(mapPair(pair, each => each.ms)),
        1 / 10,
        '×',
      ),
    ),
    ...compactionBlocks.map(({ compactingMs, votes }) =>
      atMost(`block during compaction of ${votes} votes`, compactingMs, 50, 'ms'),
    ),
  ]
}

const mapPair = <T>(pair: Pair<T>, read: (each: T) => number): Pair<number> => ({
  'workforce-democracy': read(pair['workforce-democracy']),
  hocuspocus: read(pair.hocuspocus),
})

const atLeast = (what: string, reached: number, wanted: number, unit: string): Target => ({
  ...{ what, reached, wanted, unit },
  met: reached >= wanted,
})

const atMost = (what: string, reached = Number.NaN, wanted: number, unit: string): Target => ({
  ...{ what, reached, wanted, unit },
  met: reached <= wanted,
})
