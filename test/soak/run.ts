// The soak: `npm run test:soak -- [--idle 10000] [--active 200] [--minutes 5]`, on the server's own embedded Postgres.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { endsWithProcess } from '../support/ends-with-process.ts'
import { registerPerson } from '../support/people.ts'
import { startServerProcess } from '../support/server-process.ts'
import { stockClient } from '../support/stock-client.ts'
import { createTemporaryDirectory } from '../support/temporary-directory.ts'
import { growthOf, type SoakBounds, shortcomingsOf, toMib } from './bounds.ts'
import { type SoakReport, type SoakRow, soak } from './soak.ts'

const { values } = parseArgs({
  options: {
    idle: { type: 'string', default: '10000' },
    active: { type: 'string', default: '200' },
    minutes: { type: 'string', default: '5' },
  },
})
const [idle, active, minutes] = [Number(values.idle), Number(values.active), Number(values.minutes)]
const ROWS = 30
const durationMs = minutes * 60_000
const bounds: SoakBounds = {
  connections: idle + active,
  maxResidentBytes: 512 * 2 ** 20,
  maxGrowth: 0.05,
}

const startMs = performance.now()
await using directory = await endsWithProcess(createTemporaryDirectory())
await using server = await endsWithProcess(startServerProcess({ dataDir: join(directory.path, 'data') }))
const { accessToken } = await registerPerson(server.url)
/** Beside them one stock client that announces nothing: it gives up after 30 s of silence (SPEC P17). */
const stock = stockClient(server.url, accessToken)
stock.provider.awareness.setLocalState(null)
let stockCloses = 0
stock.provider.on('connection-close', () => stockCloses++)
const report = await soak(
  server,
  { idle, active, durationMs, intervalMs: durationMs / ROWS },
  {
    onPhase: what => {
      console.log(`${((performance.now() - startMs) / 1000).toFixed(0)} s: ${what}`)
      if (what === 'soaking')
        console.log(line(['s', 'RSS MiB', 'heap MiB', 'connections', 'acked', 'p50 ms', 'p99 ms']))
    },
    onRow: row => console.log(line(cellsOf(row))),
  },
)
const shortcomings = shortcomingsOf(report, { ...bounds, connections: bounds.connections + 1 })
if (stockCloses > 0) shortcomings.push(`an idle stock client was closed ${stockCloses} times`)
await stock[Symbol.asyncDispose]()
console.log(summaryOf(report))
for (const shortcoming of shortcomings) console.log(`Falls short: ${shortcoming}.`)
process.exitCode = shortcomings.length > 0 ? 1 : 0

function cellsOf({
  seconds,
  residentBytes,
  heapBytes,
  connections,
  acknowledged,
  latency,
}: SoakRow): string[] {
  return [
    ...[seconds.toFixed(0), toMib(residentBytes), toMib(heapBytes), String(connections)],
    ...[String(acknowledged), latency.p50.toFixed(1), latency.p99.toFixed(1)],
  ]
}

function line(cells: readonly string[]): string {
  return cells.map(cell => cell.padStart(12)).join('')
}

function summaryOf({ rows, peakResidentBytes, lost, sent, acknowledged }: SoakReport): string {
  return (
    `${idle} idle and ${active} active connections for ${minutes} minutes: at most ${toMib(peakResidentBytes)} MiB ` +
    `resident, ${(growthOf(rows) * 100).toFixed(1)} % more in the last fifth than in the second; ` +
    `${lost.length} connections lost; ${acknowledged} of ${sent} writes acknowledged.`
  )
}
