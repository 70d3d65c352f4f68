// The long crash test: `npm run test:crash -- --trials 200`, on the server's own embedded Postgres.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { findEmbeddedDatabases } from '../../server/src/postgres/embedded-postgres.ts'
import { endsWithProcess } from '../support/ends-with-process.ts'
import { startServerProcess } from '../support/server-process.ts'
import { createTemporaryDirectory } from '../support/temporary-directory.ts'
import { until } from '../support/until.ts'
import { KILL_KINDS, type KillKind, type KillOutcome, runKillTrial } from './kill-kinds.ts'

/** One round; it is repeated. A compaction has more places to be killed in than a commit. */
const MIX: readonly KillKind[] = [
  'server',
  'server in compaction',
  'Postgres',
  'server in compaction',
  'Postgres in compaction',
]

const { values } = parseArgs({ options: { trials: { type: 'string', default: '20' } } })
const trials = Number(values.trials)
const outcomesByKind = new Map<KillKind, KillOutcome[]>(KILL_KINDS.map(kind => [kind, []]))
{
  await using directory = await endsWithProcess(createTemporaryDirectory())
  const dataDir = join(directory.path, 'data')
  await using server = await endsWithProcess(startServerProcess({ dataDir }))
  const databaseUrl = async () => (await until(() => findEmbeddedDatabases(dataDir))).databaseUrl
  for (let trial = 1; trial <= trials; trial++) {
    const kind = MIX[trial % MIX.length] as KillKind
    const outcome = await runKillTrial(kind, { server, databaseUrl, dataDir }, trial)
    outcomesByKind.get(kind)?.push(outcome)
    console.log(
      `trial ${trial} of ${trials}, ${kind}${outcome.phase ? ` (${outcome.phase})` : ''}: ` +
        `${outcome.acknowledged} acknowledged, ${outcome.lost.length} lost, ${outcome.twice.length} twice`,
    )
  }
}
for (const [kind, outcomes] of outcomesByKind) console.log(summaryOf(kind, outcomes))
const all = [...outcomesByKind.values()].flat()
console.log(summaryOf('all', all))
const harmed = all.some(({ lost, twice }) => lost.length + twice.length > 0)
process.exitCode = harmed || acknowledgedIn(all) === 0 ? 1 : 0

function summaryOf(kind: KillKind | 'all', outcomes: readonly KillOutcome[]): string {
  const inPhase = (phase: KillOutcome['phase']) => outcomes.filter(outcome => outcome.phase === phase).length
  const count = (keysOf: (outcome: KillOutcome) => readonly string[]) => outcomes.flatMap(keysOf).length
  return (
    `${kind}: ${outcomes.length} kills, ${inPhase('locked')} of them in a compaction before its snapshot was ` +
    `written and ${inPhase('written')} after, ${acknowledgedIn(outcomes)} updates acknowledged: ` +
    `${count(({ lost }) => lost)} lost, ${count(({ twice }) => twice)} there twice.`
  )
}

function acknowledgedIn(outcomes: readonly KillOutcome[]): number {
  return outcomes.reduce((sum, { acknowledged }) => sum + acknowledged, 0)
}
