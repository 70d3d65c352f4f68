// The command `serve`: a server from its databases' start to their stop.
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { pino } from 'pino'
import type { Config, Settings } from './config.ts'
import { createPool } from './db/database.ts'
import { migrateAll } from './db/migrate.ts'
import { importStarter } from './import/starter.ts'
import { startServer } from './main.ts'
import { type Databases, openDatabases } from './open-databases.ts'
import { developmentSecrets } from './secrets.ts'

/**
 * How much the heap may grow between two full collections, in percent. Left alone, V8 takes up to four times what is in
 * use where the machine has the memory: it saves next to nothing here, and nobody could say how much a server takes.
 */
const HEAP_GROWTH_PERCENT = 50

/** What {@link serve} takes beside the settings. */
export interface ServeOptions {
  /** Resolves when the server is to stop. */
  readonly stop: Promise<unknown>
  /** Tells the person at the terminal. */
  readonly say: (line: string) => void
}

/**
 * Runs a server until `stop` resolves, then ends it in order.
 *
 * @returns the exit code: 1 when its own Postgres ended under it
 * @throws what keeps it from starting; nothing is left running then
 */
export async function serve(settings: Settings, { stop, say }: ServeOptions): Promise<number> {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH_PERCENT}`)
  await using databases = await openDatabases(settings, { shared: false, log: say })
  await migrateAll({ databaseUrl: databases.databaseDirectUrl, keysDatabaseUrl: databases.keysDatabaseUrl })
  await stockCatalog(databases.databaseUrl, say)
  const config = await complete(settings, databases)
  await using server = await startServer(config, pino({ level: settings.logLevel, base: undefined }))
  for (const line of introduction(server.url, settings, databases)) say(line)
  const stopped = stop.then(() => 'stopped' as const)
  const postgresGone = databases.embedded?.exited.then(() => 'postgres-gone' as const) ?? stopped
  const reason = await Promise.race([stopped, postgresGone])
  say(reason === 'stopped' ? 'Stopping: what was received is committed first.' : 'PostgreSQL has ended.')
  return reason === 'stopped' ? 0 : 1
}

/** A first start has something to show. */
async function stockCatalog(databaseUrl: string, say: ServeOptions['say']): Promise<void> {
  const pool = createPool(databaseUrl, { max: 1 })
  try {
    const { resources, bills } = await importStarter(pool)
    if (resources + bills > 0) say(`Filled the empty catalog: ${resources} resources, ${bills} bills.`)
  } finally {
    await pool.end()
  }
}

async function complete(settings: Settings, databases: Databases): Promise<Config> {
  const { databaseUrl, databaseDirectUrl, keysDatabaseUrl } = databases
  const secrets = await secretsOf(settings)
  return { ...settings, ...secrets, databaseUrl, databaseDirectUrl, keysDatabaseUrl }
}

async function secretsOf({ encryptionKeys, jwtKeys, dataDir }: Settings) {
  if (encryptionKeys && jwtKeys) return { encryptionKeys, jwtKeys }
  const made = await developmentSecrets(dataDir)
  return { encryptionKeys: encryptionKeys ?? made.encryptionKeys, jwtKeys: jwtKeys ?? made.jwtKeys }
}

function introduction(url: string, settings: Settings, { description }: Databases): readonly string[] {
  const { dataDir, encryptionKeys, jwtKeys, logLevel } = settings
  const secrets =
    encryptionKeys && jwtKeys ? 'given' : 'made for development, kept in the data directory (back it up)'
  return [
    `Workforce Democracy is at ${url}`,
    `  PostgreSQL   ${description}`,
    `  data         ${dataDir}`,
    `  secrets      ${secrets}`,
    `  mail         ${settings.smtpUrl ? 'sent over the server that SMTP_URL names' : `files in ${join(dataDir, 'mail')}`}`,
    `  log level    ${logLevel}`,
    `Look at ${url}/health, ${url}/api/resources and ${url}/api/civic/bills; stop with Ctrl-C.`,
  ]
}
