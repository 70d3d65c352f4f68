// Halts a server in the middle of a compaction, so that whatever is killed then is killed there.
import pg from 'pg'
import type { ServerProcess } from '../support/server-process.ts'

/** How far a compaction's transaction had come: the lock is taken, or its snapshot is written but not committed. */
export type CompactionPhase = 'locked' | 'written'

/** Between two looks the server runs this long at most; less once a compaction is under way, for it is soon done. */
const RUN_AT_MOST_MS = 25
const STEP_AT_MOST_MS = 2
/** What a halted server has sent already is with Postgres by then. */
const SETTLE_MS = 20
const GIVE_UP_AFTER_MS = 5_000

/**
 * Stops a server process (SIGSTOP) at random moments until one falls into that phase of a compaction: into its open
 * transaction, which a process that does not run cannot commit. It stays stopped. `false`: none was met, and it runs.
 */
export async function haltInCompaction(
  server: ServerProcess,
  databaseUrl: string,
  phase: CompactionPhase,
): Promise<boolean> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const deadlineMs = performance.now() + GIVE_UP_AFTER_MS
    let runAtMostMs = RUN_AT_MOST_MS
    while (performance.now() < deadlineMs) {
      await pause(Math.random() * runAtMostMs)
      process.kill(server.pid, 'SIGSTOP')
      const met = await openCompaction(client)
      if (met === phase && (await openCompactionAfter(client, SETTLE_MS)) === phase) return true
      process.kill(server.pid, 'SIGCONT')
      runAtMostMs = met ? STEP_AT_MOST_MS : RUN_AT_MOST_MS
    }
    return false
  } finally {
    await client.end()
  }
}

async function openCompactionAfter(client: pg.Client, ms: number): Promise<CompactionPhase | undefined> {
  await pause(ms)
  return openCompaction(client)
}

/** Only a compaction keeps a transaction open that locks a document's row without changing it or projecting it. */
async function openCompaction(client: pg.Client): Promise<CompactionPhase | undefined> {
  const { rows } = await client.query<{ has_written: boolean }>(
    `select l.has_written
     from pg_stat_activity a
     cross join lateral (
       select
         bool_or(relation = 'documents'::regclass and mode = 'RowShareLock') as has_locked,
         bool_or(relation = 'document_snapshots'::regclass and mode = 'RowExclusiveLock') as has_written,
         bool_or(relation in ('documents'::regclass, 'document_projections'::regclass)
           and mode = 'RowExclusiveLock') as is_other
       from pg_locks where pid = a.pid and granted and relation is not null
     ) l
     where a.datname = current_database() and a.state = 'idle in transaction' and l.has_locked and not l.is_other
     order by l.has_written desc limit 1`,
  )
  const [compaction] = rows
  return compaction && (compaction.has_written ? 'written' : 'locked')
}

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
