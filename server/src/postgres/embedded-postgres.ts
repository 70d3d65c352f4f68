// A PostgreSQL of our own below the data directory, for when none is given: started with us, stopped with us.
import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { CodedError } from '@workforce-democracy/shared'
import { createDatabases } from '../db/create-databases.ts'
import { isRoot } from './account.ts'
import { findBinaries } from './binaries.ts'
import { clusterDirectory, ensureCluster, SUPERUSER } from './cluster.ts'
import { type ClusterHome, clusterHome, findClusterHome } from './cluster-home.ts'
import { claimDirectory } from './directory-claim.ts'
import { keepFirst, readIfThere } from './files.ts'
import {
  type Postmaster,
  recoverCluster,
  runningPort,
  startPostmaster,
  stopPostmaster,
} from './postmaster.ts'

/** Where the two databases of an embedded Postgres are. */
export interface EmbeddedDatabases {
  readonly databaseUrl: string
  readonly keysDatabaseUrl: string
}

/** A running Postgres; disposing stops it and waits for its end. */
export interface EmbeddedPostgres extends EmbeddedDatabases, AsyncDisposable {
  /** A superuser's connection, for what {@link databaseUrl}'s role may not do. */
  readonly adminUrl: string
  /** The cluster's files. */
  readonly directory: string
  /** Whether they are not below the data directory, because Postgres cannot get there. */
  readonly elsewhere: boolean
  readonly logFile: string
  readonly port: number
  /** Resolves when Postgres has ended, asked to or not. */
  readonly exited: Promise<void>
}

/** What {@link startEmbeddedPostgres} takes. */
export interface EmbeddedPostgresOptions {
  /** Made if missing; its embedded Postgres belongs to one process at a time. */
  readonly dataDir: string
  /** Told what takes time or is out of the ordinary. */
  readonly log: (message: string) => void
  /** Configuration parameters of Postgres beside ours. */
  readonly settings?: Readonly<Record<string, string>>
  /** Where to keep programs and cluster when Postgres, run as another user, cannot get to ours. */
  readonly elsewhere?: readonly string[]
}

const ROLE = 'workforce_democracy'
const DATABASE = 'workforce_democracy'
const KEYS_DATABASE = 'workforce_democracy_keys'
const PASSWORD_FILE = 'postgres-password'
/** Lasting places that a system keeps for programs' data; a temporary directory would lose it. */
const ELSEWHERE = ['/var/lib/workforce-democracy', '/usr/local/var/workforce-democracy']

const SETTINGS = {
  wal_compression: 'on',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // A row's values or a statement's text may be a person's.
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
}

/**
 * Starts the Postgres of a data directory: made on the first start, with two databases; recovered when the
 * server was killed. As root it runs as another user, elsewhere if that one cannot get to the data directory.
 *
 * @throws CodedError `data-directory-in-use` when another process has it, `embedded-postgres-failed`
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { elsewhere = ELSEWHERE } = options
  const dataDir = await makeDataDirectory(options.dataDir)
  const claim = await claimDirectory(dataDir)
  try {
    const home = await clusterHome(dataDir, elsewhere)
    // A copy of the data directory notes the same home: that one is claimed too.
    const homeClaim = await claimDirectory(home.path)
    try {
      const running = await startCluster({ ...options, dataDir, elsewhere }, home)
      return {
        ...running,
        async [Symbol.asyncDispose]() {
          await running[Symbol.asyncDispose]()
          await homeClaim[Symbol.asyncDispose]()
          await claim[Symbol.asyncDispose]()
        },
      }
    } catch (error) {
      await homeClaim[Symbol.asyncDispose]()
      throw error
    }
  } catch (error) {
    await claim[Symbol.asyncDispose]()
    throw error
  }
}

/**
 * The databases of a data directory whose server runs now, in another process.
 *
 * @returns `undefined` when no Postgres runs there
 */
export async function findEmbeddedDatabases(dataDir: string): Promise<EmbeddedDatabases | undefined> {
  const directory = resolve(dataDir)
  const home = await findClusterHome(directory)
  const port = home && (await runningPort(clusterDirectory(home.path)))
  const password = await readIfThere(join(directory, PASSWORD_FILE))
  return port && password ? databasesAt(port, password) : undefined
}

async function startCluster(
  options: Required<Pick<EmbeddedPostgresOptions, 'dataDir' | 'log' | 'elsewhere'>> & EmbeddedPostgresOptions,
  home: ClusterHome,
): Promise<EmbeddedPostgres> {
  const { dataDir, log, elsewhere, settings } = options
  const binaries = await findBinaries({ account: home.account, copies: elsewhere, log })
  const password = await keepFirst(join(dataDir, PASSWORD_FILE), () => randomBytes(24).toString('base64url'))
  const directory = await ensureCluster({ home, initdb: binaries.initdb, password })
  if ((await recoverCluster(directory)) === 'stopped')
    log('Stopped a PostgreSQL that a killed server had left.')
  const logFile = join(dataDir, 'postgres.log')
  const postmaster = await startPostmaster({
    program: binaries.postgres,
    directory,
    account: home.account,
    logFile,
    settings: { ...SETTINGS, ...settings },
  })
  const adminUrl = urlOf({ port: postmaster.port, user: SUPERUSER, password, database: 'postgres' })
  await prepareDatabases(postmaster, adminUrl, password)
  return {
    ...databasesAt(postmaster.port, password),
    adminUrl,
    directory,
    elsewhere: home.elsewhere,
    logFile,
    port: postmaster.port,
    exited: postmaster.exited,
    [Symbol.asyncDispose]: () => stopPostmaster(postmaster),
  }
}

async function prepareDatabases(postmaster: Postmaster, adminUrl: string, password: string): Promise<void> {
  try {
    await createDatabases({ adminUrl, role: ROLE, password, databases: [DATABASE, KEYS_DATABASE] })
  } catch (cause) {
    await stopPostmaster(postmaster)
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CodedError('embedded-postgres-failed', reason, { cause })
  }
}

/** Root's must let the user of Postgres pass; what is secret in it has modes of its own. */
async function makeDataDirectory(path: string): Promise<string> {
  const directory = resolve(path)
  await mkdir(directory, { recursive: true, mode: isRoot() ? 0o711 : 0o700 })
  return directory
}

const databasesAt = (port: number, password: string): EmbeddedDatabases => ({
  databaseUrl: urlOf({ port, user: ROLE, password, database: DATABASE }),
  keysDatabaseUrl: urlOf({ port, user: ROLE, password, database: KEYS_DATABASE }),
})

const urlOf = (of: { port: number; user: string; password: string; database: string }): string =>
  `postgres://${of.user}:${of.password}@127.0.0.1:${of.port}/${of.database}`
