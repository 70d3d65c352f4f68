// How busy the machine is: on a shared one, others' work is waited for, within limits, and told.
import { availableParallelism, cpus } from 'node:os'

const SAMPLE_MS = 500
/** Of all cores. */
const QUIET_SHARE = 0.85

/** Begins to watch; the function that it returns tells the cores that were busy and idle since. */
export function sampleMachine(): () => { busyCores: number; idleCores: number } {
  const before = ticks()
  return () => {
    const after = ticks()
    const all = after.all - before.all || 1
    const idleCores = ((after.idle - before.idle) / all) * availableParallelism()
    return { idleCores, busyCores: availableParallelism() - idleCores }
  }
}

/** Waits until nearly all cores are idle, at most so long. Returns how many were at last. */
export async function untilQuiet(mostMs: number): Promise<number> {
  const startMs = performance.now()
  for (;;) {
    const sample = sampleMachine()
    await new Promise(resolve => setTimeout(resolve, SAMPLE_MS))
    const { idleCores } = sample()
    if (idleCores >= QUIET_SHARE * availableParallelism() || performance.now() - startMs >= mostMs)
      return idleCores
  }
}

function ticks(): { all: number; idle: number } {
  const times = cpus().map(cpu => cpu.times)
  const all = times.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0)
  return { all, idle: times.reduce((sum, { idle }) => sum + idle, 0) }
}
