// What a long run has started ends with it, also when a signal ends the run: else servers and databases would be left.
import { constants } from 'node:os'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

const started: Promise<AsyncDisposable>[] = []

/** Disposes this, and what was started before it, when a signal ends the process. Else that is left to the caller. */
export function endsWithProcess<T extends AsyncDisposable>(starting: Promise<T>): Promise<T> {
  if (started.length === 0) for (const signal of SIGNALS) process.once(signal, () => void endBy(signal))
  started.unshift(starting)
  return starting
}

async function endBy(signal: NodeJS.Signals): Promise<void> {
  // Whoever still uses what goes away now fails, which nobody has to hear of.
  for (const event of ['uncaughtException', 'unhandledRejection']) process.on(event, () => undefined)
  for (const starting of started) await starting.then(dispose).catch(() => undefined)
  process.exit(128 + constants.signals[signal])
}

const dispose = (each: AsyncDisposable): PromiseLike<void> => each[Symbol.asyncDispose]()
