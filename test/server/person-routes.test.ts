// A person's own routes over HTTP: merged with what devices write, encrypted at rest, and only with consent.
import { createServer } from 'node:http'
import type { Alignment, AlignmentAnswer, CivicCatalog } from '@workforce-democracy/shared'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fillWithStarter, startTestServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  await fillWithStarter(server)
})
afterAll(() => server[Symbol.asyncDispose]())

const VOTE = {
  billId: 'us-zz:unlisted-7',
  choice: 'yes',
  billName: 'An Act about Made-up Things',
  billType: 'labor',
}

/** Of the pool that requests are served from. */
const CONNECTIONS = 10

/** How many wait for a lock in this server's database. */
async function waitingForLocks(): Promise<number> {
  const client = new pg.Client({ connectionString: server.databases.databaseUrl })
  await client.connect()
  try {
    const { rows } = await client.query<{ n: number }>(
      `select count(*)::int as n from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    )
    return rows[0]?.n ?? 0
  } finally {
    await client.end()
  }
}

describe('POST /api/civic/vote', () => {
  test('and reading it by more people at once than there are connections: none waits for another for ever', async () => {
    const people = await Promise.all(
      Array.from({ length: CONNECTIONS + 2 }, () => server.register({ civicEngagementTracking: true })),
    )
    for (const { accessToken: token } of people)
      expect((await server.call('POST', '/api/civic/vote', { token, body: VOTE })).status).toBe(200)
    const locker = new pg.Client({ connectionString: server.databases.databaseUrl })
    await locker.connect()
    try {
      await locker.query('begin')
      await locker.query('lock table document_projections in access exclusive mode')
      const reading = people.map(({ accessToken: token }) =>
        server.call('GET', '/api/civic/votes', { token }),
      )
      // Each connection has begun a projection; whichever needed a second one would now wait for those that wait for it.
      await until(async () => (await waitingForLocks()) === CONNECTIONS)
      await locker.query('commit')
      const answers = await Promise.all(reading)
      expect(answers.map(({ status, body }) => [status, body.items?.length])).toEqual(
        people.map(() => [200, 1]),
      )
    } finally {
      await locker.end()
    }
  }, 90_000)

  test('records a vote on a bill that no catalog lists, with the name given', async () => {
    const { accessToken: token } = await server.register({ civicEngagementTracking: true })
    const answer = await server.call('POST', '/api/civic/vote', { token, body: VOTE })
    expect(answer).toMatchObject({ status: 200, body: { ...VOTE, governmentLevel: null } })
    const { body } = await server.call('GET', '/api/civic/votes', { token })
    expect(body).toEqual({ items: [answer.body], nextCursor: null })
  })

  test.each([
    ['a malformed bill id', { ...VOTE, billId: 'not a bill' }, 400, 'invalid-bill-id'],
    ['another choice', { ...VOTE, choice: 'maybe' }, 400, 'invalid-input'],
    ['no choice', { billId: VOTE.billId }, 400, 'invalid-input'],
    ['a body over the limit', { ...VOTE, billName: 'x'.repeat(100_000) }, 413, 'too-large'],
  ])('refuses %s with a code', async (_name, body, status, code) => {
    const { accessToken: token } = await server.register({ civicEngagementTracking: true })
    expect(await server.call('POST', '/api/civic/vote', { token, body })).toMatchObject({
      status,
      body: { code },
    })
    expect((await server.call('GET', '/api/civic/votes', { token })).body.items).toEqual([])
  })

  test('asks for consent first', async () => {
    const { accessToken: token } = await server.register()
    const answer = await server.call('POST', '/api/civic/vote', { token, body: VOTE })
    expect(answer).toMatchObject({ status: 409, body: { code: 'consent-required' } })
  })

  test.each([undefined, 'wrong', 'a.b.c'])('refuses the token %s', async token => {
    const answer = await server.call('POST', '/api/civic/vote', { ...(token && { token }), body: VOTE })
    expect(answer).toMatchObject({ status: 401, body: { code: 'unauthorized' } })
  })
})

test('pages of votes follow one another without gap or repetition', async () => {
  const { accessToken: token } = await server.register({ civicEngagementTracking: true })
  for (let n = 1; n <= 5; n++) {
    await server.call('POST', '/api/civic/vote', { token, body: { billId: `hr${n}-119`, choice: 'no' } })
  }
  const seen: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const { body }: Awaited<ReturnType<TestServer['call']>> = await server.call(
      'GET',
      `/api/civic/votes?limit=2${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
      { token },
    )
    seen.push(...body.items.map((item: { billId: string }) => item.billId))
    cursor = body.nextCursor
  }
  expect(seen.sort()).toEqual(['hr1-119', 'hr2-119', 'hr3-119', 'hr4-119', 'hr5-119'])
})

test('votes change what is recommended, with the votes as the reason', async () => {
  const { accessToken: token } = await server.register({
    civicEngagementTracking: true,
    personalizedRecommendations: true,
  })
  const before = (await server.call('GET', '/api/resources/recommended', { token })).body
  const billIds = ['us-zz:one', 'us-zz:two', 'us-zz:three']
  for (const billId of billIds) {
    await server.call('POST', '/api/civic/vote', {
      token,
      body: { billId, choice: 'yes', billType: 'unions' },
    })
  }
  const after = (await server.call('GET', '/api/resources/recommended', { token })).body
  expect(after.items).toHaveLength(10)
  expect(after.items).not.toEqual(before.items)
  expect(after.items[0].resource.topics).toContain('unions')
  expect(after.items[0].reason).toMatchObject({
    kind: 'votes',
    evidence: { topic: 'unions', billIds: expect.arrayContaining(billIds) },
  })
  expect(after.catalogVersion).toBe(before.catalogVersion)
})

test('alignment is measured against the votes that stand', async () => {
  const { accessToken: token } = await server.register({ civicEngagementTracking: true })
  const { bills } = (await server.call('GET', '/api/civic/catalog')).body
  const decided = bills.find((bill: { lastVotedOn: string | null }) => bill.lastVotedOn !== null)
  const compared = async () => {
    const { items } = (await server.call('GET', '/api/civic/alignment?limit=100', { token })).body
    const sum = (what: 'agreed' | 'disagreed') =>
      items.reduce((n: number, item: Record<string, number>) => n + item[what]!, 0)
    return { agreed: sum('agreed'), disagreed: sum('disagreed') }
  }
  expect(await compared()).toEqual({ agreed: 0, disagreed: 0 })
  await server.call('POST', '/api/civic/vote', { token, body: { billId: decided.id, choice: 'yes' } })
  const yes = await compared()
  expect(yes.agreed + yes.disagreed).toBeGreaterThan(0)
  await server.call('POST', '/api/civic/vote', { token, body: { billId: decided.id, choice: 'no' } })
  expect(await compared()).toEqual({ agreed: yes.disagreed, disagreed: yes.agreed })
})

test('[O28] alignment is of one topic, and shows the bills that it rests on', async () => {
  const { accessToken: token } = await server.register({ civicEngagementTracking: true })
  const catalog: CivicCatalog = (await server.call('GET', '/api/civic/catalog')).body
  const decided = catalog.bills.filter(({ lastVotedOn }) => lastVotedOn !== null)
  for (const { id: billId } of decided)
    await server.call('POST', '/api/civic/vote', { token, body: { billId, choice: 'yes' } })
  const aligned = async (query: string): Promise<Alignment[]> =>
    (await server.call('GET', `/api/civic/alignment?limit=100${query}`, { token })).body.items
  const compared = (items: readonly Alignment[]) =>
    items.reduce((n, { agreed, disagreed }) => n + agreed + disagreed, 0)
  const topic = decided.find(({ topics }) => topics.length > 0)?.topics[0] ?? ''
  const all = await aligned('')
  expect(compared(await aligned(`&topic=${topic}`))).toBeGreaterThan(0)
  expect(compared(await aligned(`&topic=${topic}`))).toBeLessThan(compared(all))
  expect(compared(await aligned('&topic=no-such-topic'))).toBe(0)
  const of = async (id: string): Promise<AlignmentAnswer> =>
    (await server.call('GET', `/api/civic/alignment/${id}`, { token })).body
  for (const item of all.slice(0, 3)) {
    const answer = await of(item.representative.id)
    expect(answer.alignment).toEqual(item)
    const count = (verdict: string) => answer.votes.filter(each => each.verdict === verdict).length
    expect([count('agreed'), count('disagreed')]).toEqual([item.agreed, item.disagreed])
    const byTopic = answer.byTopic.find(each => each.topic === topic)
    const { representative: _, ...share } = (await aligned(`&topic=${topic}`)).find(
      each => each.representative.id === item.representative.id,
    )!
    expect(byTopic ?? share).toEqual({ ...share, ...(byTopic && { topic }) })
  }
  expect(await server.call('GET', '/api/civic/alignment/X000000', { token })).toMatchObject({ status: 404 })
})

test('[A24] votes that may be read are compared and ranked by only for who allows that', async () => {
  const { accessToken: token } = await server.register({
    civicEngagementTracking: true,
    personalizedRecommendations: true,
  })
  const without = (await server.call('GET', '/api/resources/recommended', { token })).body
  const body = { billId: 'us-zz:one', choice: 'yes', billType: 'unions' }
  await server.call('POST', '/api/civic/vote', { token, body })
  await server.call('PUT', '/api/user/privacy', { token, body: { uses: { civicEngagementTracking: false } } })
  expect(await server.call('GET', '/api/civic/alignment', { token })).toMatchObject({
    status: 409,
    body: { code: 'consent-required' },
  })
  expect((await server.call('GET', '/api/resources/recommended', { token })).body).toEqual(without)
  expect((await server.call('GET', '/api/civic/votes', { token })).body.items).toHaveLength(1)
  await server.call('PUT', '/api/user/privacy', { token, body: { uses: { civicEngagementTracking: true } } })
  expect((await server.call('GET', '/api/civic/alignment', { token })).status).toBe(200)
  expect((await server.call('GET', '/api/resources/recommended', { token })).body).not.toEqual(without)
})

test('[A24] a change of nothing is not put on record', async () => {
  const { accessToken: token } = await server.register()
  const { body } = await server.call('PUT', '/api/user/privacy', { token, body: { uses: {} } })
  expect(body.history).toEqual([])
})

test('the data export holds the account and every register of what is open', async () => {
  const { accessToken: token, user } = await server.register({ civicEngagementTracking: true })
  await server.call('POST', '/api/civic/vote', { token, body: VOTE })
  const { body } = await server.call('GET', '/api/user/data-export', { token })
  expect(body.account).toMatchObject({ id: user.id, username: user.username })
  expect(body.registers.votes).toEqual([
    ['us-zz%3Aunlisted-7', expect.any(Number), 'server', expect.objectContaining({ choice: 'yes' })],
  ])
})

test('projected rows show no bill, choice, topic or account name in clear, in any column of either database', async () => {
  const { accessToken: token, user } = await server.register({ civicEngagementTracking: true })
  await server.call('POST', '/api/civic/vote', { token, body: VOTE })
  await server.call('GET', '/api/civic/votes', { token })
  await until(async () => (await rowsAsText(server.databases.databaseUrl)).includes(`civic_votes ${user.id}`))
  for (const url of [server.databases.databaseUrl, server.databases.keysDatabaseUrl]) {
    const text = await rowsAsText(url)
    for (const secret of [VOTE.billId, 'unlisted', VOTE.billName, user.username!])
      expect(text).not.toContain(secret)
  }
  expect(server.log.join('\n')).not.toMatch(/unlisted|Made-up|made-up/)
})

/** Every row of every table of a database that belongs to people, bytes read as text too. */
async function rowsAsText(databaseUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'public' order by 1`,
    )
    const lines: string[] = []
    for (const { name } of tables) {
      const { rows } = await client.query({ text: `select * from ${name}`, rowMode: 'array' })
      for (const row of rows) {
        lines.push(
          [
            name,
            ...row.map((value: unknown) =>
              Buffer.isBuffer(value) ? value.toString('latin1') : String(value),
            ),
          ].join(' '),
        )
      }
    }
    return lines.join('\n')
  } finally {
    await client.end()
  }
}

test('a port that is taken is a clear error', async () => {
  const { startServer } = await import('../../server/src/main.ts')
  const { pino } = await import('pino')
  const other = createServer().listen(0, '127.0.0.1')
  await until(() => other.listening)
  const address = other.address()
  const port = typeof address === 'object' && address ? address.port : 0
  await expect(startServer({ ...server.config, port }, pino({ level: 'silent' }))).rejects.toMatchObject({
    code: 'EADDRINUSE',
  })
  other.close()
})
