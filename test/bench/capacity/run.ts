// What people cost, and what many of them take: `npm run bench:capacity -- [--quick] [--json FILE]`.
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { FULL, QUICK } from '../sync/bench.ts'
import { load, openBench } from '../sync/open-bench.ts'
import { type CapacitySize, type Costs, measureCosts, type Processor } from './costs.ts'
import { ASSUMED, type Demand, demandOf } from './model.ts'

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, json: { type: 'string' } },
})

const SCALES = [1_000, 5_000, 50_000, 100_000, 10_000_000] as const
const SIZE: CapacitySize = {
  accounts: 200,
  people: 40,
  days: 100,
  openings: 2_000,
  readings: 200,
  idleDocuments: 4_000,
  idleMs: 20_000,
}
const QUICK_SIZE: CapacitySize = {
  accounts: 60,
  people: 4,
  days: 100,
  openings: 300,
  readings: 40,
  idleDocuments: 800,
  idleMs: 8_000,
}

const loadBefore = load()
await using bench = await openBench(values.quick ? QUICK : FULL)
const costs = await measureCosts(bench, values.quick ? QUICK_SIZE : SIZE)
const demands = SCALES.map(people => demandOf(people, costs))
console.log(`Load of the machine: ${loadBefore} before, ${load()} after.\n`)
console.log([...costTable(costs), '', ...demandTable(demands)].join('\n'))
if (values.json)
  await writeFile(values.json, `${JSON.stringify({ costs, ASSUMED, demands }, undefined, 2)}\n`)

function costTable(each: Costs): string[] {
  const processor = (what: string, { server, postgres }: Processor) =>
    row(what, `${server.toFixed(3)} ms`, `${postgres.toFixed(3)} ms`)
  return [
    '| of one | server | Postgres |',
    '|---|---|---|',
    processor('write, with its projection', each.write),
    processor('opening of a document', each.opening),
    processor('open document, a second', each.idleSecond),
    processor('list of recommendations', each.recommendation),
    processor('sign-up or sign-in', each.signUp),
    '',
    '| stored | bytes |',
    '|---|---|',
    row('an account without content', grouped(each.accountBytes)),
    row(`an active year (${grouped(each.yearWrites)} writes)`, grouped(each.yearBytes)),
    ...Object.entries(each.yearBytesByTable)
      .filter(([, size]) => size > each.yearBytes / 50)
      .map(([table, size]) => row(`of it \`${table}\``, grouped(size))),
    row('WAL a write, projection and compaction included', grouped(each.walBytesAWrite)),
  ]
}

function demandTable(all: readonly Demand[]): string[] {
  const line = (what: string, read: (demand: Demand) => string) => row(what, ...all.map(read))
  const uses = Object.keys(all[0]?.coresBy ?? {})
  return [
    row('people', ...all.map(({ people }) => grouped(people))),
    row('---', ...all.map(() => '---')),
    line('connected at the peak', demand => grouped(demand.connected)),
    line('open documents at the peak', demand => grouped(demand.openDocuments)),
    line('writes a second at the peak', demand => demand.writesASecond.toFixed(1)),
    line('openings a second at the peak', demand => demand.openingsASecond.toFixed(1)),
    line('cores of servers, busy', demand => demand.cores.server.toFixed(2)),
    line('cores of Postgres, busy', demand => demand.cores.postgres.toFixed(2)),
    ...uses.map(use => line(`cores by ${use}`, demand => (demand.coresBy[use] ?? 0).toFixed(3))),
    line('memory of open documents', demand => bytes(demand.memoryBytes)),
    line(`Postgres after ${ASSUMED.years} years`, demand => bytes(demand.storedBytes)),
    line('WAL a day', demand => bytes(demand.walBytesADay)),
  ]
}

function row(...cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

function grouped(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

function bytes(value: number): string {
  return value < 1e9 ? `${(value / 1e6).toFixed(1)} MB` : `${(value / 1e9).toFixed(1)} GB`
}
