// The queue of jobs, as the caller's transaction adds to it.
import type { Db } from './database.ts'

/** What jobs carry: ids, and nothing else. */
export interface JobPayloads {
  /** Sends one mail of the outbox. */
  readonly 'send-mail': { readonly mailId: string }
  /** Takes up mails that are due and that nobody sends, after a server was killed. */
  readonly 'send-due-mails': Record<string, never>
  /** Deletes what has run out. */
  readonly expire: Record<string, never>
  /** Compacts what nobody has open and a killed server has left. */
  readonly 'compact-left': Record<string, never>
  /** Counts anew what people have viewed and how they have rated it. */
  readonly 'count-community': Record<string, never>
}

/** Name of a task. */
export type TaskName = keyof JobPayloads

/** A task that needs to be told nothing, and is done again and again. */
export type PeriodicTask = Exclude<TaskName, 'send-mail'>

/** Adds a job: it is done if the caller's transaction commits, and only then. Not before `delayMs` have passed. */
export async function addJob<Name extends TaskName>(
  db: Db,
  task: Name,
  payload: JobPayloads[Name],
  delayMs = 0,
): Promise<void> {
  await db.query(
    `select from graphile_worker.add_job($1, $2::json, run_at => now() + $3::float8 * interval '1 millisecond')`,
    [task, JSON.stringify(payload), delayMs],
  )
}

/** Has a task done at the next full interval, once, however many servers ask for it. */
export async function schedule(db: Db, task: PeriodicTask, everySeconds: number): Promise<void> {
  await db.query(
    `select from graphile_worker.add_job($1, '{}',
       run_at => to_timestamp(ceil(extract(epoch from now()) / $2::float8) * $2::float8),
       job_key => $1, job_key_mode => 'preserve_run_at')`,
    [task, everySeconds],
  )
}
