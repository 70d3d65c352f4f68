// A cluster's files: made once, whole or not at all.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { CodedError } from '@workforce-democracy/shared'
import { postgresEnvironment } from './account.ts'
import type { ClusterHome } from './cluster-home.ts'
import { syncDirectory } from './files.ts'

/** The user that `initdb` makes. */
export const SUPERUSER = 'postgres'

const NAME = 'pgdata'

/** What {@link ensureCluster} takes. */
export interface EnsureClusterOptions {
  readonly home: ClusterHome
  /** Path of the program `initdb`. */
  readonly initdb: string
  /** Password of {@link SUPERUSER} in a new cluster. */
  readonly password: string
}

/** Where the files of a home's cluster are. */
export const clusterDirectory = (home: string): string => join(home, NAME)

/**
 * The directory of the cluster in `home`, made if there is none.
 * An `initdb` that was interrupted leaves only a directory of another name, which is removed here.
 *
 * @throws CodedError `embedded-postgres-failed` when `initdb` fails
 */
export async function ensureCluster({ home, initdb, password }: EnsureClusterOptions): Promise<string> {
  for (const name of await readdir(home.path)) {
    if (name.startsWith(`${NAME}.`)) await rm(join(home.path, name), { recursive: true })
  }
  const directory = clusterDirectory(home.path)
  if (await stat(directory).catch(() => undefined)) return directory
  // Not one fixed name: an `initdb` that outlived its server may still be writing to the last one.
  const unfinished = join(home.path, `${NAME}.${randomBytes(4).toString('hex')}`)
  const passwordFile = `${unfinished}.password`
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600, flag: 'wx' })
  const { uid, gid } = home.account
  if (uid !== undefined && gid !== undefined) await chown(passwordFile, uid, gid)
  await runInitdb(initdb, initdbWords(unfinished, passwordFile), home)
  await rm(passwordFile)
  await rename(unfinished, directory)
  await syncDirectory(home.path)
  return directory
}

function initdbWords(directory: string, passwordFile: string): readonly string[] {
  return [
    `--pgdata=${directory}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--data-checksums',
    '--encoding=UTF8',
    // Sorts the same on every machine: an update of the system's locales cannot break an index.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--no-instructions',
  ]
}

async function runInitdb(program: string, words: readonly string[], home: ClusterHome): Promise<void> {
  const child = spawn(program, words, {
    ...home.account,
    cwd: home.path,
    env: postgresEnvironment(),
    // In a process group of its own, so that Ctrl-C in a terminal reaches only us.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const exit = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const [code, output] = await Promise.all([exit, text(child.stderr)])
  if (code !== 0) throw new CodedError('embedded-postgres-failed', `initdb: ${output.trim()}`)
}
