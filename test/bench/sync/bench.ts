// What all measurements share: one Postgres, one load generator, and how much to measure.
import type pg from 'pg'
import type { EmbeddedPostgres } from '../../../server/src/postgres/embedded-postgres.ts'
import type { BenchProcess } from './calls.ts'
import type { GeneratorHandlers } from './generator-child.ts'

/** How much is measured. */
export interface BenchSize {
  /** Alternating runs of the rates, and of whatever else is a median. */
  readonly runs: number
  /** At each rate. */
  readonly warmUpMs: number
  readonly measuredMs: number
  /** How often a rate is measured again when others disturbed. */
  readonly repeats: number
  /** How long the time until a row holds an update is measured. */
  readonly storedMs: number
  /** Open documents at the two ends of the slope. */
  readonly memoryDocuments: readonly [number, number]
  readonly walEdits: number
  readonly floorMs: number
  /** Votes in the documents that are compacted: a few MB are of the 8 MiB that a document may have. */
  readonly compactedVotes: readonly number[]
  /** How long each measurement waits, at most, for the machine to be idle. */
  readonly quietMs: number
}

/** A benchmark under way. */
export interface Bench {
  readonly size: BenchSize
  readonly postgres: EmbeddedPostgres
  /** Connected as superuser. */
  readonly admin: pg.Client
  /** Connected to the database that all servers store in. */
  readonly data: pg.Client
  readonly dataDir: string
  readonly generator: BenchProcess<GeneratorHandlers>
  readonly say: (line: string) => void
}

export const FULL: BenchSize = {
  runs: 5,
  warmUpMs: 500,
  measuredMs: 2_000,
  repeats: 1,
  storedMs: 24_000,
  memoryDocuments: [1_000, 4_000],
  walEdits: 1_000,
  floorMs: 3_000,
  compactedVotes: [1_000, 25_000],
  quietMs: 10_000,
}

export const QUICK: BenchSize = {
  runs: 1,
  warmUpMs: 300,
  measuredMs: 1_000,
  repeats: 0,
  storedMs: 4_000,
  memoryDocuments: [100, 400],
  walEdits: 100,
  floorMs: 500,
  compactedVotes: [25_000],
  quietMs: 1_000,
}
