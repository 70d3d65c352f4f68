// The real server as a process of its own, to be killed.
import { type ChildProcess, spawn } from 'node:child_process'
import { builtFile } from './built.ts'
import { freePort } from './free-port.ts'
import { until } from './until.ts'

const ROOT = new URL('../..', import.meta.url)
const CLI = new URL('server/src/cli.ts', ROOT)

/** A server process; it keeps its port when it is started again. */
export interface ServerProcess extends AsyncDisposable {
  readonly url: string
  readonly pid: number
  /** Of the last end by itself or in order; `null` while it runs, and after a kill. */
  readonly exitCode: number | null
  /** Everything that it printed so far. */
  output(): string
  /** Sends a signal and waits for the end. */
  kill(signal: NodeJS.Signals): Promise<void>
  /** Starts it again after its end. Resolves when it answers. */
  start(): Promise<void>
}

/** What a server process runs on. */
export interface ServerProcessOptions {
  readonly dataDir: string
  readonly databaseUrl?: string
  readonly keysDatabaseUrl?: string
  readonly env?: Readonly<Record<string, string>>
  /** Started by `npm start`, from the sources. */
  readonly byNpm?: boolean
}

/** Starts a server process and waits until it answers. */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  let child: ChildProcess | undefined
  let output = ''

  const start = async () => {
    const [command, words] = options.byNpm
      ? ['npm', ['start']]
      : [process.execPath, [await builtFile(CLI), 'serve']]
    const started = spawn(command, words, {
      cwd: ROOT,
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        PORT: String(port),
        DATA_DIR: options.dataDir,
        LOG_LEVEL: 'warn',
        REQUIRE_EMAIL: 'false',
        LIMIT_ATTEMPTS_PER_ADDRESS: '1000000',
        LIMIT_REQUESTS_PER_ADDRESS: '1000000',
        LIMIT_REQUESTS_PER_PERSON: '1000000',
        ...(options.databaseUrl && { DATABASE_URL: options.databaseUrl }),
        ...(options.keysDatabaseUrl && { KEYS_DATABASE_URL: options.keysDatabaseUrl }),
        ...options.env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child = started
    for (const stream of [started.stdout, started.stderr]) stream.on('data', chunk => (output += chunk))
    await until(async () => {
      if (started.exitCode !== null || started.signalCode !== null)
        throw new Error(`The server ended: ${output}`)
      return await isHealthy(url)
    }, 60_000)
  }
  const kill = async (signal: NodeJS.Signals) => {
    const running = child
    if (!running || running.exitCode !== null || running.signalCode !== null) return
    const gone = new Promise(resolve => running.once('exit', resolve))
    running.kill(signal)
    await gone
  }
  await start()
  return {
    url,
    get pid() {
      return child?.pid ?? 0
    },
    get exitCode() {
      return child?.exitCode ?? null
    },
    output: () => output,
    kill,
    start,
    [Symbol.asyncDispose]: () => kill('SIGTERM'),
  }
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health`)).ok
  } catch {
    return false
  }
}
