// One real Postgres for the whole run, with a migrated pair of template databases that tests clone.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { migrateAll } from '../../server/src/db/migrate.ts'
import { startEmbeddedPostgres } from '../../server/src/postgres/embedded-postgres.ts'
import { buildProject } from './built.ts'
import { databaseUrlOf, execute } from './postgres.ts'

/** The server that tests use and the names of its template databases. */
export interface TestPostgres {
  /** Of a role that may create databases and roles, and no more, unless `DATABASE_URL` names a mightier one. */
  readonly adminUrl: string
  readonly dataTemplate: string
  readonly keysTemplate: string
  /** Of a superuser; `undefined` with `DATABASE_URL`, as is the next. */
  readonly superuserUrl: string | undefined
  /** Where its files are. */
  readonly directory: string | undefined
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly testPostgres: TestPostgres
  }
}

type Server = Pick<TestPostgres, 'adminUrl' | 'superuserUrl' | 'directory'> & AsyncDisposable

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [server, build] = await Promise.all([openServer(process.env.DATABASE_URL), buildProject()])
  project.onTestsRerun(build.refresh)
  const template = `template_${randomBytes(6).toString('hex')}`
  const templates = { dataTemplate: template, keysTemplate: `${template}_keys` }
  const tearDown = async () => {
    await execute(
      server.adminUrl,
      Object.values(templates).map(name => `drop database if exists ${name} with (force)`),
    )
    await server[Symbol.asyncDispose]()
  }
  try {
    await makeTemplates(server.adminUrl, templates)
  } catch (error) {
    await tearDown()
    throw error
  }
  const { adminUrl, superuserUrl, directory } = server
  project.provide('testPostgres', { adminUrl, superuserUrl, directory, ...templates })
  return tearDown
}

async function makeTemplates(
  adminUrl: string,
  { dataTemplate, keysTemplate }: Pick<TestPostgres, 'dataTemplate' | 'keysTemplate'>,
): Promise<void> {
  await execute(adminUrl, [`create database ${dataTemplate}`, `create database ${keysTemplate}`])
  await migrateAll({
    databaseUrl: databaseUrlOf(adminUrl, dataTemplate),
    keysDatabaseUrl: databaseUrlOf(adminUrl, keysTemplate),
  })
}

async function openServer(given: string | undefined): Promise<Server> {
  if (given) {
    const nothingToStop = async () => undefined
    return {
      adminUrl: given,
      superuserUrl: undefined,
      directory: undefined,
      [Symbol.asyncDispose]: nothingToStop,
    }
  }
  const dataDir = await mkdtemp(join(tmpdir(), 'wd-test-postgres-'))
  // As root, Postgres runs as another user.
  await chmod(dataDir, 0o711)
  const postgres = await startEmbeddedPostgres({
    dataDir,
    log: message => console.log(message),
    settings: { max_connections: '200' },
  })
  const watchdog = startWatchdog(postgres.directory, dataDir)
  return {
    adminUrl: postgres.databaseUrl,
    superuserUrl: postgres.adminUrl,
    directory: postgres.directory,
    async [Symbol.asyncDispose]() {
      watchdog.kill()
      await postgres[Symbol.asyncDispose]()
      await rm(dataDir, { recursive: true })
    },
  }
}

/** Clears up after a run that is killed: its end of the pipe closes, and Postgres is stopped and removed. */
function startWatchdog(cluster: string, dataDir: string): ChildProcess {
  const script = `read -r _
    pid=$(head -n 1 "$0/postmaster.pid") && kill -INT "$pid"
    while kill -0 "$pid" 2>/dev/null && [ -e "$0/postmaster.pid" ]; do sleep 0.1; done
    rm -rf "$1"`
  const watchdog = spawn('sh', ['-c', script, cluster, dataDir], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  watchdog.unref()
  return watchdog
}
