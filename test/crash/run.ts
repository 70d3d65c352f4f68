// The long crash test: `npm run test:crash -- --trials 200`, on the server's own embedded Postgres.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { registerPerson } from '../support/people.ts'
import { startServerProcess } from '../support/server-process.ts'
import { createTemporaryDirectory } from '../support/temporary-directory.ts'
import { runCrashTrial } from './crash-trial.ts'

const { values } = parseArgs({ options: { trials: { type: 'string', default: '20' } } })
const trials = Number(values.trials)
let acknowledged = 0
let lost = 0
let twice = 0
{
  await using directory = await createTemporaryDirectory()
  await using server = await startServerProcess({ dataDir: join(directory.path, 'data') })
  for (let trial = 1; trial <= trials; trial++) {
    // A person for each trial: tokens last ten minutes, a long series does not.
    const person = await registerPerson(server.url)
    const outcome = await runCrashTrial(server, person, {
      trial,
      clients: 2,
      killAfterMs: 50 + Math.random() * 1000,
    })
    acknowledged += outcome.acknowledged
    lost += outcome.lost.length
    twice += outcome.twice.length
    console.log(
      `trial ${trial} of ${trials}: ${outcome.acknowledged} acknowledged, ${outcome.lost.length} lost`,
    )
  }
}
console.log(
  `${trials} kills, ${acknowledged} updates acknowledged before them: ${lost} lost, ${twice} there twice.`,
)
process.exitCode = lost + twice > 0 || acknowledged === 0 ? 1 : 0
