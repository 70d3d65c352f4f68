// A process that has the Postgres of a data directory: `postgres-owner.ts <data directory>`. Prints `running` when it runs.
import { startEmbeddedPostgres } from '../../server/src/postgres/embedded-postgres.ts'

const { ELSEWHERE, STOP } = process.env
const [dataDir = ''] = process.argv.slice(2)
const postgres = await startEmbeddedPostgres({
  dataDir,
  log: message => console.log(message),
  ...(ELSEWHERE && { elsewhere: [ELSEWHERE] }),
})
console.log('running')
if (!STOP) {
  // A child's pipe alone does not keep the process.
  const waiting = setInterval(() => undefined, 60_000)
  await new Promise(resolve => process.once('SIGTERM', resolve))
  clearInterval(waiting)
}
await postgres[Symbol.asyncDispose]()
