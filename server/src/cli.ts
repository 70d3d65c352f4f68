#!/usr/bin/env node
// The command line: serve, migrate, import.
import { mkdir } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { CodedError } from '@workforce-democracy/shared'
import { pino } from 'pino'
import { type Config, loadSettings, type Settings } from './config.ts'
import { createPool } from './db/database.ts'
import type { ImportKind } from './db/imports.ts'
import { migrateAll } from './db/migrate.ts'
import { runImport } from './import/run-import.ts'
import { importStarter } from './import/starter.ts'
import { startServer } from './main.ts'
import {
  type EmbeddedPostgres,
  findEmbeddedDatabases,
  startEmbeddedPostgres,
} from './postgres/embedded-postgres.ts'
import { developmentSecrets } from './secrets.ts'

const USAGE = `Usage: workforce-democracy <command>

  serve                        run the server (with a PostgreSQL of its own unless DATABASE_URL is set)
  migrate                      bring the databases to this version
  import <kind> --from FILE    import legislators, rollcalls or resources, plain or .gz
                               --format NAME names the format where it cannot be told from the file
                               exit code 2: some lines were skipped; 1: the file could not be read

Configuration is by environment variables; the README lists them.`

const say = (line: string) => void process.stdout.write(`${line}\n`)
const complain = (line: string) => void process.stderr.write(`${line}\n`)

/** Databases to work on, and what has to be stopped in the end. */
interface Databases extends AsyncDisposable {
  readonly databaseUrl: string
  readonly databaseDirectUrl: string
  readonly keysDatabaseUrl: string
  /** In words, without passwords. */
  readonly description: string
  readonly embedded: EmbeddedPostgres | undefined
}

async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h' }, from: { type: 'string' }, format: { type: 'string' } },
  })
  const [command, kind] = positionals
  if (values.help) {
    say(USAGE)
    return 0
  }
  switch (command) {
    case 'serve':
      return await serve(loadSettings(process.env))
    case 'migrate':
      return await migrateCommand(loadSettings(process.env))
    case 'import':
      if (!isImportKind(kind) || !values.from) break
      return await importCommand(loadSettings(process.env), {
        kind,
        from: values.from,
        format: values.format,
      })
  }
  complain(USAGE)
  return 2
}

async function serve(settings: Settings): Promise<number> {
  const stopped = stopSignal()
  await using databases = await openDatabases(settings)
  await migrateAll({ databaseUrl: databases.databaseDirectUrl, keysDatabaseUrl: databases.keysDatabaseUrl })
  await stockCatalog(databases.databaseUrl)
  const logger = pino({ level: settings.logLevel, base: undefined })
  await using server = await startServer(await configOf(settings, databases), logger)
  introduce(server.url, settings, databases)
  const reason = await Promise.race([
    stopped,
    databases.embedded?.exited.then(() => 'postgres-gone') ?? stopped,
  ])
  if (reason === 'postgres-gone') complain('PostgreSQL has ended; so does the server.')
  else say('Stopping: what was received is committed first.')
  return reason === 'postgres-gone' ? 1 : 0
}

async function migrateCommand(settings: Settings): Promise<number> {
  await using databases = await openDatabases(settings)
  const applied = await migrateAll({
    databaseUrl: databases.databaseDirectUrl,
    keysDatabaseUrl: databases.keysDatabaseUrl,
  })
  say(applied.length > 0 ? `Applied ${applied.join(', ')}.` : 'Nothing to apply.')
  return 0
}

async function importCommand(
  settings: Settings,
  { kind, from, format }: { kind: ImportKind; from: string; format: string | undefined },
): Promise<number> {
  await using databases = await openDatabases(settings)
  await migrateAll({ databaseUrl: databases.databaseDirectUrl, keysDatabaseUrl: databases.keysDatabaseUrl })
  const pool = createPool(databases.databaseUrl)
  try {
    return await runImport({
      kind,
      from,
      pool,
      stdout: process.stdout,
      stderr: process.stderr,
      ...(format && { format }),
    })
  } finally {
    await pool.end()
  }
}

const isImportKind = (kind: string | undefined): kind is ImportKind =>
  kind === 'legislators' || kind === 'rollcalls' || kind === 'resources'

/** The databases that the environment names; else those of a server that runs on the same data directory, or our own. */
async function openDatabases(settings: Settings): Promise<Databases> {
  const { databaseUrl, databaseDirectUrl, keysDatabaseUrl, dataDir } = settings
  const nothingToStop = { embedded: undefined, [Symbol.asyncDispose]: async () => undefined }
  if (databaseUrl && databaseDirectUrl && keysDatabaseUrl) {
    const description = `the one that DATABASE_URL names (${new URL(databaseUrl).host})`
    return { databaseUrl, databaseDirectUrl, keysDatabaseUrl, description, ...nothingToStop }
  }
  await mkdir(dataDir, { recursive: true })
  const running = process.argv[2] === 'serve' ? undefined : await findEmbeddedDatabases(dataDir)
  if (running) {
    return {
      ...running,
      databaseDirectUrl: running.databaseUrl,
      description: 'that of the running server',
      ...nothingToStop,
    }
  }
  const embedded = await startEmbeddedPostgres({ dataDir, log: say })
  return {
    databaseUrl: embedded.databaseUrl,
    databaseDirectUrl: embedded.databaseUrl,
    keysDatabaseUrl: embedded.keysDatabaseUrl,
    description: `embedded, port ${embedded.port}, files in ${embedded.directory}`,
    embedded,
    [Symbol.asyncDispose]: () => embedded[Symbol.asyncDispose](),
  }
}

async function configOf(settings: Settings, databases: Databases): Promise<Config> {
  const { databaseUrl, databaseDirectUrl, keysDatabaseUrl } = databases
  const { encryptionKeys, jwtKeys } = settings
  const secrets =
    encryptionKeys && jwtKeys ? { encryptionKeys, jwtKeys } : await developmentSecrets(settings.dataDir)
  return {
    ...settings,
    databaseUrl,
    databaseDirectUrl,
    keysDatabaseUrl,
    encryptionKeys: encryptionKeys ?? secrets.encryptionKeys,
    jwtKeys: jwtKeys ?? secrets.jwtKeys,
  }
}

/** A first start has something to show. */
async function stockCatalog(databaseUrl: string): Promise<void> {
  const pool = createPool(databaseUrl)
  try {
    const { resources, bills } = await importStarter(pool)
    if (resources > 0) say(`Filled the empty catalog: ${resources} resources, ${bills} bills.`)
  } finally {
    await pool.end()
  }
}

function introduce(url: string, { dataDir, encryptionKeys, logLevel }: Settings, databases: Databases): void {
  say(`Workforce Democracy is at ${url}`)
  say(`  PostgreSQL  ${databases.description}`)
  if (databases.embedded?.elsewhere)
    say('              (elsewhere, since its user cannot enter the data directory)')
  say(`  data        ${dataDir}`)
  say(`  secrets     ${encryptionKeys ? 'given' : 'made for development, kept in the data directory'}`)
  say(`  log level   ${logLevel}`)
  say(`Look at ${url}/health, ${url}/api/resources and ${url}/api/civic/bills; stop with Ctrl-C.`)
}

/** Resolves at the first SIGINT or SIGTERM; the second ends the process at once. */
function stopSignal(): Promise<'signal'> {
  return new Promise(resolve => {
    let asked = false
    const onSignal = () => {
      if (asked) process.exit(1)
      asked = true
      resolve('signal')
    }
    process.on('SIGINT', onSignal)
    process.on('SIGTERM', onSignal)
  })
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  const badArguments =
    error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  complain(
    error instanceof CodedError || badArguments
      ? error.message
      : String(error instanceof Error ? error.stack : error),
  )
  process.exitCode = badArguments ? 2 : 1
}
