// Two servers on the same databases serve the same people, whatever carries word between them.
import { createClient } from '@redis/client'
import { CLOSE_CODES } from '@workforce-democracy/shared'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createTestDatabases, execute, type TestDatabases } from '../support/postgres.ts'
import { connectRaw, type RawClient } from '../support/raw-client.ts'
import { noRedis, startRedis } from '../support/redis.ts'
import { connectSynced, received, registerWriter } from '../support/register-writer.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'

/** Ten edits one after the other, each found by looking every two seconds, take 18 s. */
const TEN_BY_LOOKING_MS = 18_000

/** What carries word, and a way to say anything there. */
interface Carrier extends AsyncDisposable {
  readonly port: number
  settings(port: number): { readonly redisUrl: string } | { readonly databaseDirectUrl: string }
  /** Ends it, or what of it the servers are connected to, and brings it back. */
  breakDown(): Promise<void>
  say(text: string): Promise<void>
}

async function overPostgres({ databaseUrl }: TestDatabases): Promise<Carrier> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  return {
    port: Number(new URL(databaseUrl).port),
    settings: port => ({
      databaseDirectUrl: Object.assign(new URL(databaseUrl), { port: String(port) }).href,
    }),
    async say(text) {
      await client.query('select pg_notify($1, $2)', ['workforce_democracy', text])
    },
    async breakDown() {
      const { rowCount } = await client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name = 'workforce-democracy bus'`,
      )
      expect(rowCount).toBe(2)
    },
    [Symbol.asyncDispose]: () => client.end(),
  }
}

async function overRedis(): Promise<Carrier> {
  const redis = await startRedis()
  const client = createClient({ url: `redis://127.0.0.1:${redis.port}` }).on('error', () => undefined)
  await client.connect()
  return {
    port: redis.port,
    settings: port => ({ redisUrl: `redis://127.0.0.1:${port}` }),
    async say(text) {
      await client.publish('workforce-democracy', text)
    },
    async breakDown() {
      await redis.kill()
      await redis.start()
    },
    async [Symbol.asyncDispose]() {
      client.destroy()
      await redis[Symbol.asyncDispose]()
    },
  }
}

const keysAt = (client: RawClient): string[] =>
  received(client)
    .getArray<[string]>('registers')
    .toArray()
    .map(([key]) => key)
    .toSorted()

describe.each([
  { name: 'Postgres', start: overPostgres, missing: undefined },
  { name: 'Redis', start: overRedis, missing: noRedis },
])('two servers, word carried by $name', ({ start, missing }) => {
  let databases: TestDatabases
  let carrier: Carrier
  let proxy: TcpProxy
  let a: TestServer
  let b: TestServer
  beforeEach(async ({ skip }) => {
    if (missing) skip(missing)
    databases = await createTestDatabases()
    carrier = await start(databases)
    proxy = await startTcpProxy(carrier.port)
    a = await startTestServer({}, databases, carrier.settings(proxy.port))
    b = await startTestServer({}, databases, a.config)
  })
  afterEach(async () => {
    if (missing) return
    for (const each of [a, b, proxy, carrier, databases]) await each[Symbol.asyncDispose]()
  })

  /** A person with a writer at A and a reader at B. */
  async function person() {
    const { user, accessToken } = await a.register()
    const atA = await connectSynced(a.url, accessToken)
    const atB = await connectSynced(b.url, accessToken)
    return { id: user.id, accessToken, atA, atB, ...registerWriter(atA) }
  }

  type Person = Awaited<ReturnType<typeof person>>

  /** Writes at A, one after the other, and waits for each at B. Returns how long it took. */
  async function writeTen({ atB, write }: Person): Promise<number> {
    const startMs = performance.now()
    const before = atB.of('update').length
    for (let n = 1; n <= 10; n++) {
      write(`hr${before + n}-119`, null)
      await until(() => atB.of('update').length === before + n)
    }
    return performance.now() - startMs
  }

  test('[I1] an edit made on one reaches devices on the other at once', async () => {
    const it = await person()
    expect(await writeTen(it)).toBeLessThan(TEN_BY_LOOKING_MS / 2)
    expect(keysAt(it.atB)).toHaveLength(10)
  })

  test('[I1] writes over HTTP, too', async () => {
    const { accessToken, atB } = await person()
    const { status } = await a.call('POST', '/api/civic/vote', {
      token: accessToken,
      body: { billId: 'hr1-119', choice: 'yes' },
    })
    expect(status).toBe(200)
    await until(() => atB.of('update').length === 1)
    expect(keysAt(atB)).toEqual(['hr1-119'])
  })

  test('[I1] both write at once: each has everything once, in the order of positions', async () => {
    const { atA, atB, write } = await person()
    const { write: writeAtB } = registerWriter(atB)
    for (let n = 0; n < 200; n++) {
      write(`hr${n}-118`, null)
      writeAtB(`hr${n}-119`, null)
    }
    for (const client of [atA, atB]) {
      await client.durable(200)
      await until(() => client.of('durable').at(-1)?.position === 400)
      expect(client.of('update')).toHaveLength(200)
      const positions = client.of('durable').map(({ position }) => position)
      expect(positions).toEqual(positions.toSorted((one, other) => one - other))
    }
  })

  test('[I2] while nothing carries word it takes some seconds, and then goes on at once', async () => {
    const it = await person()
    proxy.cut({ refuse: true })
    it.write('hr0-119', null)
    await until(() => it.atB.of('update').length === 1, 5_000)
    proxy.restore()
    // Back when ten come through quickly.
    await until(async () => (await writeTen(it)) < TEN_BY_LOOKING_MS / 2, 60_000)
    expect(keysAt(it.atB)).toHaveLength(it.atB.of('update').length)
  }, 90_000)

  test('[I2] after it was killed and came back, it goes on at once', async () => {
    const it = await person()
    await carrier.breakDown()
    await until(async () => (await writeTen(it)) < TEN_BY_LOOKING_MS / 2, 60_000)
    expect(keysAt(it.atB)).toHaveLength(it.atB.of('update').length)
    expect([it.atA.closeCode, it.atB.closeCode]).toEqual([undefined, undefined])
  }, 90_000)

  test('[I2] what is repeated, out of order, untrue or no announcement at all does no harm', async () => {
    const { id, atA, atB, write } = await person()
    const texts = [
      '',
      ' ',
      'x',
      `other ${id}/votes:2 ${id}/votes:1 ${id}/votes:2`,
      `other ${id}/votes:999999`,
      `other ${id}/votes:`,
      `other ${id}/sofas:1`,
      'other /:',
      'ä'.repeat(2_000),
      `other ${id}/notes:7`,
    ]
    for (const [n, text] of texts.entries()) {
      await carrier.say(text)
      write(`hr${n}-119`, null)
    }
    await atA.durable(10)
    await until(() => atB.of('update').length === 10)
    await until(() => atB.of('durable').at(-1)?.position === 10)
    expect(keysAt(atB)).toEqual(texts.map((_, n) => `hr${n}-119`))
    expect([atA.closeCode, atB.closeCode]).toEqual([undefined, undefined])
  })

  test('[I2] an untrue announcement opens no local document', async () => {
    const it = await person()
    await using local = await connectRaw(a.url, 'bookmarks', it.accessToken, { durable: false })
    await local.nth('step1')
    await carrier.say(`other ${it.id}/bookmarks:7`)
    // What was said after it has been heard.
    await writeTen(it)
    await execute(databases.databaseUrl, [
      `do $$ begin assert not exists (select from documents where document = 'bookmarks'); end $$`,
    ])
    expect(local.closeCode).toBeUndefined()
  })

  test('[I2] a document that another server opens comes to those who have it open as a local one', async () => {
    const { accessToken } = await a.register()
    await using local = await connectRaw(a.url, 'votes', accessToken, { durable: false })
    await using opener = await connectSynced(b.url, accessToken, { query: '?mode=open' })
    registerWriter(opener).write('hr1-119', null)
    await until(() => local.of('update').length === 1)
    expect(local.closeCode).toBeUndefined()
  })

  test('[I2] a document that is moved, sealed or deleted elsewhere is let go within five seconds, whatever carries word', async () => {
    const [moved, sealed, deleted] = [await person(), await person(), await person()]
    proxy.cut({ refuse: true })
    await execute(databases.databaseUrl, [
      `update documents set generation = 2 where person_id = '${moved.id}'`,
      `update documents set generation = 2, mode = 'sealed' where person_id = '${sealed.id}'`,
      `delete from documents where person_id = '${deleted.id}'`,
    ])
    const left = [moved, sealed, deleted]
    await until(() => left.every(({ atB }) => atB.closeCode !== undefined), 5_000)
    for (const { atB } of [moved, sealed]) {
      expect(atB.closeCode).toBe(CLOSE_CODES.moved)
      expect(atB.of('moved')).toEqual([{ type: 'moved', generation: 2 }])
    }
    expect(deleted.atB.closeCode).toBe(CLOSE_CODES.unauthorized)
  })

  test('[P14] who was signed out by another server is sent away within five seconds, whatever carries word', async () => {
    const [signedOut, erased, other] = [await a.register(), await a.register(), await person()]
    const atB = await Promise.all(
      [signedOut, erased].map(({ accessToken }) => connectSynced(b.url, accessToken)),
    )
    proxy.cut({ refuse: true })
    await a.call('POST', '/api/auth/logout', { body: { refreshToken: signedOut.refreshToken } })
    await execute(databases.databaseUrl, [`delete from users where id = '${erased.user.id}'`])
    await until(() => atB.every(({ closeCode }) => closeCode !== undefined), 5_000)
    expect(atB[0]?.closeCode).toBe(CLOSE_CODES.unauthorized)
    expect(atB[1]?.closeCode).toBe(CLOSE_CODES.unauthorized)
    expect(other.atB.closeCode).toBeUndefined()
    expect((await connectSynced(b.url, signedOut.accessToken)).closeCode).toBe(CLOSE_CODES.unauthorized)
  })
})
