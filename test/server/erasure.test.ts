// Deleting an account: what is left of a person, in both databases, at every server, and after a kill.
import { CLOSE_CODES, type SessionResponse } from '@workforce-democracy/shared'
import pg from 'pg'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPool, inTransaction, type Pool } from '../../server/src/db/database.ts'
import { createDataKeys } from '../../server/src/encryption/data-keys.ts'
import { createKeyring } from '../../server/src/encryption/keyring.ts'
import { createMailOutbox } from '../../server/src/mail/mail-outbox.ts'
import { createMetrics } from '../../server/src/metrics.ts'
import { call } from '../support/people.ts'
import { createTestDatabases } from '../support/postgres.ts'
import { connectSynced, registerWriter } from '../support/register-writer.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { startServerProcess } from '../support/server-process.ts'
import { startTcpProxy, throughProxy } from '../support/tcp-proxy.ts'
import { createTemporaryDirectory } from '../support/temporary-directory.ts'
import { until } from '../support/until.ts'

const PASSWORD = 'a made-up password'
/** Columns that name who did something, which stays without the name. */
const FORGOTTEN = ['submitted_by', 'admin_id']
/** Columns that name a person. */
const PERSON_COLUMNS = ['person_id', 'user_id', ...FORGOTTEN]
/** Has to outlive the account: without it a key would. Emptied an hour after the last key is gone. */
const OUTLIVING = ['data_key_destructions']

let a: TestServer
let b: TestServer
let pool: Pool
let keysPool: Pool
beforeAll(async () => {
  a = await startTestServer()
  const { encryptionKeys, jwtKeys } = a.config
  b = await startTestServer({}, a.databases, { encryptionKeys, jwtKeys })
  pool = createPool(a.databases.databaseUrl)
  keysPool = createPool(a.databases.keysDatabaseUrl)
})
afterAll(async () => {
  await Promise.all([pool.end(), keysPool.end()])
  await b[Symbol.asyncDispose]()
  await a[Symbol.asyncDispose]()
})

let names = 0

async function signUp(url = a.url, email?: string): Promise<SessionResponse & { readonly username: string }> {
  const username = `erased-${++names}`
  const privacy = { personalizedRecommendations: true, civicEngagementTracking: true }
  const { status, body } = await call(url, 'POST', '/api/auth/register', {
    body: { username, password: PASSWORD, privacy, ...(email && { email }) },
  })
  expect(status).toBe(201)
  return { ...body, username }
}

const erase = ({ accessToken }: SessionResponse, password = PASSWORD, url = a.url) =>
  call(url, 'DELETE', '/api/user/account', { token: accessToken, body: { password } })

/** Data keys as a server that has just begun finds them. */
const openDataKeys = (keys = keysPool, { encryptionKeys } = a.config) =>
  createDataKeys({ pool: keys, keyring: createKeyring(encryptionKeys) })

/** A vote, a profile field, a bookmark and what is projected of them, and a mail that waits. */
async function live({ user, accessToken: token }: SessionResponse): Promise<void> {
  const vote = { billId: 'hr8-118', choice: 'yes', billName: 'made-up labor bill', billType: 'labor' }
  expect((await a.call('POST', '/api/civic/vote', { token, body: vote })).status).toBeLessThan(300)
  const value = { addedAt: '2026-01-01T00:00:00Z' }
  for (const [document, key] of [
    ['profile', 'interest/labor'],
    ['bookmarks', 'faq/made-up'],
  ] as const) {
    await using client = await connectSynced(a.url, token, { document })
    registerWriter(client).registers.write([{ key, stamp: 1, device: 'device01', value }])
    await client.durable(1)
  }
  expect((await a.call('GET', '/api/user/data-export', { token })).body.registers.bookmarks).toHaveLength(1)
  await pool.query(
    `insert into document_snapshots (person_id, document, generation, position, data) values ($1, 'progress', 1, 0, '')
     on conflict do nothing`,
    [user.id],
  )
  await inTransaction(pool, async db => {
    const outbox = createMailOutbox({
      ...{ pool, dataKeys: openDataKeys(), metrics: createMetrics(), publicUrl: a.url },
      logger: pino({ level: 'silent' }),
      mailer: { send: () => Promise.reject(new Error('not here')) },
    })
    const mail = { personId: user.id, to: 'ada@mail.example', language: 'en' } as const
    await outbox.add(db, { ...mail, content: { kind: 'password-changed' } })
    await db.query(`update mail_outbox set due_at = now() + interval '1 day' where person_id = $1`, [user.id])
  })
}

/** Every table with a column that names a person. */
async function personTables(): Promise<readonly { table: string; column: string; cascades: boolean }[]> {
  const { rows } = await pool.query(
    `select c.table_name as table, c.column_name as column, exists (
       select from pg_constraint k
       join pg_attribute at on at.attrelid = k.conrelid and at.attnum = any(k.conkey)
       where k.contype = 'f' and k.confdeltype = case when c.column_name = any($2) then 'n' else 'c' end
         and k.conrelid = c.table_name::regclass and at.attname = c.column_name
     ) as cascades
     from information_schema.columns c
     where c.table_schema = 'public' and c.column_name = any($1) order by 1, 2`,
    [PERSON_COLUMNS, FORGOTTEN],
  )
  return rows
}

const rowsOf = async (table: string, column: string, personId: string): Promise<number> =>
  (await pool.query(`select from ${table} where ${column} = $1`, [personId])).rowCount ?? 0

describe('deleting an account', () => {
  test('[A30] leaves no row of the person in any table, and everything of others', async () => {
    const [gone, stays] = [await signUp(), await signUp()]
    await Promise.all([live(gone), live(stays)])
    const tables = await personTables()
    const counts = () => Promise.all(tables.map(({ table, column }) => rowsOf(table, column, stays.user.id)))
    const before = await counts()
    // Every table is in the story, or goes with the account by its own definition.
    for (const { table, column, cascades } of tables) {
      if (cascades || OUTLIVING.includes(table)) continue
      expect([table, await rowsOf(table, column, gone.user.id)]).not.toEqual([table, 0])
    }
    expect(before.filter(count => count > 0).length).toBeGreaterThan(9)
    expect((await erase(gone)).status).toBe(204)
    for (const { table, column } of tables) {
      if (OUTLIVING.includes(table)) continue
      expect([table, await rowsOf(table, column, gone.user.id)]).toEqual([table, 0])
    }
    expect(await counts()).toEqual(before)
    expect((await a.call('GET', '/api/civic/votes', { token: stays.accessToken })).body.items).toHaveLength(1)
    const { rows } = await pool.query('select id_hash, erased_on::text as day from erased_accounts')
    expect(rows.some(({ day }) => day === new Date().toISOString().slice(0, 10))).toBe(true)
    expect(rows.every(({ id_hash }) => id_hash.length === 32)).toBe(true)
  })

  test('[A31] destroys every data key before it is answered: a copy of what was stored cannot be opened', async () => {
    const person = await signUp()
    await live(person)
    const personId = person.user.id
    const { rows: scopes } = await keysPool.query(
      'select person_id as "personId", document, generation from data_keys where person_id = $1',
      [personId],
    )
    expect(scopes.map(({ document }) => document).sort()).toEqual([
      'account',
      'bookmarks',
      'profile',
      'votes',
    ])
    expect((await erase(person)).status).toBe(204)
    const { rows } = await keysPool.query(
      'select from data_keys where person_id = $1 and wrapped is not null',
      [personId],
    )
    expect(rows).toHaveLength(0)
    for (const scope of scopes) expect(await openDataKeys().existing(scope)).toBeUndefined()
    const { rows: open } = await pool.query(
      'select from data_key_destructions where person_id = $1 and done_at is null',
      [personId],
    )
    expect(open).toHaveLength(0)
  })

  test('[A30] leaves nothing either of what devices write meanwhile, over both protocols and at both servers', async () => {
    const person = await signUp()
    const { accessToken: token, user } = person
    const clients = await Promise.all([a, b].map(({ url }) => connectSynced(url, token)))
    let writing = true
    const overSockets = async () => {
      const devices = clients.map(registerWriter)
      for (let n = 0; writing; n++) {
        for (const device of devices) device.write(`hr${n % 50}-119`, `made up ${n}`)
        await new Promise(setImmediate)
      }
    }
    const statuses = new Set<number>()
    const vote = async () => {
      const body = { billId: 'hr1-119', choice: 'yes' }
      statuses.add((await b.call('POST', '/api/civic/vote', { token, body })).status)
    }
    const overHttp = async () => {
      while (writing) await vote()
      // At least once after the account is gone.
      await vote()
    }
    const all = Promise.all([overSockets(), overHttp()])
    await until(async () => (await rowsOf('document_updates', 'person_id', user.id)) > 5)
    expect((await erase(person)).status).toBe(204)
    await until(() => clients.every(({ closeCode }) => closeCode !== undefined), 5_000)
    writing = false
    await all
    for (const { table, column } of await personTables()) {
      if (OUTLIVING.includes(table)) continue
      expect([table, await rowsOf(table, column, user.id)]).toEqual([table, 0])
    }
    const { rows } = await keysPool.query(
      'select document from data_keys where person_id = $1 and wrapped is not null',
      [user.id],
    )
    expect(rows).toEqual([])
    expect(statuses).toContain(401)
  })

  test('[A30] with a wrong password changes nothing', async () => {
    const person = await signUp()
    expect(await erase(person, 'not the password')).toMatchObject({
      status: 401,
      body: { code: 'wrong-credentials' },
    })
    expect((await a.call('GET', '/api/civic/votes', { token: person.accessToken })).status).toBe(200)
    expect(
      (await a.call('DELETE', '/api/user/account', { token: person.accessToken, body: {} })).status,
    ).toBe(400)
    expect((await a.call('DELETE', '/api/user/account', { body: { password: PASSWORD } })).body.code).toBe(
      'unauthorized',
    )
  })

  test('[A32] has every token of the account told so, and its name is free', async () => {
    const person = await signUp()
    const login = { login: person.username, password: PASSWORD }
    const second = (await a.call('POST', '/api/auth/login', { body: login })).body
    expect((await erase(person)).status).toBe(204)
    const deleted = { status: 401, body: { code: 'account-deleted' } }
    for (const { accessToken, refreshToken } of [person, second]) {
      expect(await b.call('GET', '/api/civic/votes', { token: accessToken })).toMatchObject(deleted)
      expect(await b.call('POST', '/api/auth/refresh-token', { body: { refreshToken } })).toMatchObject(
        deleted,
      )
    }
    expect(await erase(person)).toMatchObject(deleted)
    expect((await connectSynced(b.url, person.accessToken)).closeCode).toBe(CLOSE_CODES.unauthorized)
    expect((await a.call('POST', '/api/auth/login', { body: login })).body.code).toBe('wrong-credentials')
    const again = { username: person.username, password: PASSWORD }
    expect((await a.call('POST', '/api/auth/register', { body: again })).status).toBe(201)
  })

  test('[A32] closes the sockets of the person at every server within five seconds, and nobody else’s', async () => {
    const [gone, stays] = [await signUp(), await signUp()]
    await using atA = await connectSynced(a.url, gone.accessToken)
    await using atB = await connectSynced(b.url, gone.accessToken)
    await using other = await connectSynced(b.url, stays.accessToken)
    registerWriter(atB).write('hr1-119', 'made up')
    await atB.durable(1)
    expect((await erase(gone)).status).toBe(204)
    await until(() => atA.closeCode !== undefined, 500)
    await until(() => atB.closeCode !== undefined, 5_000)
    expect([atA.closeCode, atB.closeCode, other.closeCode]).toEqual([
      CLOSE_CODES.unauthorized,
      CLOSE_CODES.unauthorized,
      undefined,
    ])
  })

  test('[A32] of which two are under way happens once', async () => {
    const person = await signUp()
    const answers = await Promise.all([erase(person), erase(person, PASSWORD, b.url)])
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 401])
    expect(answers.find(({ status }) => status === 401)?.body.code).toBe('account-deleted')
  })

  test('[A33] is told once to an address that was verified, by a mail with a key of its own', async () => {
    const [verified, other] = [
      await signUp(a.url, 'verified@mail.example'),
      await signUp(a.url, 'unverified@mail.example'),
    ]
    await pool.query('update users set email_verified = true where id = $1', [verified.user.id])
    await live(verified)
    expect((await erase(other)).status).toBe(204)
    expect((await erase(verified)).status).toBe(204)
    const sent = () =>
      [...a.mails, ...b.mails].filter(({ subject }) => subject === 'Your account was deleted')
    await until(() => sent().length > 0)
    await until(
      async () => (await pool.query('select from mail_outbox where person_id is null')).rowCount === 0,
    )
    expect(sent().map(({ to, subject }) => [to, subject])).toEqual([
      ['verified@mail.example', 'Your account was deleted'],
    ])
    // The key of the mail is gone with it.
    await until(
      async () =>
        (await keysPool.query('select from data_keys where person_id = $1', [sent()[0]?.id])).rowCount === 0,
    )
  })

  test('[A31] is finished by another server where the key store goes away, and not reported done before', async () => {
    await using proxy = await startTcpProxy(Number(new URL(a.config.keysDatabaseUrl).port))
    const { keysDatabaseUrl } = throughProxy(a.databases, proxy.port)
    await using c = await startTestServer({}, a.databases, { ...a.config, dataDir: '', keysDatabaseUrl })
    const person = await signUp()
    const personId = person.user.id
    const holder = new pg.Client({ connectionString: a.config.keysDatabaseUrl })
    await holder.connect()
    await holder.query('begin')
    await holder.query('select from data_keys where person_id = $1 for update', [personId])
    const answer = erase(person, PASSWORD, c.url)
    await until(async () => (await rowsOf('users', 'id', personId)) === 0)
    proxy.cut({ refuse: true })
    expect(await answer).toMatchObject({ status: 503, body: { code: 'overloaded' } })
    // What it had asked the key store for goes with it.
    await keysPool.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`)
    const keysLeft = async () =>
      (await keysPool.query('select from data_keys where person_id = $1 and wrapped is not null', [personId]))
        .rowCount
    expect(await keysLeft()).toBe(1)
    await holder.end()
    await until(async () => (await keysLeft()) === 0)
    proxy.restore()
    expect((await erase(person, PASSWORD, c.url)).body.code).toBe('account-deleted')
  })

  test('[A31] is finished by the next server where one is killed after the commit', async () => {
    await using databases = await createTestDatabases()
    await using directory = await createTemporaryDirectory()
    await using process = await startServerProcess({ dataDir: directory.path, ...databases })
    const data = createPool(databases.databaseUrl, { max: 1 })
    const keys = createPool(databases.keysDatabaseUrl, { max: 1 })
    const holder = new pg.Client({ connectionString: databases.keysDatabaseUrl })
    try {
      const person = await signUp(process.url)
      const keysLeft = async () =>
        (
          await keys.query('select from data_keys where person_id = $1 and wrapped is not null', [
            person.user.id,
          ])
        ).rowCount
      await using client = await connectSynced(process.url, person.accessToken)
      registerWriter(client).write('hr1-119', 'made up')
      await client.durable(1)
      await holder.connect()
      await holder.query('begin')
      await holder.query('select from data_keys where person_id = $1 for update', [person.user.id])
      const cutOff = erase(person, PASSWORD, process.url).catch(() => 'cut off')
      await until(async () => (await data.query('select from users')).rowCount === 0)
      await process.kill('SIGKILL')
      expect(await cutOff).toBe('cut off')
      // What it had asked the key store for goes with it.
      await keys.query(`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`)
      await holder.query('rollback')
      expect(await keysLeft()).toBe(2)
      await process.start()
      await until(async () => (await keysLeft()) === 0)
      const open = 'select from data_key_destructions where done_at is null'
      await until(async () => (await data.query(open)).rowCount === 0)
      const answer = await call(process.url, 'GET', '/api/civic/votes', { token: person.accessToken })
      expect(answer.body.code).toBe('account-deleted')
    } finally {
      await Promise.all([data.end(), keys.end(), holder.end()])
    }
  }, 60_000)
})
