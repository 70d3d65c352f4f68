// How busy the machine is: on a shared one, others' work is waited for, within limits, and told.
import { readdir, readFile } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'

const SAMPLE_MS = 500
/** USER_HZ: the same on all of Linux. */
const TICKS_A_SECOND = 100
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

/** Seconds of processor that a Postgres has used, by its cluster's directory; 0 where there is no `/proc`. */
export async function postgresCpuSeconds(directory: string): Promise<number> {
  const postmaster = Number.parseInt(await readFile(join(directory, 'postmaster.pid'), 'utf8'), 10)
  const entries = await readdir('/proc').catch(() => [])
  const stats = await Promise.all(entries.filter(name => /^\d+$/.test(name)).map(readStat))
  const ticks = stats.map(stat => {
    if (stat?.pid === postmaster) return stat.ticks + stat.reapedTicks
    return stat?.parent === postmaster ? stat.ticks : 0
  })
  return ticks.reduce((sum, each) => sum + each, 0) / TICKS_A_SECOND
}

/** Of a process, as in proc(5); `undefined` when it has ended. */
async function readStat(pid: string) {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The name, in brackets, may hold blanks.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  if (fields.length < 15) return undefined
  const [user = 0, system = 0, reapedUser = 0, reapedSystem = 0] = fields.slice(11, 15).map(Number)
  return {
    pid: Number(pid),
    parent: Number(fields[1]),
    ticks: user + system,
    reapedTicks: reapedUser + reapedSystem,
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
