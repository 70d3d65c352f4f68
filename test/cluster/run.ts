// The long cluster test: `npm run test:cluster -- [--rounds 50] [--bus postgres|redis] [--pooled]`, by default both buses.
import { parseArgs } from 'node:util'
import { endsWithProcess } from '../support/ends-with-process.ts'
import { startOwnPostgres } from '../support/own-postgres.ts'
import { noPgBouncer } from '../support/pgbouncer.ts'
import { noRedis } from '../support/redis.ts'
import { BUSES, type BusKind, startCluster } from './cluster.ts'
import { type RoundOutcome, runRound } from './round.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '50' },
    bus: { type: 'string' },
    seed: { type: 'string', default: '1' },
    pooled: { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds)
const seed = Number(values.seed)
const buses = BUSES.filter(bus => values.bus === undefined || bus === values.bus)
if (buses.length === 0) throw new Error(`The buses are ${BUSES.join(' and ')}.`)

const harmed: string[] = []
for (const bus of buses) {
  const missing = (bus === 'redis' && noRedis) || (values.pooled && noPgBouncer)
  if (missing) console.log(`${bus}: not run, ${missing}.`)
  else harmed.push(...(await series(bus)))
}
process.exitCode = harmed.length > 0 ? 1 : 0

/** Runs all rounds over one bus; returns what went wrong. */
async function series(bus: BusKind): Promise<string[]> {
  await using postgres = await startOwnPostgres()
  const { databases } = postgres
  await using cluster = await endsWithProcess(startCluster({ databases, bus, pooled: values.pooled }))
  const outcomes: RoundOutcome[] = []
  for (let round = 0; round < rounds; round++) {
    const outcome = await runRound(cluster, { seed: seed + round })
    outcomes.push(outcome)
    const wrong = wrongIn(outcome)
    console.log(
      `${bus}, round ${round + 1} of ${rounds} (seed ${seed + round}): ${outcome.acknowledged} acknowledged, ` +
        `${outcome.moves} moves${wrong.length > 0 ? `: ${wrong.join('; ')}` : ''}`,
    )
  }
  const sum = (read: (outcome: RoundOutcome) => number) =>
    outcomes.reduce((total, outcome) => total + read(outcome), 0)
  const count = (read: (outcome: RoundOutcome) => readonly string[]) => sum(outcome => read(outcome).length)
  console.log(
    `${bus}${values.pooled ? ' behind PgBouncer' : ''}: ${outcomes.length} kills, ${sum(({ moves }) => moves)} moves, ` +
      `${sum(({ acknowledged }) => acknowledged)} registers acknowledged: ${count(({ lost }) => lost)} lost, ` +
      `${count(({ twice }) => twice)} there twice, ${count(({ diverged }) => diverged)} times not converged, ` +
      `${count(({ unreadable }) => unreadable)} times not readable, ${count(({ errors }) => errors)} errors logged.`,
  )
  return outcomes.flatMap(wrongIn)
}

function wrongIn({ lost, twice, diverged, unreadable, errors }: RoundOutcome): string[] {
  const lists = { lost, twice, diverged, unreadable, errors }
  return Object.entries(lists).flatMap(([what, list]) => list.map(each => `${what} ${each}`))
}
