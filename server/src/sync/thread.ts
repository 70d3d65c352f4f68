// Starts files of this folder as threads, built or not.
import { Worker, type WorkerOptions } from 'node:worker_threads'

/** Starts `./<name>`. Threads of Node 20 do not inherit tsx, which runs us where we are not built. */
export function startThread(
  name: string,
  options: Pick<WorkerOptions, 'resourceLimits' | 'workerData'> = {},
): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL(`./${name}.js`, import.meta.url), options)
  const source = new URL(`./${name}.ts`, import.meta.url).href
  return new Worker(
    `import('tsx/esm/api').then(({ register }) => { register(); return import('${source}') })`,
    { ...options, eval: true, execArgv: ['--conditions=wd-source'] },
  )
}
