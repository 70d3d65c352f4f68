// Five years of daily use: `npm run test:generations -- --sessions 10000 [--seed 1]`, on a Postgres of its own.
import { parseArgs } from 'node:util'
import { startOwnPostgres } from '../support/own-postgres.ts'
import { startTestServer } from '../support/server.ts'
import { type Checkpoint, MAX_RATIO, ratioOf, simulate, totalOf } from './simulation.ts'

const { values } = parseArgs({
  options: { sessions: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
})
const [sessions, seed] = [Number(values.sessions), Number(values.seed)]
const CHECKPOINTS = 40
const FIRST_KEYS = 100

await using postgres = await startOwnPostgres()
const nowMs = Date.now()
await using server = await startTestServer({ nowMs: () => nowMs }, postgres.databases)

const startedMs = performance.now()
const secondsSoFar = () => Math.round((performance.now() - startedMs) / 1000)
const { checkpoints, lost } = await simulate(server, {
  ...{ sessions, seed, firstKeys: FIRST_KEYS, checkpointEvery: Math.ceil(sessions / CHECKPOINTS) },
  onCheckpoint: checkpoint => console.log(lineOf(checkpoint)),
})
const worst = Math.max(...checkpoints.map(ratioOf))
const vectors = checkpoints.map(({ cost }) => cost.stateVectorBytes)
console.log(
  `${checkpoints.at(-1)?.sessions} sessions from seed ${seed} in ${secondsSoFar()} s: at most ` +
    `${worst.toFixed(2)} times a fresh document (${MAX_RATIO} allowed), state vector at most ` +
    `${Math.max(...vectors)} bytes; ${lost.length} registers lost.`,
)
process.exitCode = worst > MAX_RATIO || lost.length > 0 ? 1 : 0

function lineOf(checkpoint: Checkpoint): string {
  const { sessions, registers, generation, cost, fresh, unmoved } = checkpoint
  return (
    `${secondsSoFar()} s: ${sessions} sessions, ${registers} registers, generation ${generation}: ` +
    `${totalOf(cost)} bytes, fresh ${totalOf(fresh)}, ${ratioOf(checkpoint).toFixed(2)} times; state vector ` +
    `${cost.stateVectorBytes}; never moved ${totalOf(unmoved)}, state vector ${unmoved.stateVectorBytes}`
  )
}
