// Takes the place of `server/src/sync/thread.ts` in test runs: the same threads, compiled once (see built.ts).
import { Worker } from 'node:worker_threads'
import type { startThread as start } from '../../server/src/sync/thread.ts'
import { builtFileNow } from './built.ts'

/** Starts `server/src/sync/<name>`. Without the arguments of this process, which lead to the sources. */
export const startThread: typeof start = (name, options = {}) =>
  new Worker(builtFileNow(new URL(`../../server/src/sync/${name}.ts`, import.meta.url)), {
    ...options,
    execArgv: [],
  })
