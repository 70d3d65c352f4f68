// The long fuzz run: `npm run test:fuzz -- --frames 200000 --seed 1`, on a Postgres of its own.
// An attack has 250 frames: `--frames 250 --seed N` repeats what went wrong at seed N.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { migrateAll } from '../../server/src/db/migrate.ts'
import { startEmbeddedPostgres } from '../../server/src/postgres/embedded-postgres.ts'
import { startTestServer } from '../support/server.ts'
import { createTemporaryDirectory } from '../support/temporary-directory.ts'
import { fuzz } from './fuzz-run.ts'
import { outcomeTable } from './outcome-table.ts'

const { values } = parseArgs({
  options: { frames: { type: 'string', default: '20000' }, seed: { type: 'string', default: '1' } },
})
const [seed, frames] = [Number(values.seed), Number(values.frames)]
const PROGRESS_EVERY_MS = 10_000

await using directory = await createTemporaryDirectory()
await using postgres = await startEmbeddedPostgres({
  dataDir: join(directory.path, 'data'),
  log: message => console.log(message),
})
const { databaseUrl, keysDatabaseUrl } = postgres
await migrateAll({ databaseUrl, keysDatabaseUrl })
const nothingToDrop = { databaseUrl, keysDatabaseUrl, [Symbol.asyncDispose]: async () => undefined }
await using server = await startTestServer({}, nothingToDrop)

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
