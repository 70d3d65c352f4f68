// The long series of the sealing test: `npm run test:sealing -- [--rounds 100] [--seed 1]`.
import { parseArgs } from 'node:util'
import { developmentSecrets } from '../../server/src/secrets.ts'
import { endsWithProcess } from '../support/ends-with-process.ts'
import { startOwnPostgres } from '../support/own-postgres.ts'
import { startServerProcess } from '../support/server-process.ts'
import { type RoundOutcome, runRound, wrongIn } from './round.ts'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '100' }, seed: { type: 'string', default: '1' } },
})
const [rounds, seed] = [Number(values.rounds), Number(values.seed)]

await using postgres = await startOwnPostgres()
const { databaseUrl, keysDatabaseUrl } = postgres.databases
const { dataDir } = postgres
await using server = await endsWithProcess(startServerProcess({ dataDir, databaseUrl, keysDatabaseUrl }))
const config = await developmentSecrets(dataDir)
const outcomes: RoundOutcome[] = []
for (let round = 0; round < rounds; round++) {
  const outcome = await runRound({ server, databases: postgres.databases, config }, { seed: seed + round })
  outcomes.push(outcome)
  const wrong = wrongIn(outcome)
  console.log(
    `round ${round + 1} of ${rounds} (seed ${seed + round}): ${outcome.mode}, ${outcome.saved} saved${wrong.length > 0 ? `: ${wrong.join('; ')}` : ''}`,
  )
}
const count = (mode: string) => outcomes.filter(outcome => outcome.mode === mode).length
const wrong = outcomes.flatMap(wrongIn)
console.log(
  `${rounds} kills, ${outcomes.reduce((sum, { saved }) => sum + saved, 0)} votes saved; ${count('open')} times open in the end, ${count('sealed')} times sealed: ${wrong.length} wrong.`,
)
process.exitCode = wrong.length > 0 ? 1 : 0
