// What a trial of the crash test kills, and when.
import type { OpenableDocument } from '@workforce-democracy/shared'
import { registerPerson } from '../support/people.ts'
import type { ServerProcess } from '../support/server-process.ts'
import { type CompactionPhase, haltInCompaction } from './compaction-halt.ts'
import { runCrashTrial, type TrialOutcome } from './crash-trial.ts'
import { killPostgres } from './postgres-kill.ts'

/** Kinds of kills: of either process, at a random moment or with a compaction's transaction open. */
export const KILL_KINDS = ['server', 'server in compaction', 'Postgres', 'Postgres in compaction'] as const
export type KillKind = (typeof KILL_KINDS)[number]

/** A server to be killed, and where its Postgres is. */
export interface Victim {
  readonly server: ServerProcess
  readonly databaseUrl: () => Promise<string>
  /** Where the Postgres of its own has its files; only kills of Postgres need it. */
  readonly dataDir: string
}

/** How a trial of some kind ended. */
export interface KillOutcome extends TrialOutcome {
  /** Where the compaction stood that the kill fell into, if it was to, and did. */
  readonly phase: CompactionPhase | undefined
}

/** Several that fill up their 500 rows: there is a compaction under way most of the time. */
const COMPACTED: readonly OpenableDocument[] = ['votes', 'bookmarks', 'progress']

/** Runs one trial with a person of its own: tokens last ten minutes, a long series does not. */
export async function runKillTrial(kind: KillKind, victim: Victim, trial: number): Promise<KillOutcome> {
  const { server, dataDir } = victim
  const person = await registerPerson(server.url)
  const end = kind.startsWith('Postgres') ? () => killPostgres(server, dataDir) : () => server.kill('SIGKILL')
  if (!kind.endsWith('in compaction')) {
    const killAfterMs = 50 + Math.random() * 1000
    const outcome = await runCrashTrial(server, person, { trial, clients: 2, killAfterMs, kill: end })
    return { ...outcome, phase: undefined }
  }
  const phase: CompactionPhase = Math.random() < 0.5 ? 'locked' : 'written'
  let fellIntoIt = false
  const outcome = await runCrashTrial(server, person, {
    ...{ trial, clients: 2, documents: COMPACTED, killAfterMs: 0 },
    async kill() {
      fellIntoIt = await haltInCompaction(server, await victim.databaseUrl(), phase)
      await end()
    },
  })
  return { ...outcome, phase: fellIntoIt ? phase : undefined }
}
