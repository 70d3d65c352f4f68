// Reads everything that the server has written down, after a full story: both databases, their files, log, metrics.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createMemoryStore, openClient } from '@workforce-democracy/client/node'
import pg from 'pg'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { findEmbeddedDatabases } from '../../server/src/postgres/embedded-postgres.ts'
import { type CallAnswer, call } from '../support/people.ts'
import { execute } from '../support/postgres.ts'
import { startServerProcess } from '../support/server-process.ts'
import { createTemporaryDirectory } from '../support/temporary-directory.ts'
import { until } from '../support/until.ts'

/** A client's address (RFC 5737), as a proxy says it. */
const ADDRESS = '203.0.113.77'
const METRICS_TOKEN = 'a-made-up-token-for-metrics'
/** Nothing personal is in them, and everything that a person may act on: bills, resources, topics. */
const PUBLIC_TABLES = [
  ...['bills', 'catalog_revisions', 'districts_by_postcode', 'import_progress', 'import_runs'],
  ...['learning_path_resources', 'learning_paths', 'learning_resources', 'migrations'],
  ...['representative_votes', 'representatives', 'roll_calls'],
]

/** Of two people: what each is called, knows and did. None of it is in a public table. */
const PRIVATE = [
  ...['grace.made-up@example.org', 'grace.made-up', 'grace-sample', 'a made-up passphrase'],
  ...['henry.invented@example.net', 'henry-invented', 'another made-up passphrase', 'ida-nobody'],
  ...['us-zz:nowhere-listed-4711', 'nowhere-listed', 'An Act nobody ever wrote', 'gb:9473-unlisted'],
  ...['a folder called thistledown', 'thistledown', 'video-nowhere-815', 'topic-of-lanterns'],
  ...['Lower Thistleford', 'Thistleford', 'ZZ99 7XQ', 'lamplighter', 'To read every lantern law'],
  ...['Grace Sample', 'A note about lanterns', 'a garbage token', ADDRESS],
]

test('[S2] raw Postgres, its files, the log and the metrics show nobody’s name, address, or what they acted on', async () => {
  await using directory = await createTemporaryDirectory()
  const dataDir = join(directory.path, 'data')
  const server = await startServerProcess({
    dataDir,
    env: { LOG_LEVEL: 'trace', METRICS_TOKEN, TRUST_PROXY: 'true' },
  })
  let ids: readonly string[] = []
  try {
    const story = await live(server.url)
    ids = story.personIds
    const databases = await until(() => findEmbeddedDatabases(dataDir))
    const actedOn = [...story.actedOn, '127.0.0.1']
    const [data, keys] = [await dump(databases.databaseUrl), await dump(databases.keysDatabaseUrl)]
    const tables = new Map([...data, ...keys])
    expect(tables.size).toBeGreaterThan(15)
    // Look, it would be found.
    for (const id of ids) expect(tables.get('users')).toContain(id)
    for (const id of ids) expect(tables.get('data_keys')).toContain(id)
    expect(tables.get('learning_resources')).toContain(story.actedOn[0])

    for (const [table, text] of tables) {
      expect({ table, found: foundIn(text, PRIVATE) }).toEqual({ table, found: [] })
      if (PUBLIC_TABLES.includes(table)) continue
      expect({ table, found: foundIn(text, actedOn) }).toEqual({ table, found: [] })
    }

    await failOver(databases, server.url, story.token)
    const metrics = await fetch(`${server.url}/metrics`, {
      headers: { authorization: `Bearer ${METRICS_TOKEN}` },
    })
    const metricsText = await metrics.text()
    expect(metricsText).toContain('wd_commits_total')
    expect(foundIn(metricsText, [...PRIVATE, ...actedOn, ...ids])).toEqual([])
  } finally {
    await server.kill('SIGTERM')
  }
  const logged = server
    .output()
    .split('\n')
    .filter(line => line.startsWith('{'))
  expect(logged.filter(line => line.includes('a request failed'))).toHaveLength(2)
  expect(foundIn(server.output(), [...PRIVATE, ...ids])).toEqual([])
  expect(foundIn(logged.join('\n'), ['127.0.0.1'])).toEqual([])

  // The server has stopped: what Postgres ever wrote is in files, the write-ahead log among them.
  const files = await filesBelow(dataDir)
  expect(files.some(({ path }) => path.includes('pg_wal'))).toBe(true)
  const needles = ids.map(id => Buffer.from(id.replaceAll('-', ''), 'hex'))
  const wal = files.filter(({ path }) => path.includes('pg_wal'))
  for (const id of needles) expect(wal.some(({ content }) => content.includes(id))).toBe(true)
  // Without a mail server mails are files, in clear, where only the server's user can read them (SPEC J6).
  for (const { path, content } of files.filter(({ path }) => !path.endsWith('.eml')))
    expect({ path, found: foundInBytes(content, PRIVATE) }).toEqual({ path, found: [] })
}, 120_000)

/** Two people, one over HTTP and one with the SDK, and a third who gets everything wrong. */
async function live(url: string) {
  const through = { 'x-forwarded-for': ADDRESS, forwarded: `for=${ADDRESS}` }
  const ask = async (method: string, path: string, body?: unknown, token?: string): Promise<CallAnswer> => {
    const response = await fetch(url + path, {
      method,
      headers: {
        ...through,
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: text ? JSON.parse(text) : undefined }
  }
  const [resource] = (await ask('GET', '/api/resources?limit=1')).body.items
  const [bill] = (await ask('GET', '/api/civic/bills?limit=1')).body.items
  // Shorter ones could stand in ciphertext by chance.
  const topics: string[] = resource.topics.filter((topic: string) => topic.length > 5)
  const actedOn: string[] = [resource.id, bill.id, ...topics]

  const grace = { email: PRIVATE[0]!, username: 'grace-sample', password: 'a made-up passphrase' }
  const registered = await ask('POST', '/api/auth/register', {
    ...grace,
    privacy: { civicEngagementTracking: true, personalizedRecommendations: true },
  })
  expect(registered.status).toBe(201)
  const token = registered.body.accessToken
  for (const billId of ['us-zz:nowhere-listed-4711', bill.id])
    await ask(
      'POST',
      '/api/civic/vote',
      { billId, choice: 'yes', billName: 'An Act nobody ever wrote' },
      token,
    )
  expect((await ask('GET', '/api/civic/votes', undefined, token)).body.items).toHaveLength(2)
  expect((await ask('GET', '/api/resources/recommended', undefined, token)).status).toBe(200)
  expect(
    (await ask('POST', '/api/auth/login', { login: grace.email, password: grace.password })).status,
  ).toBe(200)
  // What goes wrong says it to whoever asked, and to nobody else.
  for (const login of ['grace.made-up@example.org', 'grace-sample', 'ida-nobody'])
    expect(
      (await ask('POST', '/api/auth/login', { login, password: 'another made-up passphrase' })).status,
    ).toBe(401)
  expect((await ask('POST', '/api/auth/register', grace)).status).toBe(409)
  await ask('POST', '/api/auth/prelogin', { login: 'ida-nobody' })
  await ask('POST', '/api/auth/login', '{"login":"ida-nobody",')
  await ask('GET', '/api/civic/bills/us-zz:nowhere-listed-4711')
  await ask('GET', '/api/nothing/here/us-zz:nowhere-listed-4711', undefined, 'a garbage token')
  await ask('POST', '/api/auth/refresh-token', { refreshToken: 'a garbage token' })
  await refused(url, through)

  const personIds = [registered.body.user.id, await liveWithSdk(url, resource.id, bill.id)]
  return { personIds, actedOn, token }
}

/** The log has something to say, too: what the server fails over is somebody's account, and somebody's votes. */
async function failOver({ databaseUrl }: { databaseUrl: string }, url: string, token: string): Promise<void> {
  await execute(databaseUrl, [
    `update civic_votes set value = set_byte(value, 20, 255 - get_byte(value, 20))`,
    `update users set account = set_byte(account, 20, 255 - get_byte(account, 20))`,
  ])
  expect((await call(url, 'GET', '/api/civic/votes', { token })).body.code).toBe('at-rest-damaged')
  const body = { login: 'grace-sample', password: 'a made-up passphrase' }
  expect((await call(url, 'POST', '/api/auth/login', { body })).body.code).toBe('at-rest-damaged')
}

async function liveWithSdk(url: string, resourceId: string, billId: string): Promise<string> {
  const fetchThrough: typeof fetch = (input, init) =>
    fetch(input, {
      ...init,
      headers: { ...(init?.headers as Record<string, string>), 'x-forwarded-for': ADDRESS },
    })
  await using client = await openClient({
    ...{
      storage: createMemoryStore(),
      storeSecret: new Uint8Array(32).fill(3),
      server: url,
      fetch: fetchThrough,
    },
  })
  const { user } = await client.account.register({
    ...{
      email: 'henry.invented@example.net',
      username: 'henry-invented',
      password: 'another made-up passphrase',
    },
  })
  await client.privacy.set({ profile: 'open', votes: 'open', bookmarks: 'open', progress: 'open' })
  await client.profile.set({
    ...{
      displayName: 'Grace Sample',
      country: 'ZZ',
      state: 'ZZ',
      district: 'Lower Thistleford',
      postcode: 'ZZ99 7XQ',
    },
    ...{ occupation: 'lamplighter', goals: ['To read every lantern law'] },
  })
  await client.profile.addInterest('topic-of-lanterns')
  await client.votes.cast('gb:9473-unlisted', 'no', { billName: 'An Act nobody ever wrote' })
  await client.votes.cast(billId, 'no')
  await client.bookmarks.add('bill', 'us-zz:nowhere-listed-4711', { folder: 'a folder called thistledown' })
  await client.progress.record('video-nowhere-815', { percent: 50, seconds: 60 })
  await client.progress.complete(resourceId)
  await client.notes.set('bill', billId, 'A note about lanterns')
  await until(() => client.sync.status.state === 'durable')
  const token = await client.account.accessToken()
  const exported = await call(url, 'GET', '/api/user/data-export', { token })
  expect(exported.body.registers.profile.length).toBeGreaterThan(5)
  await client.account.logout()
  await expect(
    client.account.login({ login: 'henry-invented', password: 'a made-up passphrase' }),
  ).rejects.toMatchObject({ code: 'wrong-credentials' })
  return user.id
}

/** A socket with a garbage token is upgraded, and closed. */
async function refused(url: string, headers: Record<string, string>): Promise<void> {
  const socket = new WebSocket(
    `${url.replace('http', 'ws')}/api/sync/votes`,
    ['y-websocket', 'bearer.a-garbage-token'],
    {
      headers,
    },
  )
  let code: number | undefined
  socket.on('close', closeCode => (code = closeCode))
  await until(() => code !== undefined)
  expect(code).toBe(4401)
}

/** Every table of a database as text: all columns of all rows, bytes both as they are and in hex. */
async function dump(databaseUrl: string): Promise<Map<string, string>> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows: tables } = await client.query<{ schema: string; name: string }>(
      `select table_schema as schema, table_name as name from information_schema.tables
       where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
    )
    const textByTable = new Map<string, string>()
    for (const { schema, name } of tables) {
      const { rows } = await client.query({ text: `select * from "${schema}"."${name}"`, rowMode: 'array' })
      textByTable.set(schema === 'public' ? name : `${schema}.${name}`, rows.map(rowText).join('\n'))
    }
    return textByTable
  } finally {
    await client.end()
  }
}

function rowText(row: readonly unknown[]): string {
  return row
    .map(value => {
      if (Buffer.isBuffer(value)) return `${value.toString('latin1')} ${value.toString('hex')}`
      return typeof value === 'string' ? value : JSON.stringify(value)
    })
    .join(' ')
}

/** Those of the needles that are in a text, in whatever case, as they are, in hex or in base64. */
function foundIn(text: string, needles: readonly string[]): string[] {
  const lower = text.toLowerCase()
  return needles.filter(needle => disguises(needle).some(each => lower.includes(each.toLowerCase())))
}

/** The same in bytes, in the case given, also in UTF-16. */
function foundInBytes(bytes: Buffer, needles: readonly string[]): string[] {
  return needles.filter(
    needle =>
      disguises(needle).some(each => bytes.includes(each)) || bytes.includes(Buffer.from(needle, 'utf16le')),
  )
}

function disguises(needle: string): string[] {
  const bytes = Buffer.from(needle)
  // Of base64 that part which does not depend on what is before and behind, for each of the three places to begin.
  const base64 = [0, 1, 2].map(shift => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replaceAll('=', '')
    return text.slice(shift === 0 ? 0 : shift + 1, -2)
  })
  return [needle, bytes.toString('hex'), ...base64.filter(text => text.length >= 8)]
}

async function filesBelow(directory: string): Promise<{ path: string; content: Buffer }[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  return await Promise.all(
    entries
      .filter(entry => entry.isFile())
      .map(async entry => {
        const path = join(entry.parentPath, entry.name)
        return { path, content: await readFile(path) }
      }),
  )
}
