// Work that takes much memory or time, only so much of it at once.

/** Does work when its turn has come. */
export type Turns = <T>(work: () => Promise<T>) => Promise<T>

/** Makes turns: at most `limit` at once, in the order in which they were asked for. */
export function createTurns(limit: number): Turns {
  const waiting: (() => void)[] = []
  let free = limit
  return async work => {
    if (free > 0) free--
    else await new Promise<void>(resolve => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free++
    }
  }
}
