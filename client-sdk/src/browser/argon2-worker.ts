// Argon2id in a worker, so that the page can draw meanwhile: one worker a derivation, since it takes 64 MiB.
import { type Argon2id, type Argon2Options, argon2id } from '../keys/argon2id.ts'
import { trustedScriptUrl } from './script-url.ts'
import type { WorkerAnswer, WorkerRequest } from './wd-worker.ts'

/**
 * Argon2id in the worker at `workerUrl`. Where no worker can be started (a page that lies elsewhere than the script, or
 * whose policy forbids it) it runs on the page, which stands still meanwhile; the console says so.
 */
export function createArgon2InWorker(workerUrl: () => string): Argon2id {
  return async options => {
    try {
      return await deriveInWorker(workerUrl(), options)
    } catch (error) {
      if (!(error instanceof WorkerUnavailable)) throw error
      console.warn(`workforce-democracy: ${error.message}; deriving a key on the page instead.`)
      return argon2id(options)
    }
  }
}

class WorkerUnavailable extends Error {}

async function deriveInWorker(url: string, options: Argon2Options): Promise<Uint8Array> {
  const worker = startWorker(url)
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<WorkerAnswer>) =>
        'bytes' in data ? resolve(data.bytes) : reject(new Error(data.error))
      worker.onerror = event => {
        event.preventDefault()
        reject(new WorkerUnavailable(`No worker at ${url}`))
      }
      worker.postMessage({ id: 0, options } satisfies WorkerRequest)
    })
  } finally {
    worker.terminate()
  }
}

function startWorker(url: string): Worker {
  try {
    return new Worker(trustedScriptUrl(url))
  } catch (cause) {
    throw new WorkerUnavailable(`No worker at ${url}`, { cause })
  }
}
