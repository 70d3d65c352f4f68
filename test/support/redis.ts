// A redis-server of the test's own, where one is installed.
import { spawn, spawnSync } from 'node:child_process'
import { freePort } from './free-port.ts'
import { createTemporaryDirectory } from './temporary-directory.ts'
import { until } from './until.ts'

/** Why tests with Redis do not run here, `undefined` where they do. */
export const noRedis: string | undefined =
  spawnSync('redis-server', ['--version']).status === 0 ? undefined : 'redis-server is not installed'

/** A running Redis that keeps nothing. */
export interface TestRedis extends AsyncDisposable {
  readonly port: number
  /** Ends it at once. */
  kill(): Promise<void>
  /** Starts it again after its end. */
  start(): Promise<void>
}

/** Starts Redis on a port on loopback. */
export async function startRedis(): Promise<TestRedis> {
  const directory = await createTemporaryDirectory()
  const port = await freePort()
  const settings = [
    '--port',
    port,
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    directory.path,
  ]
  let stop: () => Promise<unknown> = async () => undefined
  const start = async () => {
    const child = spawn('redis-server', settings.map(String), { stdio: ['ignore', 'pipe', 'inherit'] })
    const exited = new Promise(resolve => child.once('exit', resolve))
    stop = () => {
      child.kill('SIGKILL')
      return exited
    }
    let output = ''
    child.stdout.on('data', chunk => {
      output += chunk
    })
    await until(() => output.includes('Ready to accept connections'))
  }
  await start()
  return {
    port,
    start,
    async kill() {
      await stop()
    },
    async [Symbol.asyncDispose]() {
      await stop()
      await directory[Symbol.asyncDispose]()
    },
  }
}
