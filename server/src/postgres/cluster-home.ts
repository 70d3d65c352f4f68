// Where a cluster is kept: below the data directory, or elsewhere when Postgres cannot get there.
import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, realpath, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { CodedError } from '@workforce-democracy/shared'
import { type Account, canAccess, isRoot, postgresAccount } from './account.ts'
import { keepFirst, makePassable, readIfThere } from './files.ts'

/** A directory that only the account of Postgres (and root) can enter, with all that belongs to one cluster. */
export interface ClusterHome {
  /** With symbolic links resolved: the same text on each start. */
  readonly path: string
  readonly account: Account
  /** Whether it is not below the data directory. */
  readonly elsewhere: boolean
}

/** The file in the data directory that names a home elsewhere. */
const NOTE = 'postgres-directory'

/**
 * The home of a data directory's cluster; made, and noted if elsewhere, on the first call.
 *
 * @param elsewhere directories to try when the account cannot enter the data directory
 * @throws CodedError `embedded-postgres-failed` when there is no place, or the noted one is gone
 */
export async function clusterHome(dataDir: string, elsewhere: readonly string[]): Promise<ClusterHome> {
  const known = await findClusterHome(dataDir)
  const home = known ?? { path: join(dataDir, 'postgres'), elsewhere: false }
  if (home.elsewhere) return await openHome(home)
  await mkdir(home.path, { recursive: true, mode: 0o700 })
  const opened = await openHome(home)
  if (await canAccess(opened.account, 'write', opened.path)) return opened
  if (await isCluster(opened.path)) throw outOfReach(opened.path)
  return await homeElsewhere(dataDir, elsewhere, opened.account)
}

/** The home noted in the data directory, or the one below it; `undefined` when there is neither. */
export async function findClusterHome(dataDir: string): Promise<Omit<ClusterHome, 'account'> | undefined> {
  const note = (await readIfThere(join(dataDir, NOTE)))?.trim()
  if (note) return { path: note, elsewhere: true }
  const below = join(dataDir, 'postgres')
  return (await exists(below)) ? { path: await realpath(below), elsewhere: false } : undefined
}

/** Runs as the owner of what is there, which may be another account than a new cluster would get. */
async function openHome(home: Omit<ClusterHome, 'account'>): Promise<ClusterHome> {
  if (!(await exists(home.path))) {
    throw new CodedError(
      'embedded-postgres-failed',
      `the cluster of this data directory is noted to be in ${home.path}, where there is none: bring it back, or remove the note (${NOTE}) to begin anew`,
    )
  }
  const path = await realpath(home.path)
  const { uid, gid } = await stat(path)
  if (isRoot() && uid !== 0) return { ...home, path, account: { uid, gid } }
  const account = await postgresAccount()
  await give(path, account)
  return { ...home, path, account }
}

async function homeElsewhere(
  dataDir: string,
  elsewhere: readonly string[],
  account: Account,
): Promise<ClusterHome> {
  await rm(join(dataDir, 'postgres'), { recursive: true })
  for (const directory of elsewhere) {
    const path = await makeHome(join(directory, 'clusters'), account)
    if (!path) continue
    await keepFirst(join(path, 'belongs-to'), () => `${dataDir}\n`)
    await keepFirst(join(dataDir, NOTE), () => `${path}\n`)
    return { path: await realpath(path), account, elsewhere: true }
  }
  throw outOfReach(dataDir)
}

/** @returns `undefined` when the account cannot write there */
async function makeHome(directory: string, account: Account): Promise<string | undefined> {
  const path = join(directory, randomBytes(8).toString('hex'))
  try {
    await makePassable(directory)
    await mkdir(path, { mode: 0o700 })
    await give(path, account)
  } catch {
    return undefined
  }
  if (await canAccess(account, 'write', path)) return path
  await rm(path, { recursive: true })
  return undefined
}

async function give(path: string, { uid, gid }: Account): Promise<void> {
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid)
  await chmod(path, 0o700)
}

const isCluster = (home: string): Promise<boolean> => exists(join(home, 'pgdata'))

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  )
}

const outOfReach = (path: string): CodedError =>
  new CodedError(
    'embedded-postgres-failed',
    `the user that PostgreSQL runs under cannot enter ${path}: choose another DATA_DIR, or let it pass the directories above (chmod o+x)`,
  )
