import { createMemoryStore } from '@workforce-democracy/client/node'
import { rank } from '@workforce-democracy/shared'
import { describe, expect, it } from 'vitest'
import { codeOf, openTestClient } from './clients.ts'
import { publicServer, RESOURCE_ID, RESOURCES } from './public-server.ts'

const SERVER = 'http://catalogs.example'

describe('catalogs', () => {
  it('are fetched whole, without a token, and only again when they have changed', async () => {
    const { fetch, requests } = publicServer()
    await using client = await openTestClient({ server: SERVER, fetch })
    await client.catalogs.refresh()
    await client.catalogs.refresh()
    expect(requests.map(({ path, status }) => `${status} ${path}`).sort()).toEqual([
      '200 /api/civic/catalog',
      '200 /api/resources/catalog',
      '304 /api/civic/catalog',
      '304 /api/resources/catalog',
    ])
    expect(requests.some(({ headers }) => headers.has('authorization'))).toBe(false)
    expect(client.catalogs.resources).toEqual(RESOURCES)
  })

  it('are there offline after a restart', async () => {
    const { fetch, goOffline } = publicServer()
    const storage = createMemoryStore()
    const client = await openTestClient({ storage, server: SERVER, fetch })
    await client.catalogs.refresh()
    await client.close()
    goOffline()
    await using again = await openTestClient({ storage, server: SERVER, fetch })
    expect(again.catalogs.resources).toEqual(RESOURCES)
    expect(await codeOf(again.catalogs.refresh())).toBe('offline')
    await again.votes.cast('hr8-118', 'yes')
    expect(again.alignment()).toMatchObject([{ representative: { id: 'Z000001' }, agreed: 1, percent: 100 }])
  })

  it('an answer that is no catalog is refused, and the cached one stays', async () => {
    let answer: string | undefined
    const { fetch } = publicServer(() => (answer === undefined ? undefined : new Response(answer)))
    await using client = await openTestClient({ server: SERVER, fetch })
    await client.catalogs.refresh()
    for (const body of ['<html>a hotel’s login page</html>', '{"version":"x"}', '[]']) {
      answer = body
      expect(await codeOf(client.catalogs.refresh())).toBe('internal')
    }
    expect(client.catalogs.resources).toEqual(RESOURCES)
  })

  it('without any, ranking and alignment say offline', async () => {
    await using client = await openTestClient()
    expect(await codeOf(client.recommendations())).toBe('offline')
    expect(await codeOf(() => client.alignment())).toBe('offline')
  })
})

describe('aliases of resources', () => {
  it('are resolved before writing', async () => {
    const { fetch } = publicServer()
    await using client = await openTestClient({ server: SERVER, fetch })
    await client.catalogs.refresh()
    await client.bookmarks.add('resource', 'video1')
    await client.progress.record('video1', { seconds: 5 })
    expect([...client.state('bookmarks').keys()]).toEqual([`resource/${RESOURCE_ID}`])
    expect(client.progress.get(RESOURCE_ID)?.seconds).toBe(5)
    expect(client.bookmarks.has('resource', 'video1')).toBe(true)
  })

  it('written before the catalog was known are read under the UUID, and their time is added', async () => {
    const { fetch } = publicServer()
    await using client = await openTestClient({ server: SERVER, fetch })
    await client.bookmarks.add('resource', 'video1')
    await client.progress.record('video1', { percent: 70, seconds: 5 })
    await client.progress.rate('video1', 2)
    await client.catalogs.refresh()
    await client.progress.record('video1', { percent: 10, seconds: 7 })
    await client.progress.rate(RESOURCE_ID, 5)
    expect(client.progress.get('video1')).toMatchObject({
      resourceId: RESOURCE_ID,
      percent: 70,
      seconds: 12,
      rating: 5,
    })
    expect(client.progress.history()).toHaveLength(1)
    expect(client.bookmarks.list('resource').map(({ id }) => id)).toEqual([RESOURCE_ID])
    await client.bookmarks.remove('resource', RESOURCE_ID)
    expect(client.bookmarks.list()).toEqual([])
  })
})

it('while nobody is signed in, the device ranks, and the server learns nothing', async () => {
  const now = () => Date.UTC(2026, 2, 1)
  const { fetch, requests } = publicServer()
  await using client = await openTestClient({ server: SERVER, fetch, now })
  await client.profile.addInterest('labor')
  const { items, rankedBy, catalogVersion } = await client.recommendations()
  expect(rankedBy).toBe('device')
  expect(catalogVersion).toBe('resources-1')
  expect(items).toEqual(rank(RESOURCES, { profile: client.state('profile') }, now()))
  expect(items[0]?.resource.topics).toEqual(['labor'])
  expect(requests.every(({ method, path }) => method === 'GET' && path.endsWith('/catalog'))).toBe(true)
})

it('where the person stands is worked out on the device, with recommendations unless they want none', async () => {
  const { fetch } = publicServer()
  await using client = await openTestClient({ server: SERVER, fetch })
  await client.catalogs.refresh()
  await client.progress.complete('video1')
  await client.progress.record('video2', { percent: 40, seconds: 60 })
  const { items } = await client.recommendations()
  expect(await client.dashboard()).toMatchObject({
    rankedBy: 'device',
    recommendations: items,
    user: { resourcesCompleted: 1, secondsSpent: 60 },
    continueLearning: [{ resource: { aliases: ['video2'] }, percent: 40 }],
    achievements: [{ id: 'first-steps' }],
  })
  await client.privacy.uses.set({ recommendations: 'off' })
  expect(await client.dashboard()).toMatchObject({ rankedBy: undefined, recommendations: [] })
})
