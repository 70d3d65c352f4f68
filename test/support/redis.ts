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
  const child = spawn('redis-server', settings.map(String), { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = new Promise(resolve => child.once('exit', resolve))
  let output = ''
  child.stdout.on('data', chunk => {
    output += chunk
  })
  await until(() => output.includes('Ready to accept connections'))
  return {
    port,
    async [Symbol.asyncDispose]() {
      child.kill()
      await exited
      await directory[Symbol.asyncDispose]()
    },
  }
}
