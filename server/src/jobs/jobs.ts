// Jobs: what is done after a transaction, or again and again, by whichever server comes first.
//
// On graphile-worker: its `add_job` is SQL, so that a job is added in the caller's transaction and the outbox is
// transactional; it is small, and 0.16 runs on Node 20, which 0.17 and pg-boss 11 do not. It listens (LISTEN), so it
// needs Postgres itself, not a pooler in transaction mode. What it lacks we have here: it loses a worker whose connection
// breaks at the wrong moment, and its own timetable ends the process when Postgres is away.
import { EventEmitter } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { Logger as QueueLogger, runTaskList, type WorkerEvents, type WorkerPool } from 'graphile-worker'
import type { Logger } from 'pino'
import { createPool, READ_TIMEOUTS } from '../db/database.ts'
import { sqlState } from '../db/error-codes.ts'
import { type JobPayloads, type PeriodicTask, schedule, type TaskName } from '../db/jobs.ts'

/** Jobs at once: a mail server that is slow must not hold up all else. */
const CONCURRENCY = 3
/** One connection listens. */
const CONNECTIONS = CONCURRENCY + 1
const RESTART_MS = 1_000
const SCHEDULE_MS = 30_000
/** How long a server that stops waits for jobs; what they do not finish is done later. */
const FAREWELL_MS = 2_500

/**
 * What is done for each job. A task that throws is logged, by its code alone, and not done again: what must be is found
 * again by a periodic one, also after a kill.
 */
export type Tasks = { readonly [Name in TaskName]: (payload: JobPayloads[Name]) => Promise<void> }

/** What jobs are made of. */
export interface JobServices {
  /** Of Postgres itself. */
  readonly connectionString: string
  readonly tasks: Tasks
  readonly everySeconds: Readonly<Record<PeriodicTask, number>>
  readonly logger: Logger
}

/** Does the jobs of the queue until disposed. */
export function createJobs({ connectionString, tasks, everySeconds, logger }: JobServices): AsyncDisposable {
  const pool = createPool(connectionString, { ...READ_TIMEOUTS, max: CONNECTIONS })
  const taskList = Object.fromEntries(
    (Object.keys(tasks) as TaskName[]).map(name => [name, quietly(logger, name, tasks[name])]),
  )
  let workers: WorkerPool | undefined
  let stopped = false

  const start = (): void => {
    const events = new EventEmitter() as WorkerEvents
    const started = runTaskList(
      { concurrency: CONCURRENCY, noHandleSignals: true, logger: queueLogger(logger), events },
      taskList,
      pool,
    )
    workers = started
    events.on('worker:stop', ({ error }) => {
      if (error === undefined || stopped || workers !== started) return
      workers = undefined
      void replace(started)
    })
  }
  /** One that has lost a worker does not get another by itself. */
  const replace = async (lost: WorkerPool): Promise<void> => {
    logger.warn('the jobs are taken up again')
    void lost.gracefulShutdown().catch(() => undefined)
    await pause(RESTART_MS, undefined, { ref: false })
    if (!stopped) start()
  }
  const plan = async (): Promise<void> => {
    for (const [task, seconds] of Object.entries(everySeconds))
      await schedule(pool, task as PeriodicTask, seconds).catch(error =>
        logger.warn({ task, sqlState: sqlState(error) }, 'a job could not be planned'),
      )
  }
  start()
  void plan()
  const planning = setInterval(() => void plan(), SCHEDULE_MS).unref()
  return {
    async [Symbol.asyncDispose]() {
      stopped = true
      clearInterval(planning)
      await Promise.race([workers?.gracefulShutdown(), pause(FAREWELL_MS, undefined, { ref: false })])
      await pool.end()
    },
  }
}

function quietly<Name extends TaskName>(logger: Logger, name: Name, task: Tasks[Name]) {
  return async (payload: unknown): Promise<void> => {
    try {
      await task(payload as JobPayloads[Name])
    } catch (error) {
      logger.error({ task: name, sqlState: sqlState(error) }, 'a job failed')
    }
  }
}

/** Its messages quote what went wrong: nothing of them but that there was one. */
function queueLogger(logger: Logger): QueueLogger {
  return new QueueLogger(() => (level, _message, meta) => {
    if (level === 'error') logger.warn({ sqlState: sqlState(meta?.error) }, 'the queue of jobs had an error')
  })
}
