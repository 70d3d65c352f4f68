// A PgBouncer of the test's own in transaction mode, where one is installed.
import { spawn, spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { createTemporaryDirectory } from './temporary-directory.ts'
import { until } from './until.ts'

const INSTALLED = ['pgbouncer', '/usr/sbin/pgbouncer'].find(
  path => spawnSync(path, ['--version']).status === 0,
)

/** Why tests with PgBouncer do not run here, `undefined` where they do. */
export const noPgBouncer: string | undefined = INSTALLED ? undefined : 'PgBouncer is not installed'

/** A running PgBouncer. */
export interface TestPgBouncer extends AsyncDisposable {
  /** The URL through it of a database that is reached at `url` directly. */
  through(url: string): string
}

/** Starts PgBouncer before the databases at `urls`, which are of one server, with few connections there. */
export async function startPgBouncer(urls: readonly string[]): Promise<TestPgBouncer> {
  if (!INSTALLED) throw new Error(noPgBouncer)
  const directory = await createTemporaryDirectory()
  const port = await freePort()
  const databases = urls.map(url => {
    const { hostname, port, username, password, pathname } = new URL(url)
    const name = pathname.slice(1)
    return `${name} = host=${hostname} port=${port} user=${username} password=${decodeURIComponent(password)}`
  })
  const file = join(directory.path, 'pgbouncer.ini')
  const settings = [
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = any',
    'pool_mode = transaction',
    'default_pool_size = 3',
    'ignore_startup_parameters = extra_float_digits',
  ]
  await writeFile(file, ['[databases]', ...databases, '[pgbouncer]', ...settings, ''].join('\n'))
  // It refuses to run as root.
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  const child = spawn(INSTALLED, [...user, file], { stdio: ['ignore', 'ignore', 'pipe'] })
  const exited = new Promise(resolve => child.once('exit', resolve))
  let output = ''
  child.stderr.on('data', chunk => {
    output += chunk
  })
  await until(() => {
    if (child.exitCode !== null) throw new Error(`PgBouncer ended: ${output}`)
    return output.includes('process up')
  })
  return {
    through: url => Object.assign(new URL(url), { port: String(port) }).href,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exited
      await directory[Symbol.asyncDispose]()
    },
  }
}
