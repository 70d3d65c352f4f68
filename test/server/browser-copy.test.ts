// What pages without the SDK keep in a browser, sent up and brought back.
import type { UploadRequest } from '@workforce-democracy/shared'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fillWithStarter, startTestServer, type TestServer } from '../support/server.ts'

const YESTERDAY_MS = Date.now() - 86_400_000
const PRIVACY = { personalizedRecommendations: true, civicEngagementTracking: true, learningAnalytics: true }

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  await fillWithStarter(server)
})
afterAll(() => server[Symbol.asyncDispose]())

async function person() {
  const { accessToken: token } = await server.register(PRIVACY)
  return {
    upload: async (body: UploadRequest) =>
      (await server.call('POST', '/api/sync/upload', { token, body })).body,
    download: async () => (await server.call('GET', '/api/sync/download', { token })).body,
    call: (method: string, path: string, body?: unknown) =>
      server.call(method, path, { token, ...(body !== undefined && { body }) }),
  }
}

const COPY: UploadRequest = {
  votes: {
    HR14: { vote: 'no', timestamp: Date.parse('2024-05-01T12:00:00Z'), billName: 'An Act of Then' },
    HR15: { vote: 'yes', timestamp: Date.parse('2025-01-03T12:00:00Z') },
    'hr8-118': { vote: 'abstain', timestamp: YESTERDAY_MS, level: 'federal' },
    'gb:3737': 'yes',
    'bill-us-hb2147': 'no',
  },
  bookmarks: ['video1', { id: 'hr8-118', kind: 'bill', timestamp: YESTERDAY_MS, folder: 'later' }],
  preferences: { language: 'es', theme: 'dark' },
}

test('[O20] an upload is merged once, however often it is sent, and what comes back may be sent again', async () => {
  const { upload, download } = await person()
  expect(await upload(COPY)).toEqual({ written: { votes: 5, bookmarks: 2, preferences: 2 }, skipped: [] })
  const copy = await download()
  expect(Object.keys(copy.votes).sort()).toEqual([
    ...['gb:3737', 'hr14-118', 'hr15-119', 'hr8-118', 'xx:bill-us-hb2147'],
  ])
  expect(copy.votes['hr14-118']).toEqual({
    ...{ vote: 'no', timestamp: Date.parse('2024-05-01T12:00:00Z'), billName: 'An Act of Then' },
  })
  expect(copy.preferences).toEqual({ language: 'es', theme: 'dark' })
  const nothing = { written: { votes: 0, bookmarks: 0, preferences: 0 }, skipped: [] }
  expect(await upload(COPY)).toEqual(nothing)
  expect(await upload(copy)).toEqual(nothing)
  expect(await download()).toEqual(copy)
})

test('[O20] the later vote stands, whichever way it came; a stated preference stays', async () => {
  const { upload, download, call } = await person()
  await call('POST', '/api/civic/vote', { billId: 'hr8-118', choice: 'yes' })
  await call('PUT', '/api/user/profile', { language: 'en' })
  await upload({
    votes: { 'hr8-118': { vote: 'no', timestamp: YESTERDAY_MS } },
    preferences: { language: 'es' },
  })
  expect(await download()).toMatchObject({
    ...{ votes: { 'hr8-118': { vote: 'yes' } }, preferences: { language: 'en' } },
  })
  await upload({ votes: { 'hr8-118': { vote: 'no', timestamp: Date.now() } } })
  expect((await download()).votes['hr8-118'].vote).toBe('no')
})

test('[O20] what was removed since does not come back, and a clock that is ahead does not win for ever', async () => {
  const { upload, download, call } = await person()
  const bookmarks = [{ id: 'video1', timestamp: YESTERDAY_MS }]
  await upload({ bookmarks })
  await call('DELETE', '/api/learning/bookmark/video1')
  expect((await upload({ bookmarks })).written.bookmarks).toBe(0)
  expect((await upload({ bookmarks: ['video1'] })).written.bookmarks).toBe(0)
  await upload({ votes: { 'hr8-118': { vote: 'no', timestamp: Date.now() + 9 * 86_400_000 } } })
  await upload({ votes: { 'hr8-118': { vote: 'yes', timestamp: Date.now() + 60_000 } } })
  expect(await download()).toMatchObject({ bookmarks: [], votes: { 'hr8-118': { vote: 'yes' } } })
})

test('[O20] ids that no bill can have are named, the rest is merged', async () => {
  const { upload, download } = await person()
  const votes = { 'a b\u0000c': 'yes', 'hr8-118': 'yes' } as const
  expect(await upload({ votes })).toMatchObject({ written: { votes: 1 }, skipped: ['a b\u0000c'] })
  expect(Object.keys((await download()).votes)).toEqual(['hr8-118'])
})

test('[O20] nothing of an upload is written where one of its documents is not open', async () => {
  const { accessToken: token } = await server.register({ civicEngagementTracking: true })
  const answer = await server.call('POST', '/api/sync/upload', { token, body: COPY })
  expect(answer).toMatchObject({ status: 409, body: { code: 'consent-required' } })
  expect((await server.call('GET', '/api/civic/votes', { token })).body.items).toEqual([])
})
