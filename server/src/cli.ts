#!/usr/bin/env node
// The command line: serve, migrate, import, admin, rotate-keys.
import { parseArgs } from 'node:util'
import { CodedError } from '@workforce-democracy/shared'
import { type AdminCommand, isAccountVerb, runAdmin } from './admin-roles.ts'
import { loadSettings, type Settings } from './config.ts'
import { createPool } from './db/database.ts'
import type { ImportKind } from './db/imports.ts'
import { migrateAll } from './db/migrate.ts'
import { type Databases, openDatabases } from './open-databases.ts'

const USAGE = `Usage: workforce-democracy <command>

  serve                        run the server (with a PostgreSQL of its own unless DATABASE_URL is set)
  migrate                      bring the databases to this version
  import <kind> --from FILE    import legislators, rollcalls, resources, districts or local, plain or .gz
                               --format NAME names the format where it cannot be told from the file
                               exit code 2: some lines were skipped; 1: the file could not be read
  admin grant|revoke LOGIN     make the account of this name an admin, or no longer
  admin list                   who is one
  admin suspend|restore LOGIN  end all sessions of an account and let nobody sign in, or take that back
  rotate-keys                  wrap all keys in the key store anew under the first of ENCRYPTION_KEYS, while servers run
                               exit code 1: something is left under an old one

Configuration is by environment variables; the README lists them.`

/** What is typed wrongly, as far as we look; the answer is {@link USAGE}. */
class UsageError extends Error {}

/** Ctrl-C reaches us from the terminal and again through npm: one wish, not a second, more urgent one. */
const SAME_WISH_MS = 500

const say = (line: string) => void process.stdout.write(`${line}\n`)
const complain = (line: string) => void process.stderr.write(`${line}\n`)

async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArguments(argv)
  if (values.help) {
    say(USAGE)
    return 0
  }
  const [command, ...operands] = positionals
  const settings = () => loadSettings(process.env)
  // Each command loads what it takes when it is asked for: a server is most of this program.
  if (command === 'serve' && operands.length === 0) {
    const { serve } = await import('./serve.ts')
    return await serve(settings(), { stop: stopSignal(), say })
  }
  if (command === 'migrate' && operands.length === 0) return await migrate(settings())
  if (command === 'rotate-keys' && operands.length === 0) {
    const { runRotation } = await import('./rotate-keys.ts')
    return await runRotation(settings(), say)
  }
  const admin = command === 'admin' && adminCommand(operands)
  if (admin) return await runAdmin(settings(), admin, say)
  const [kind] = operands
  if (command === 'import' && operands.length === 1 && isImportKind(kind) && values.from)
    return await importFile(settings(), kind, values.from, values.format)
  throw new UsageError()
}

function parseArguments(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        from: { type: 'string' },
        format: { type: 'string' },
      },
    })
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : undefined, { cause })
  }
}

const isImportKind = (kind: string | undefined): kind is ImportKind =>
  kind === 'legislators' ||
  kind === 'rollcalls' ||
  kind === 'resources' ||
  kind === 'districts' ||
  kind === 'local'

function adminCommand([verb, login, ...rest]: readonly string[]): AdminCommand | undefined {
  if (rest.length > 0) return undefined
  if (isAccountVerb(verb) && login) return { verb, login }
  return verb === 'list' && login === undefined ? { verb } : undefined
}

async function migrate(settings: Settings): Promise<number> {
  await using databases = await openDatabases(settings, { shared: true, log: say })
  const applied = await migrateBoth(databases)
  say(applied.length > 0 ? `Applied ${applied.join(', ')}.` : 'Nothing to apply.')
  return 0
}

async function importFile(
  settings: Settings,
  kind: ImportKind,
  from: string,
  format: string | undefined,
): Promise<number> {
  const { runImport } = await import('./import/run-import.ts')
  await using databases = await openDatabases(settings, { shared: true, log: say })
  await migrateBoth(databases)
  const pool = createPool(databases.databaseUrl)
  try {
    const { stdout, stderr } = process
    return await runImport({ kind, from, format, pool, stdout, stderr })
  } finally {
    await pool.end()
  }
}

const migrateBoth = ({ databaseDirectUrl, keysDatabaseUrl }: Databases): Promise<readonly string[]> =>
  migrateAll({ databaseUrl: databaseDirectUrl, keysDatabaseUrl })

/** Resolves at the first SIGINT or SIGTERM; another one ends the process at once. */
function stopSignal(): Promise<void> {
  return new Promise(resolve => {
    let askedAtMs: number | undefined
    const onSignal = () => {
      if (askedAtMs !== undefined && performance.now() - askedAtMs > SAME_WISH_MS) process.exit(1)
      askedAtMs ??= performance.now()
      resolve()
    }
    process.on('SIGINT', onSignal)
    process.on('SIGTERM', onSignal)
  })
}

/** For people: where the fault is theirs or the system's, the message says it all. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof UsageError) return error.message ? `${error.message}\n\n${USAGE}` : USAGE
  // A connection that was tried at several addresses.
  if (error instanceof AggregateError) return error.errors.map(explain).join('\n')
  if (error instanceof CodedError || 'code' in error) return error.message
  return error.stack ?? error.message
}

try {
  // What a Postgres that says nothing leaves open must not keep the process.
  process.exit(await main(process.argv.slice(2)))
} catch (error) {
  complain(explain(error))
  process.exitCode = error instanceof UsageError ? 2 : 1
}
