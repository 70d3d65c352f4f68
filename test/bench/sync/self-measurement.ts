// What every server of the benchmark tells of its own process, by the same code.
import { monitorEventLoopDelay } from 'node:perf_hooks'

/** The timer that the event loop is watched with. Its period is part of every delay that is told. */
const RESOLUTION_MS = 1

/** Calls that each server process answers beside its own. */
export interface SelfMeasurement {
  readonly [name: string]: (argument: undefined) => unknown
  /** Resident bytes, after what is garbage was collected. */
  residentBytes(argument: undefined): Promise<number>
  /** Seconds of processor that this process has used, all its threads together. */
  cpuSeconds(argument: undefined): number
  /** Longest block of the event loop since the last call, in milliseconds. */
  longestBlockMs(argument: undefined): number
}

/** Makes the handlers of {@link SelfMeasurement}. */
export function createSelfMeasurement(): SelfMeasurement {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  return {
    async residentBytes() {
      // What finalizers free is garbage only of the next collection, and the allocator returns pages a little later.
      for (let n = 0; n < 5; n++) {
        globalThis.gc?.()
        await new Promise(resolve => setTimeout(resolve, 100))
      }
      return process.memoryUsage.rss()
    },
    cpuSeconds() {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1e6
    },
    longestBlockMs() {
      // Watching costs a timer a millisecond: it starts with the first question.
      const longest = delay.max / 1e6
      delay.enable()
      delay.reset()
      return longest
    },
  }
}
