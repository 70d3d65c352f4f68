// Learning, profile and dashboard over HTTP.
import type { Dashboard, HistoryItem, ProgressStats } from '@workforce-democracy/shared'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createPool } from '../../server/src/db/database.ts'
import { deleteExpired } from '../../server/src/db/expiry.ts'
import type { CallAnswer } from '../support/people.ts'
import { fillWithStarter, startTestServer, type TestServer } from '../support/server.ts'

const DAY_MS = 86_400_000
/** An evening in Honolulu, which is the next morning in UTC. */
const EVENING_MS = Date.parse('2026-03-02T06:00:00Z')
const PRIVACY = {
  ...{ personalizedRecommendations: true, civicEngagementTracking: true, learningAnalytics: true },
}

let server: TestServer
const clock = { nowMs: EVENING_MS }
beforeAll(async () => {
  server = await startTestServer({ nowMs: () => clock.nowMs })
  await fillWithStarter(server)
})
afterAll(() => server[Symbol.asyncDispose]())
beforeEach(() => {
  clock.nowMs = EVENING_MS
})

async function person(privacy: Record<string, boolean> = PRIVACY) {
  // Tokens live for fifteen minutes: each call gets one of its own time.
  let { accessToken, refreshToken } = await server.register(privacy)
  let madeAtMs = clock.nowMs
  return async (method: string, path: string, body?: unknown): Promise<CallAnswer> => {
    if (clock.nowMs - madeAtMs > 60_000) {
      const refreshed = await server.call('POST', '/api/auth/refresh-token', { body: { refreshToken } })
      ;({ accessToken, refreshToken } = refreshed.body)
      madeAtMs = clock.nowMs
    }
    return server.call(method, path, { token: accessToken, ...(body !== undefined && { body }) })
  }
}

const catalogIds = async (): Promise<string[]> =>
  (await server.call('GET', '/api/resources/catalog')).body.resources.map(({ id }: { id: string }) => id)

test('[O18] progress is added up and never goes back, the first completion and the last rating count', async () => {
  const call = await person()
  const [resourceId] = await catalogIds()
  const item = async (path: string, body: object) =>
    (await call('POST', `/api/learning/${path}`, { resourceId, ...body })).body as HistoryItem
  expect(await item('view', {})).toEqual({
    ...{ resourceId, title: expect.any(String), percent: 0, seconds: 0, rating: null },
    ...{ viewedAt: '2026-03-02T06:00:00.000Z', completedAt: null, bookmarked: false },
  })
  expect(await item('progress', { percent: 60, seconds: 90 })).toMatchObject({ percent: 60, seconds: 90 })
  expect(await item('progress', { percent: 20, seconds: 30 })).toMatchObject({ percent: 60, seconds: 120 })
  clock.nowMs += 1000
  const completed = await item('complete', {})
  expect(completed).toMatchObject({ percent: 100, seconds: 120, completedAt: '2026-03-02T06:00:01.000Z' })
  clock.nowMs += 1000
  expect(await item('complete', {})).toMatchObject({ completedAt: completed.completedAt })
  await item('rate', { rating: 2 })
  expect(await item('rate', { rating: 4 })).toMatchObject({ rating: 4 })
  expect((await call('GET', '/api/learning/history')).body.items).toHaveLength(1)
})

test('[O29] a write that is sent again under its name is done once, also at the same moment and by another server', async () => {
  const { accessToken: token, user } = await server.register(PRIVACY)
  await using other = await startTestServer({ nowMs: () => clock.nowMs }, server.databases, server.config)
  const send = async (key: string, body: object, url = server.url) => {
    const answer = await fetch(`${url}/api/learning/progress`, {
      method: 'POST',
      headers: {
        ...{ authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        'idempotency-key': key,
      },
      body: JSON.stringify(body),
    })
    return { status: answer.status, ...((await answer.json()) as HistoryItem & { code?: string }) }
  }
  const body = { resourceId: 'video1', seconds: 60 }
  const urls = [server.url, other.url, server.url, other.url]
  const answers = await Promise.all(urls.map(url => send('made-up-1', body, url)))
  expect(answers.map(({ status, seconds }) => [status, seconds])).toEqual(urls.map(() => [200, 60]))
  expect(await send('made-up-2', body)).toMatchObject({ status: 200, seconds: 120 })
  expect(await send('made-up-1', { ...body, seconds: 61 })).toMatchObject({
    ...{ status: 422, code: 'idempotency-key-reused' },
  })
  expect(await send('half a key', body)).toMatchObject({ status: 400, code: 'invalid-input' })
  // Somebody else's is another.
  const { accessToken } = await server.register(PRIVACY)
  const theirs = await fetch(`${server.url}/api/learning/progress`, {
    method: 'POST',
    headers: {
      ...{ authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
      'idempotency-key': 'made-up-1',
    },
    body: JSON.stringify(body),
  })
  expect(theirs.status).toBe(200)
  const pool = createPool(server.databases.databaseUrl)
  try {
    const count = async () =>
      (await pool.query('select 1 from idempotency_keys where person_id = $1', [user.id])).rowCount
    expect(await count()).toBe(2)
    await pool.query(
      "update idempotency_keys set created_at = now() - interval '25 hours' where person_id = $1",
      [user.id],
    )
    await deleteExpired(pool)
    expect(await count()).toBe(0)
  } finally {
    await pool.end()
  }
})

test('[O18] an alias is its resource, and a bookmark made under either is removed under the other', async () => {
  const call = await person()
  await call('POST', '/api/learning/view', { resourceId: 'video1' })
  const { body: bookmark } = await call('POST', '/api/learning/bookmark', {
    resourceId: 'video1',
    folder: 'later',
  })
  const { body } = await call('GET', '/api/learning/history')
  expect(body.items).toMatchObject([{ resourceId: bookmark.resourceId, bookmarked: true }])
  expect(await catalogIds()).toContain(bookmark.resourceId)
  expect((await call('DELETE', `/api/learning/bookmark/${bookmark.resourceId}`)).status).toBe(204)
  expect((await call('DELETE', '/api/learning/bookmark/video1')).status).toBe(204)
  expect((await call('GET', '/api/learning/history')).body.items).toMatchObject([{ bookmarked: false }])
})

test('[O18] history is listed over pages, the latest first, also of what no catalog has', async () => {
  const call = await person()
  const ids = [...(await catalogIds()).slice(0, 4), 'a-resource-of-my-own']
  for (const resourceId of ids) {
    clock.nowMs += 1000
    await call('POST', '/api/learning/view', { resourceId })
  }
  const seen: HistoryItem[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body } = await call(
      'GET',
      `/api/learning/history?limit=2${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    )
    seen.push(...body.items)
    cursor = body.nextCursor
  }
  expect(seen.map(({ resourceId }) => resourceId)).toEqual(ids.toReversed())
  expect(seen[0]).toMatchObject({ resourceId: 'a-resource-of-my-own', title: null })
})

test('[O19] days and streaks are of the person’s time zone', async () => {
  const call = await person()
  await call('PUT', '/api/user/profile', { timeZone: 'Pacific/Honolulu' })
  const [resourceId] = await catalogIds()
  for (const daysAgo of [2, 1, 0]) {
    clock.nowMs = EVENING_MS - daysAgo * DAY_MS
    await call('POST', '/api/learning/progress', { resourceId, percent: 10, seconds: 600 })
  }
  const stats = async () => (await call('GET', '/api/learning/stats')).body as ProgressStats
  expect(await stats()).toEqual({
    ...{ viewed: 1, completed: 0, seconds: 1800, streakDays: 3 },
    days: ['2026-03-01', '2026-02-28', '2026-02-27'].map(date => ({ date, seconds: 600, resources: 1 })),
  })
  // Still today there, tomorrow's evening in UTC.
  clock.nowMs += 3 * 3_600_000
  expect((await stats()).streakDays).toBe(3)
  clock.nowMs = EVENING_MS + 2 * DAY_MS
  expect((await stats()).streakDays).toBe(0)
})

test('[O19] days are worked out for those who allow it only; what was done is theirs all the same', async () => {
  const call = await person({ ...PRIVACY, learningAnalytics: false })
  await call('POST', '/api/learning/view', { resourceId: 'video1' })
  expect(await call('GET', '/api/learning/stats')).toMatchObject({
    ...{ status: 409, body: { code: 'consent-required' } },
  })
  expect((await call('GET', '/api/learning/history')).body.items).toHaveLength(1)
  const closed = await person({})
  for (const [verb, body] of [
    ['view', { resourceId: 'video1' }],
    ['bookmark', { resourceId: 'video1' }],
  ] as const)
    expect(await closed('POST', `/api/learning/${verb}`, body)).toMatchObject({ status: 409 })
})

test.each([
  ['view', { resourceId: '' }, 'invalid-input'],
  ['view', { resourceId: 'half \ud800' }, 'invalid-key'],
  ['progress', { resourceId: 'video1', seconds: -1 }, 'invalid-input'],
  ['progress', { resourceId: 'video1', seconds: 1.5 }, 'invalid-input'],
  ['progress', { resourceId: 'video1', seconds: 1, percent: 101 }, 'invalid-input'],
  ['rate', { resourceId: 'video1', rating: 6 }, 'invalid-input'],
])('[O10] POST /api/learning/%s with %o is refused, and nothing is written', async (verb, body, code) => {
  const call = await person()
  expect(await call('POST', `/api/learning/${verb}`, body)).toMatchObject({ status: 400, body: { code } })
  expect((await call('GET', '/api/learning/history')).body.items).toEqual([])
})

test('[O18] a profile keeps what is left out, loses what is null, and has the interests that were sent', async () => {
  const call = await person()
  const profile = { displayName: 'Ada Made-Up', skillLevel: 'intermediate', interests: ['labor', 'housing'] }
  expect((await call('PUT', '/api/user/profile', profile)).body).toEqual({
    ...{ ...profile, interests: ['housing', 'labor'] },
  })
  const change = { displayName: null, occupation: 'baker', interests: ['labor', 'climate'] }
  expect((await call('PUT', '/api/user/profile', change)).body).toEqual({
    ...{ skillLevel: 'intermediate', occupation: 'baker', interests: ['climate', 'labor'] },
  })
  expect((await call('PUT', '/api/user/profile', { interests: [] })).body.interests).toEqual([])
})

test('[O19] the dashboard shows what was begun, done and earned', async () => {
  const call = await person()
  await call('PUT', '/api/user/profile', { displayName: 'Ada Made-Up', interests: ['labor'] })
  const [first, second, third] = await catalogIds()
  await call('POST', '/api/learning/progress', { resourceId: first, percent: 30, seconds: 60 })
  clock.nowMs += 1000
  await call('POST', '/api/learning/progress', { resourceId: second, percent: 50, seconds: 60 })
  await call('POST', '/api/learning/complete', { resourceId: third })
  const { body } = (await call('GET', '/api/user/dashboard')) as { body: Dashboard }
  expect(body.user).toEqual({
    ...{ name: 'Ada Made-Up', level: 'beginner', resourcesCompleted: 1, secondsSpent: 120, streakDays: 1 },
  })
  expect(body.continueLearning.map(({ resource, percent }) => [resource.id, percent])).toEqual([
    [second, 50],
    [first, 30],
  ])
  expect(body.achievements).toMatchObject([{ id: 'first-steps', earnedAt: '2026-03-02T06:00:01.000Z' }])
  const recommended = (await call('GET', '/api/resources/recommended')).body.items
  expect(body.recommendations).toEqual(recommended)
  expect(recommended.length).toBeGreaterThan(0)
  await call('PUT', '/api/user/privacy', { uses: { recommendations: 'off' } })
  expect((await call('GET', '/api/user/dashboard')).body.recommendations).toEqual([])
  const closed = await person({})
  expect((await closed('GET', '/api/user/dashboard')).body).toMatchObject({
    ...{ user: { name: null, resourcesCompleted: 0 }, continueLearning: [], achievements: [] },
  })
})
