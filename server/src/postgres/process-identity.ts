// Tells processes apart although the system hands out a process id again after a while.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * When the process started: text that no other process which ever has this id shares.
 *
 * @returns `undefined` when there is no such process, or only its zombie
 */
export async function processStart(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return await ps(pid, 'lstart=')
  const stat = await readOrUndefined(`/proc/${pid}/stat`)
  // The second field is the command in parentheses and may hold anything: fields are counted behind it (proc(5)).
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? []
  const [state, ticksSinceBoot] = [fields[0], fields[19]]
  if (ticksSinceBoot === undefined || state === 'Z' || state === 'X') return undefined
  const boot = (await readOrUndefined('/proc/sys/kernel/random/boot_id')) ?? ''
  return `${boot.trim()}/${ticksSinceBoot}`
}

/** The words the process was started with, as one text; `undefined` when there is no such process. */
export async function commandLine(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return await ps(pid, 'args=')
  return (await readOrUndefined(`/proc/${pid}/cmdline`))?.replaceAll('\0', ' ').trim() || undefined
}

async function ps(pid: number, column: string): Promise<string | undefined> {
  const options = { env: { PATH: process.env.PATH, LC_ALL: 'C' } }
  // It fails when there is no such process.
  const result = await run('ps', ['-o', column, '-p', String(pid)], options).catch(() => undefined)
  return result?.stdout.trim() || undefined
}

/** A process may end while its file is read. */
async function readOrUndefined(path: string): Promise<string | undefined> {
  return await readFile(path, 'utf8').catch(() => undefined)
}
