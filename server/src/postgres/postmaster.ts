// Postgres' main process: started, watched, stopped, and told from a stranger that got its process id.
import { type ChildProcess, spawn } from 'node:child_process'
import { open, readFile, rename, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CodedError } from '@workforce-democracy/shared'
import { type Account, postgresEnvironment } from './account.ts'
import { readIfThere } from './files.ts'
import { commandLine } from './process-identity.ts'

/** A running Postgres that this process has started. */
export interface Postmaster {
  readonly pid: number
  readonly port: number
  /** Resolves when it has ended, asked to or not. */
  readonly exited: Promise<void>
}

/** What {@link startPostmaster} takes. */
export interface StartPostmasterOptions {
  /** Path of the program `postgres`. */
  readonly program: string
  /** The cluster's files, symbolic links resolved. */
  readonly directory: string
  readonly account: Account
  /** Its log; the one of the run before is kept beside it. */
  readonly logFile: string
  /** Configuration parameters by name. */
  readonly settings: Readonly<Record<string, string>>
}

const HOST = '127.0.0.1'
const PID_FILE = 'postmaster.pid'
const POLL_MS = 20
const FAST_SHUTDOWN_MS = 60_000
/** Above what any system gives a process. */
const NO_PROCESS = 2 ** 31 - 1

/**
 * Starts Postgres on a free port of 127.0.0.1 and waits until it accepts connections.
 *
 * @throws CodedError `embedded-postgres-failed` with the end of its log
 */
export async function startPostmaster(options: StartPostmasterOptions): Promise<Postmaster> {
  for (let attempt = 1; ; attempt += 1) {
    await rename(options.logFile, `${options.logFile}.previous`).catch(() => undefined)
    const port = await freePort()
    const child = await launch(options, port)
    const exited = new Promise<void>(resolve => child.once('close', () => resolve()))
    if (await becomesReady(child, options.directory, exited)) return { pid: child.pid ?? 0, port, exited }
    const log = await readFile(options.logFile, 'utf8')
    // Another program took the port between our looking and its binding.
    if (attempt < 3 && log.includes('could not bind')) continue
    throw new CodedError('embedded-postgres-failed', `it ended at its start: ${log.slice(-1000).trim()}`)
  }
}

/** Ends a Postgres in order: sessions are cut off, what is committed is written. Returns when it has ended. */
export async function stopPostmaster({ pid, exited }: Pick<Postmaster, 'pid' | 'exited'>): Promise<void> {
  signal(pid, 'SIGINT')
  const late = setTimeout(() => signal(pid, 'SIGQUIT'), FAST_SHUTDOWN_MS)
  await exited
  clearTimeout(late)
}

/**
 * Prepares a cluster whose server was killed: ends a Postgres that still runs on it, in order,
 * and keeps a process id left in its files from being mistaken for a running Postgres.
 *
 * @returns what was found
 */
export async function recoverCluster(directory: string): Promise<'nothing' | 'stopped' | 'stale'> {
  const file = await readPidFile(directory)
  if (!file) return 'nothing'
  if (!(await isPostmaster(file.pid, directory))) {
    // Postgres looks only whether that id is in use, and after a power failure it may be, by anything. The file
    // stays, because its other lines are how Postgres finds orphans that still use the cluster's shared memory.
    const [, ...lines] = file.text.split('\n')
    await writeFile(join(directory, PID_FILE), [NO_PROCESS, ...lines].join('\n'))
    return 'stale'
  }
  await stopPostmaster({ pid: file.pid, exited: untilGone(file.pid, directory) })
  return 'stopped'
}

/** The port of the Postgres that runs on this cluster and accepts connections, if one does. */
export async function runningPort(directory: string): Promise<number | undefined> {
  const file = await readPidFile(directory)
  if (file?.status !== 'ready' || !(await isPostmaster(file.pid, directory))) return undefined
  return file.port
}

async function launch(options: StartPostmasterOptions, port: number): Promise<ChildProcess> {
  const { program, directory, account, logFile } = options
  const settings = { ...options.settings, listen_addresses: HOST, unix_socket_directories: '' }
  const words = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  // A file, not a pipe to us: Postgres may outlive us.
  const log = await open(logFile, 'a', 0o600)
  try {
    const child = spawn(program, ['-D', directory, '-p', String(port), ...words], {
      ...account,
      cwd: directory,
      env: postgresEnvironment(),
      // In a process group of its own: Ctrl-C in a terminal reaches only us, and we stop Postgres when it is its turn.
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    })
    await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject))
    child.unref()
    return child
  } finally {
    await log.close()
  }
}

async function becomesReady(child: ChildProcess, directory: string, exited: Promise<void>): Promise<boolean> {
  let ended = false
  void exited.then(() => {
    ended = true
  })
  while (!ended) {
    const file = await readPidFile(directory)
    if (file?.pid === child.pid && file?.status === 'ready') return true
    await sleep(POLL_MS)
  }
  return false
}

async function untilGone(pid: number, directory: string): Promise<void> {
  while (await isPostmaster(pid, directory)) await sleep(POLL_MS)
}

/** Whether this process is the Postgres that {@link launch} has once started on this cluster. */
async function isPostmaster(pid: number, directory: string): Promise<boolean> {
  return (await commandLine(pid))?.includes(` -D ${directory} -p `) ?? false
}

interface PidFile {
  readonly text: string
  readonly pid: number
  readonly port: number
  readonly status: string | undefined
}

/** The lock file of a cluster: one fact a line (PostgreSQL's `miscadmin.h`). */
async function readPidFile(directory: string): Promise<PidFile | undefined> {
  const text = await readIfThere(join(directory, PID_FILE))
  if (text === undefined) return undefined
  const lines = text.split('\n')
  return { text, pid: Number(lines[0]), port: Number(lines[3]), status: lines[7]?.trim() }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended meanwhile.
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, HOST, resolve)
  })
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}
