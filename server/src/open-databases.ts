// The databases that a command works on: those that the environment names, or those of an embedded Postgres.
import type { Settings } from './config.ts'
import {
  type EmbeddedPostgres,
  findEmbeddedDatabases,
  startEmbeddedPostgres,
} from './postgres/embedded-postgres.ts'

/** Databases to work on; disposing stops a Postgres that was started for it. */
export interface Databases extends AsyncDisposable {
  readonly databaseUrl: string
  readonly databaseDirectUrl: string
  readonly keysDatabaseUrl: string
  /** Where they are, in words, without passwords. */
  readonly description: string
  /** The Postgres that was started for it. */
  readonly embedded: EmbeddedPostgres | undefined
}

/** What {@link openDatabases} takes beside the settings. */
export interface OpenDatabasesOptions {
  /** Whether the embedded Postgres of a server that runs now will do; otherwise it has to be free. */
  readonly shared: boolean
  /** Told what takes time or is out of the ordinary. */
  readonly log: (message: string) => void
}

/**
 * Opens the databases.
 *
 * @throws CodedError as {@link startEmbeddedPostgres}
 */
export async function openDatabases(
  settings: Settings,
  { shared, log }: OpenDatabasesOptions,
): Promise<Databases> {
  const { databaseUrl, databaseDirectUrl, keysDatabaseUrl, dataDir } = settings
  if (databaseUrl && databaseDirectUrl && keysDatabaseUrl) {
    const description = `the one that DATABASE_URL names (${new URL(databaseUrl).host})`
    return { databaseUrl, databaseDirectUrl, keysDatabaseUrl, description, ...NOTHING_TO_STOP }
  }
  const running = shared ? await findEmbeddedDatabases(dataDir) : undefined
  if (running) {
    const description = 'that of the server that runs on this data directory'
    return { ...running, databaseDirectUrl: running.databaseUrl, description, ...NOTHING_TO_STOP }
  }
  const embedded = await startEmbeddedPostgres({ dataDir, log })
  return {
    databaseUrl: embedded.databaseUrl,
    databaseDirectUrl: embedded.databaseUrl,
    keysDatabaseUrl: embedded.keysDatabaseUrl,
    description: describeEmbedded(embedded),
    embedded,
    [Symbol.asyncDispose]: () => embedded[Symbol.asyncDispose](),
  }
}

const NOTHING_TO_STOP = { embedded: undefined, [Symbol.asyncDispose]: async () => undefined }

function describeEmbedded({ port, directory, elsewhere }: EmbeddedPostgres): string {
  const reason = elsewhere ? ', since its user cannot enter the data directory' : ''
  return `our own on port ${port}, files in ${directory}${reason}`
}
