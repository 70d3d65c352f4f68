// From what a person costs to what so many people take. docs/scaling.md explains it.
import type { Costs, Processor } from './costs.ts'

/** What is assumed of people, not measured. */
export const ASSUMED = {
  /** Share of those who have an account that comes on a day. */
  activeADay: 0.1,
  /** Of them: visits a day, each opening the person's documents. */
  visitsADay: 2,
  documents: 4,
  /** Of them: writes a day, as in the measured year. */
  writesADay: 14,
  recommendationsADay: 4,
  signInsADay: 0.1,
  /** Of them: minutes a day with the page open. */
  onlineMinutes: 30,
  /** The busiest hour against the mean. */
  peak: 4,
  /** Copies of each: the Yjs document and its log on the server, as measured, from all days. */
  years: 3,
  /** Share of a core that may be busy. */
  utilisation: 0.5,
} as const

/** Measured by `npm run bench:sync`: resident bytes of an open document with its connection. */
const DOCUMENT_BYTES = 10_000
const DAY_SECONDS = 86_400

/** What so many people take, at the peak. */
export interface Demand {
  readonly people: number
  readonly connected: number
  readonly openDocuments: number
  readonly writesASecond: number
  readonly openingsASecond: number
  readonly cores: Processor
  /** By what uses it, servers and Postgres together. */
  readonly coresBy: Readonly<Record<string, number>>
  readonly memoryBytes: number
  readonly storedBytes: number
  readonly walBytesADay: number
}

/** Multiplies. */
export function demandOf(people: number, costs: Costs): Demand {
  const active = people * ASSUMED.activeADay
  const connected = (active * ASSUMED.onlineMinutes * 60 * ASSUMED.peak) / DAY_SECONDS
  const openDocuments = connected * ASSUMED.documents
  const perSecond = (aDay: number) => (active * aDay * ASSUMED.peak) / DAY_SECONDS
  const writesASecond = perSecond(ASSUMED.writesADay)
  const openingsASecond = perSecond(ASSUMED.visitsADay * ASSUMED.documents)
  const uses: readonly (readonly [string, number, Processor])[] = [
    ['writes', writesASecond, costs.write],
    ['openings', openingsASecond, costs.opening],
    ['open documents', openDocuments, costs.idleSecond],
    ['recommendations', perSecond(ASSUMED.recommendationsADay), costs.recommendation],
    ['sign-ins', perSecond(ASSUMED.signInsADay), costs.signUp],
  ]
  const coresOf = (of: keyof Processor) =>
    uses.reduce((sum, [, count, cost]) => sum + (count * cost[of]) / 1000, 0)
  return {
    ...{ people, connected, openDocuments, writesASecond, openingsASecond },
    cores: { server: coresOf('server'), postgres: coresOf('postgres') },
    coresBy: Object.fromEntries(
      uses.map(([what, count, { server, postgres }]) => [what, (count * (server + postgres)) / 1000]),
    ),
    memoryBytes: openDocuments * DOCUMENT_BYTES,
    storedBytes:
      people * costs.accountBytes +
      (people * yearWrites() * costs.yearBytes * ASSUMED.years) / costs.yearWrites,
    walBytesADay: active * ASSUMED.writesADay * costs.walBytesAWrite,
  }
}

/** Of somebody who has an account, on average. */
const yearWrites = (): number => 365 * ASSUMED.activeADay * ASSUMED.writesADay
