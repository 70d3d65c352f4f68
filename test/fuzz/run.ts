// The long fuzz run: `npm run test:fuzz -- --frames 200000 --seed 1`, on a Postgres of its own.
// An attack has 250 frames: `--frames 250 --seed N` repeats what went wrong at seed N.
import { parseArgs } from 'node:util'
import { startOwnPostgres } from '../support/own-postgres.ts'
import { startTestServer } from '../support/server.ts'
import { fuzz } from './fuzz-run.ts'
import { outcomeTable } from './outcome-table.ts'

const { values } = parseArgs({
  options: { frames: { type: 'string', default: '20000' }, seed: { type: 'string', default: '1' } },
})
const [seed, frames] = [Number(values.seed), Number(values.frames)]
const PROGRESS_EVERY_MS = 10_000

await using postgres = await startOwnPostgres()
await using server = await startTestServer({}, postgres.databases)

const startedMs = performance.now()
let toldMs = startedMs
const onBatch = (done: number) => {
  if (performance.now() - toldMs < PROGRESS_EVERY_MS) return
  toldMs = performance.now()
  console.log(`${done} of ${frames} frames`)
}
const report = await fuzz(server, { seed, frames, onBatch })
console.log(outcomeTable(report.outcomes))
const seconds = Math.round((performance.now() - startedMs) / 1000)
const grownMib = (report.memoryGrowthBytes / 1024 / 1024).toFixed(1)
console.log(
  `${report.frames} hostile frames and ${report.handshakes} handshakes from seed ${seed} in ${seconds} s; ` +
    `${report.witnessed} writes of witnesses acknowledged and relayed; ${grownMib} MiB more in use than after the first batch.`,
)
