// The command line as people run it: processes, exit codes, and what they print.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { CodedError } from '@workforce-democracy/shared'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { processStart } from '../../server/src/postgres/process-identity.ts'
import { builtFileNow } from '../support/built.ts'
import { freePort } from '../support/free-port.ts'
import { readMetric } from '../support/metrics.ts'
import { registerPerson } from '../support/people.ts'
import { createTestDatabases } from '../support/postgres.ts'
import { connectSynced, registerWriter } from '../support/register-writer.ts'
import { startTestServer } from '../support/server.ts'
import { type ServerProcess, startServerProcess } from '../support/server-process.ts'
import { createTemporaryDirectory } from '../support/temporary-directory.ts'
import { until } from '../support/until.ts'

// Whole servers, one after the other.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const CLI = builtFileNow(new URL('../../server/src/cli.ts', import.meta.url))

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command to its end. */
async function run(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const child = spawn(process.execPath, [CLI, ...words], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>(resolve => child.once('exit', resolve))
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
  return { code, stdout, stderr }
}

describe('the command line', () => {
  test.each([
    [[]],
    [['serve', 'now']],
    [['serve', '--port=1']],
    [['import', 'recipes', '--from', 'x']],
    [['admin', 'grant']],
  ])('answers %j with its usage and exit code 2', async words => {
    const { code, stdout, stderr } = await run(words)
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toContain('Usage: workforce-democracy <command>')
  })

  test('answers --help with its usage and exit code 0', async () => {
    const { code, stdout } = await run(['--help'])
    expect(code).toBe(0)
    expect(stdout).toContain('Usage: workforce-democracy <command>')
  })

  test('tells mistakes of the configuration line by line, without a stack', async () => {
    const { code, stderr } = await run(['serve'], { PORT: 'eighty', LOG_LEVEL: 'loud' })
    expect(code).toBe(1)
    expect(stderr.trim().split('\n')).toHaveLength(2)
  })

  test('tells a database that is away without a stack', async () => {
    const { code, stderr } = await run(['serve'], {
      DATABASE_URL: `postgres://127.0.0.1:${await freePort()}/none`,
    })
    expect(code).toBe(1)
    expect(stderr).toMatch(/^[^\n]*ECONNREFUSED[^\n]*\n$/)
  })

  test('migrates the databases that the environment names', async () => {
    await using databases = await createTestDatabases()
    const { databaseUrl, keysDatabaseUrl } = databases
    const env = { DATABASE_URL: databaseUrl, KEYS_DATABASE_URL: keysDatabaseUrl }
    expect(await run(['migrate'], env)).toEqual({ code: 0, stdout: 'Nothing to apply.\n', stderr: '' })
  })
})

describe('a server with a PostgreSQL of its own', () => {
  let dataDir: string
  let server: ServerProcess

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'wd-cli-'))
    await chmod(dataDir, 0o711)
    server = await startServerProcess({ dataDir })
  })

  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    await rm(dataDir, { recursive: true })
  })

  const postmaster = async (): Promise<number> =>
    Number.parseInt(await readFile(join(dataDir, 'postgres', 'pgdata', 'postmaster.pid'), 'utf8'), 10)

  test('tells where it is, what it uses and where to look', async () => {
    for (const fact of [server.url, dataDir, join(dataDir, 'postgres'), 'warn', '/api/resources']) {
      expect(server.output()).toContain(fact)
    }
  })

  test('has something in its catalog from the start', async () => {
    const answer = await fetch(`${server.url}/api/resources?limit=1`)
    expect(await answer.json()).toMatchObject({ items: [{ id: expect.any(String) }] })
  })

  test('lets another process import into its databases meanwhile', async () => {
    const from = join(dataDir, 'members.json')
    await writeFile(from, '[]')
    const { code, stderr } = await run(['import', 'legislators', '--from', from], { DATA_DIR: dataDir })
    expect({ code, stderr }).toMatchObject({ code: 0 })
    expect((await fetch(`${server.url}/health`)).status).toBe(200)
  })

  test('lets another process make admins meanwhile, by their login names', async () => {
    const { accessToken, user } = await registerPerson(server.url)
    const admin = (...words: string[]) => run(['admin', ...words], { DATA_DIR: dataDir })
    const readLog = () =>
      fetch(`${server.url}/api/admin/audit-log`, { headers: { authorization: `Bearer ${accessToken}` } })
    expect(await admin('grant', user.username ?? '')).toMatchObject({ code: 0, stderr: '' })
    expect((await readLog()).status).toBe(200)
    expect((await admin('list')).stdout).toContain(`${user.id}  since `)
    expect((await admin('revoke', user.username ?? '')).code).toBe(0)
    expect((await readLog()).status).toBe(403)
    expect(await admin('grant', 'made-up-nobody')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('name'),
    })
  })

  test('is not disturbed by a second server on its data directory, which is refused', async () => {
    const { code, stderr } = await run(['serve'], { DATA_DIR: dataDir, PORT: '0' })
    expect(code).toBe(1)
    expect(stderr).toContain(dataDir)
    expect((await fetch(`${server.url}/api/resources`)).status).toBe(200)
  })

  test('comes back after SIGKILL, with what it had', async () => {
    await server.kill('SIGKILL')
    await server.start()
    expect((await fetch(`${server.url}/api/resources`)).status).toBe(200)
    expect(server.output().match(/Filled the empty catalog/g)).toHaveLength(1)
  })

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'ends in order on %s, and its PostgreSQL with it',
    async signal => {
      const pid = await postmaster()
      await server.kill(signal)
      expect(server.exitCode).toBe(0)
      expect(await processStart(pid)).toBe(undefined)
      await server.start()
    },
  )

  test('takes a signal twice in a moment, as npm passes it on, for one', async () => {
    const pid = await postmaster()
    // Of two kinds, since the system would join two of one.
    process.kill(server.pid, 'SIGTERM')
    await server.kill('SIGINT')
    expect(server.exitCode).toBe(0)
    expect(await processStart(pid)).toBe(undefined)
    await server.start()
  })

  test('ends with exit code 1 when its PostgreSQL ends under it', async () => {
    process.kill(await postmaster(), 'SIGKILL')
    await vi.waitUntil(() => server.exitCode !== null, { timeout: 20_000 })
    expect(server.exitCode).toBe(1)
  })
})

test('npm start runs the server from its sources, and its threads', async () => {
  await using databases = await createTestDatabases()
  await using directory = await createTemporaryDirectory()
  await using server = await startServerProcess({ dataDir: directory.path, ...databases, byNpm: true })
  const { accessToken } = await registerPerson(server.url)
  await using client = await connectSynced(server.url, accessToken)
  const large = 'x'.repeat(100_000)
  registerWriter(client).write('hr1-119', large)
  await until(async () => (await readMetric(server.url, 'wd_compactions_total')) === 1)
  // Somebody else's state: the difference is computed on the other thread.
  client.send({ type: 'step1', stateVector: new Uint8Array([1, 1, 0]) })
  expect((await client.nth('step2', 2)).update.length).toBeGreaterThan(large.length)
  await server.kill('SIGTERM')
  expect(server.exitCode).toBe(0)
})

test('a server that cannot start leaves no connection open, which would keep its process from ending', async () => {
  await using databases = await createTestDatabases()
  await (await startTestServer({}, databases))[Symbol.asyncDispose]()
  const otherKeys = { encryptionKeys: [{ id: 'other', key: randomBytes(32) }] }
  await expect(startTestServer({}, databases, otherKeys)).rejects.toThrow(CodedError)
  const client = new pg.Client({ connectionString: databases.databaseUrl })
  await client.connect()
  await until(async () => {
    const { rowCount } = await client.query(
      `select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    )
    return rowCount === 0
  })
  await client.end()
})
