// Places near by, from the SDK: searched without telling anybody what for.
import { randomBytes } from 'node:crypto'
import { createMemoryStore } from '@workforce-democracy/client/node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fillWithStarter, startTestServer, type TestServer } from '../support/server.ts'
import { codeOf, openTestClient } from './clients.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  await fillWithStarter(server)
})
afterAll(() => server[Symbol.asyncDispose]())

test('[O23] a device asks for the file of a country, once, and for nothing that it looks for; then it needs no network', async () => {
  const asked: string[] = []
  const recording: typeof fetch = (input, init) => {
    asked.push(String(input).replace(server.url, ''))
    return fetch(input, init)
  }
  const storage = createMemoryStore()
  {
    await using client = await openTestClient({ storage, server: server.url, fetch: recording })
    const around = { latitude: 37.77, longitude: -122.42, withinKm: 5 }
    expect(await client.local.search({ country: 'us', q: 'GROC', around })).toMatchObject({
      ...{ items: [{ name: 'Rainbow Grocery Cooperative', distanceKm: 0.4 }], total: 1 },
    })
    expect(
      (await client.local.search({ country: 'us', workerOwned: true, state: 'ny' })).items,
    ).toMatchObject([{ name: 'Cooperative Home Care Associates', distanceKm: null }])
    const { items, total } = await client.local.search({ country: 'us' }, 1)
    expect([items.length, total]).toEqual([1, 3])
    expect(await client.local.get('us', items[0]?.id ?? '')).toMatchObject({ name: items[0]?.name })
    expect(await client.local.get('us', 'nowhere')).toBeUndefined()
    expect(asked).toEqual(['/api/local/catalog?country=us'])
  }
  await using offline = await openTestClient({ storage, server: 'http://127.0.0.1:9' })
  expect((await offline.local.search({ country: 'us' })).total).toBe(3)
  expect(await codeOf(offline.local.search({ country: 'fr' }))).toBe('offline')
})

test('[O24] submits and rates for an account', async () => {
  await using client = await openTestClient({ server: server.url })
  expect(await codeOf(client.local.submissions())).toBe('not-signed-in')
  await client.account.register({
    ...{ username: `made-up-${randomBytes(6).toString('hex')}`, password: 'a made-up password' },
  })
  const place = { name: 'A Made-up Bakery', type: 'food', city: 'Sampleton', country: 'us' } as const
  const submitted = await client.local.submit(place)
  expect(submitted).toMatchObject({ resource: place, status: 'pending' })
  expect(await client.local.submissions()).toEqual([submitted])
  expect(await codeOf(client.local.submit({ ...place, type: 'bakery' as never }))).toBe('invalid-input')
  const { items } = await client.local.search({ country: 'gb' })
  await client.local.rate(items[0]?.id ?? '', 2)
  await client.local.rate(items[0]?.id ?? '', 4)
  expect(await client.local.ratings()).toEqual([{ resourceId: items[0]?.id, rating: 4 }])
  expect(await codeOf(client.local.rate(submitted.resource.id, 4))).toBe('not-found')
})
