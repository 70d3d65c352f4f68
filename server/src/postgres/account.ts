// The operating system's account that Postgres runs under: ours, or another one when we are root, which it refuses.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { CodedError } from '@workforce-democracy/shared'

const run = promisify(execFile)
const NAME = 'postgres'

/** How to start a process under an account: options of `spawn`. Empty for our own. */
export type Account = { readonly uid: number; readonly gid: number } | Record<string, never>

/** Whether processes have to be started under another account. */
export const isRoot = (): boolean => process.getuid?.() === 0

/**
 * The account to start Postgres under. As root that is the user `postgres`, made if there is none.
 *
 * @throws CodedError `embedded-postgres-failed` when it can neither be found nor made
 */
export async function postgresAccount(): Promise<Account> {
  if (!isRoot()) return {}
  const account = (await findAccount()) ?? (await createAccount())
  if (account) return account
  throw new CodedError(
    'embedded-postgres-failed',
    `PostgreSQL does not run as root, and the user "${NAME}" could not be made: add it, run as another user, or set DATABASE_URL`,
  )
}

/** Environment of every process of Postgres: nothing of ours, least of all its secrets. */
export const postgresEnvironment = (): NodeJS.ProcessEnv => ({ PATH: process.env.PATH, LC_ALL: 'C' })

/**
 * Whether the account can really do this to a path: found by trying, since modes alone do not tell
 * (access lists, mounts, directories above).
 */
export async function canAccess(
  account: Account,
  right: 'execute' | 'write',
  path: string,
): Promise<boolean> {
  const flag = right === 'execute' ? '-x' : '-w'
  return await succeeds('test', [flag, path], account)
}

/** Whether a program ends with code 0 under the account. */
export async function succeeds(
  program: string,
  words: readonly string[],
  account: Account,
): Promise<boolean> {
  // Not from our working directory: the account may not be able to enter it.
  const options = { ...account, cwd: '/', env: postgresEnvironment() }
  return await run(program, words, options).then(
    () => true,
    () => false,
  )
}

async function findAccount(): Promise<Account | undefined> {
  try {
    const [uid, gid] = await Promise.all(['-u', '-g'].map(flag => run('id', [flag, NAME])))
    return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) }
  } catch {
    return undefined
  }
}

async function createAccount(): Promise<Account | undefined> {
  const words = ['--system', '--no-create-home', '--home-dir', '/nonexistent', '--shell', '/bin/false']
  // A group of that name may have been left.
  for (const group of [['--user-group'], ['--gid', NAME]]) {
    if (await succeeds('useradd', [...words, ...group, NAME], {})) break
  }
  return await findAccount()
}
