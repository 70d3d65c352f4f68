// Who represents a place, found on the device.
import { createMemoryStore } from '@workforce-democracy/client/node'
import type { CivicCatalog, DistrictTable, Representative } from '@workforce-democracy/shared'
import { expect, test } from 'vitest'
import { codeOf, openTestClient } from './clients.ts'
import { CIVIC, publicServer } from './public-server.ts'

const SERVER = 'http://places.example'
const member = (
  id: string,
  place: string,
  district: string | null,
  name = `Member ${id}`,
): Representative => {
  const [jurisdiction = '', state = ''] = place.split('/')
  return { id, jurisdiction, name, party: 'I', state, district, chamber: district ? 'house' : 'senate' }
}
const civic: CivicCatalog = {
  ...CIVIC,
  version: 'civic-places',
  representatives: [
    member('H7', 'us/AL', '7'),
    member('H6', 'us/AL', '6', 'Ada Example'),
    member('H1', 'us/AL', '1'),
    member('S1', 'us/AL', null),
    member('V0', 'us/VT', '0'),
    member('S2', 'us/VT', null),
    member('G1', 'gb/England', 'Made-up North'),
  ],
}
const TABLES: Readonly<Record<string, DistrictTable>> = {
  us: {
    version: 'us-1',
    jurisdiction: 'us',
    districts: [
      { state: 'AL', district: '6', postcodes: '35004 35005' },
      { state: 'AL', district: '7', postcodes: '35005' },
      { state: 'VT', district: '0', postcodes: '05001' },
    ],
  },
  gb: {
    version: 'gb-1',
    jurisdiction: 'gb',
    districts: [{ state: 'England', district: 'Made-up North', postcodes: 'ZZ11AA' }],
  },
}
const placesServer = () =>
  publicServer((path, _init, search) => {
    if (path === '/api/civic/catalog') return Response.json(civic)
    const table = path === '/api/civic/districts' && TABLES[search.get('jurisdiction') ?? '']
    return table ? Response.json(table, { headers: { etag: '"1"' } }) : undefined
  })

test('[O21] a postcode that two districts share finds the members of both and of the whole state', async () => {
  const { fetch } = placesServer()
  await using client = await openTestClient({ server: SERVER, fetch })
  const { representatives, districts } = await client.representatives({ postcode: '35005' })
  expect(representatives.map(({ id }) => id)).toEqual(['H6', 'H7', 'S1'])
  expect(districts.map(({ district }) => district)).toEqual(['6', '7'])
  const idsOf = async (query: Parameters<typeof client.representatives>[0]) =>
    (await client.representatives(query)).representatives.map(({ id }) => id)
  expect(await idsOf({ postcode: '05001-0001' })).toEqual(['V0', 'S2'])
  expect(await idsOf({ postcode: 'zz1 1aa' })).toEqual(['G1'])
  expect(await idsOf({ postcode: 'zz1 1aa', jurisdiction: 'us' })).toEqual([])
  expect(await idsOf({ postcode: '35005', chamber: 'senate' })).toEqual(['S1'])
  expect(await idsOf({ state: 'AL', name: 'ada' })).toEqual(['H6'])
  expect(await client.representatives({ postcode: '99999' })).toEqual({
    representatives: [],
    districts: [],
    knownPostcodes: 4,
  })
})

test('[O21] the table is fetched when first asked for, tells the server no postcode, and is there offline after a restart', async () => {
  const { fetch, requests, goOffline } = placesServer()
  const storage = createMemoryStore()
  const client = await openTestClient({ storage, server: SERVER, fetch })
  await client.representatives({ state: 'VT' })
  expect(requests.filter(({ path }) => path === '/api/civic/districts')).toEqual([])
  await client.representatives({ postcode: '35005' })
  await client.representatives({ postcode: '05001' })
  const asked = requests.filter(({ path }) => path === '/api/civic/districts')
  expect(asked.map(({ search }) => search).sort()).toEqual(['?jurisdiction=gb', '?jurisdiction=us'])
  await client.close()
  goOffline()
  await using again = await openTestClient({ storage, server: SERVER, fetch })
  expect((await again.representatives({ postcode: '05001' })).representatives.map(({ id }) => id)).toEqual([
    'V0',
    'S2',
  ])
  await using fresh = await openTestClient({ server: SERVER, fetch })
  expect(await codeOf(fresh.representatives({ postcode: '05001' }))).toBe('offline')
})
