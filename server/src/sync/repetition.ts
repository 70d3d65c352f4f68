// Work that is done again and again, never twice at a time.

/** Disposing waits for what is under way. */
export interface Repetition extends AsyncDisposable {
  /** Does it now, or once more after what is under way. */
  now(): void
}

/** Does `work` every so often until disposed. */
export function repeatEvery(
  intervalMs: number,
  work: () => Promise<void>,
  onError: (error: unknown) => void,
): Repetition {
  let running: Promise<void> | undefined
  let isWanted = false
  const run = async () => {
    while (isWanted) {
      isWanted = false
      await work().catch(onError)
    }
    running = undefined
  }
  const now = () => {
    isWanted = true
    running ??= run()
  }
  const timer = setInterval(now, intervalMs).unref()
  return {
    now,
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await running
    },
  }
}
