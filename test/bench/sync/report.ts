// The tables that the benchmark prints: Markdown, so that they can be put into the documentation as they are.
import { HISTORIES } from './cold-load.ts'
import { RATES } from './ladder.ts'
import {
  CLIMBERS,
  type Climber,
  highestRate,
  medianRung,
  type Pair,
  type Results,
  type Target,
  targetsOf,
} from './results.ts'
import type { Latency } from './statistics.ts'

const NAMES: Readonly<Record<Climber, string>> = {
  'workforce-democracy': 'this server, text',
  'workforce-democracy votes': 'this server, votes',
  hocuspocus: 'Hocuspocus',
  'y-websocket': '@y/websocket-server',
}
/** What an acknowledgement means. */
const MEANINGS: Readonly<Record<Climber, string>> = {
  'workforce-democracy': 'durable',
  'workforce-democracy votes': 'durable',
  hocuspocus: 'acknowledged, not durable',
  'y-websocket': 'none',
}
const CONCLUSION_DIGITS = 2

/** All results as Markdown. */
export function toMarkdown(results: Results): string {
  return [
    '| updates/s | server | relay p50 | relay p99 | acknowledged p50 | acknowledged p99 | meaning | cores: server | Postgres | others | generator late p99 |',
    '|---|---|---|---|---|---|---|---|---|---|---|',
    ...RATES.flatMap(rate => CLIMBERS.map(climber => rateRow(results, rate, climber))),
    '',
    '| server | highest rate with p99 under 100 ms | runs |',
    '|---|---|---|',
    ...CLIMBERS.map(climber => highestRow(results, climber)),
    '',
    '| | this server | Hocuspocus |',
    '|---|---|---|',
    ...comparison(results),
    '',
    '| to reach | wanted | measured | |',
    '|---|---|---|---|',
    ...targetsOf(results).map(targetRow),
  ].join('\n')
}

function rateRow({ ladders }: Results, rate: number, climber: Climber): string {
  const rung = medianRung(ladders[climber], rate)
  const latency = (each: Latency | undefined) => (each ? [ms(each.p50), ms(each.p99)] : ['–', '–'])
  return row(
    grouped(rate),
    NAMES[climber],
    ...latency(rung.relay),
    ...latency(rung.acknowledgement),
    MEANINGS[climber],
    rung.serverCores.toFixed(2),
    rung.postgresCores.toFixed(2),
    rung.foreignCores.toFixed(2),
    ms(rung.lateP99),
  )
}

function highestRow({ ladders }: Results, climber: Climber): string {
  const runs = ladders[climber].map(ladder => grouped(ladder.highestRate))
  return row(NAMES[climber], grouped(highestRate(ladders[climber])), runs.join(', '))
}

function comparison({ stored, memory, wal, coldLoad, floor, compactionBlocks }: Results): string[] {
  const both = <T>(what: string, pair: Pair<T>, show: (each: T) => string) =>
    row(what, show(pair['workforce-democracy']), show(pair.hocuspocus))
  return [
    row(
      'until the row in Postgres holds an update, at 2,000/s',
      'as durable',
      `p50 ${ms(stored.p50)}, p99 ${ms(stored.p99)}`,
    ),
    both('memory per open document with its connection', memory, each => kb(each.perDocument)),
    both('memory per further connection', memory, each => kb(each.perConnection)),
    both('WAL per 25-byte edit of a 123 KB document, median', wal, each => `${grouped(each.median)} bytes`),
    both('the same, mean', wal, each => `${grouped(each.mean)} bytes`),
    ...HISTORIES.map(history =>
      both(
        `cold load of 10,000 edits, ${history}`,
        coldLoad[history],
        each => `${ms(each.ms)} (${kb(each.bytes)})`,
      ),
    ),
    ...compactionBlocks.map(each =>
      row(
        `longest block of the event loop, compacting ${kb(each.documentBytes)}`,
        `${ms(each.compactingMs)} (${each.compactions} compactions; ${ms(each.otherwiseMs)} without)`,
        '–',
      ),
    ),
    ...Object.entries(floor).map(([batch, rate]) =>
      row(`floor: inserts by \`pg\` alone, ${batch} a commit`, `${grouped(rate)}/s`, '–'),
    ),
  ]
}

const targetRow = ({ what, wanted, reached, unit, met }: Target): string =>
  row(what, amount(wanted, unit), amount(reached, unit), met ? 'met' : `missed: ${missedBy(reached, wanted)}`)

function missedBy(reached: number, wanted: number): string {
  const [more, less] = reached > wanted ? [reached, wanted] : [wanted, reached]
  return `by a factor of ${(more / less).toFixed(CONCLUSION_DIGITS)}`
}

const amount = (value: number, unit: string): string =>
  unit === '×' ? `${value.toPrecision(3)} ×` : `${value < 100 ? value.toFixed(1) : grouped(value)} ${unit}`
const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`
const grouped = (value: number): string => Math.round(value).toLocaleString('en-US')
const kb = (bytes: number): string => `${(bytes / 1000).toFixed(1)} KB`
const ms = (value: number): string =>
  Number.isFinite(value) ? `${value < 10 ? value.toFixed(1) : grouped(value)} ms` : 'not all arrived'
