// The same state gives the same list with the same scores, and the same alignment, wherever it is worked out.
import { randomBytes } from 'node:crypto'
import { type Client, createMemoryStore, openClient } from '@workforce-democracy/client/node'
import {
  LEVELS,
  type OpenableDocument,
  parseEntry,
  type Register,
  RegisterArray,
  rank,
  type State,
} from '@workforce-democracy/shared'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { createAead } from '../../server/src/encryption/aead.ts'
import { createDataCipher } from '../../server/src/encryption/data-cipher.ts'
import { createLookup } from '../../server/src/encryption/lookup.ts'
import { toRow } from '../../server/src/projection/projected-registers.ts'
import { registersIn } from '../../server/src/projection/register-decoder.ts'
import { Seeded } from '../fuzz/seeded.ts'
import { catalogs, NOW_MS, people } from '../shared/recommend-arbitraries.ts'
import { fillWithStarter, startTestServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  await fillWithStarter(server)
})
afterAll(() => server[Symbol.asyncDispose]())

const PERSON = '01900000-0000-7000-8000-000000000000'
const lookup = createLookup(randomBytes(32))

/** A document's state as the server has it in the end: out of a Yjs update, sealed into rows, and read from there. */
function throughServer(document: OpenableDocument, state: State): State {
  const doc = new Y.Doc()
  const array = new RegisterArray(doc)
  array.write([...state.values()])
  const scope = { personId: PERSON, document, generation: 1 }
  const cipher = createDataCipher(scope, createAead(randomBytes(32)))
  const table =
    { profile: 'user_profiles', votes: 'civic_votes' }[document as string] ?? 'user_learning_activity'
  const read = (register: Register) => {
    const { hash, value } = toRow({ cipher, lookup }, scope, register)
    const place = { table, column: 'value', row: hash.toString('hex') }
    return parseEntry(JSON.parse(cipher.open(value, place).toString()))
  }
  const registers = registersIn(Y.encodeStateAsUpdate(doc)) ?? []
  return new Map(
    registers.flatMap(register => {
      const found = read(register)
      return found ? [[found.key, found] as const] : []
    }),
  )
}

test('[M1] the same state gives the same list with the same scores on device and server, for 1,000 states', () => {
  let ranked = 0
  fc.assert(
    fc.property(catalogs, people, (catalog, person) => {
      const onServer = Object.fromEntries(
        Object.entries(person).map(([name, state]) => [
          name,
          throughServer(name as OpenableDocument, state as State),
        ]),
      )
      const list = rank(catalog, person, NOW_MS)
      ranked += list.length
      expect(JSON.stringify(rank(catalog, onServer, NOW_MS))).toBe(JSON.stringify(list))
    }),
    { numRuns: 1000 },
  )
  expect(ranked).toBeGreaterThan(2000)
})

/** Does something at random, of what people do. */
async function act(client: Client, random: Seeded): Promise<void> {
  const resource = random.pick(client.catalogs.resources?.resources ?? [])
  const bill = random.pick(client.catalogs.civic?.bills ?? [])
  const acts = [
    () => client.votes.cast(bill.id, random.pick(['yes', 'no', 'abstain'])),
    () =>
      client.votes.cast(`us-zz:unlisted-${random.below(9)}`, 'yes', {
        billType: random.pick(['labor', 'housing']),
      }),
    () => client.votes.retract(bill.id),
    () => client.bookmarks.add('resource', resource.id),
    () => client.progress.record(resource.id, { percent: random.below(101), seconds: random.below(600) }),
    () => client.progress.complete(resource.id),
    () => client.progress.rate(resource.id, random.pick([1, 2, 3, 4, 5])),
    () => client.profile.set({ skillLevel: random.pick(LEVELS) }),
    () => client.profile.addInterest(random.pick(resource.topics.length > 0 ? resource.topics : ['labor'])),
  ]
  await random.pick(acts)()
}

test('[M1] [M9] [M10] what people do is recommended from, aligned by and summed up alike, by the server and on the device', async () => {
  const random = new Seeded(7)
  await using client = await openClient({
    ...{ storage: createMemoryStore(), storeSecret: new Uint8Array(32).fill(7), server: server.url },
  })
  await client.account.register({
    ...{ username: `made-up-${randomBytes(6).toString('hex')}`, password: 'a made-up password' },
  })
  await client.privacy.set({ profile: 'open', votes: 'open', bookmarks: 'open', progress: 'open' })
  await client.catalogs.refresh()
  await client.profile.set({ timeZone: 'Pacific/Honolulu' })
  const kinds = new Set<string>()
  for (let step = 0; step < 15; step++) {
    for (let n = 0; n < 6; n++) await act(client, random)
    await until(() => client.sync.status.state === 'durable')
    const byServer = await client.recommendations()
    const byDevice = await client.recommendations({ rankedBy: 'device' })
    expect([byServer.rankedBy, byDevice.rankedBy]).toEqual(['server', 'device'])
    expect(byServer.items).toEqual(JSON.parse(JSON.stringify(byDevice.items)))
    for (const { reason } of byServer.items) kinds.add(reason.kind)
    const token = await client.account.accessToken()
    const { body } = await server.call('GET', '/api/civic/alignment?limit=100', { token })
    expect(JSON.parse(JSON.stringify(client.alignment().slice(0, body.items.length)))).toEqual(body.items)
    const dashboard = await server.call('GET', '/api/user/dashboard', { token })
    const { rankedBy, ...own } = await client.dashboard()
    expect(rankedBy).toBe('server')
    expect(JSON.parse(JSON.stringify(own))).toEqual(dashboard.body)
  }
  expect(kinds.size).toBeGreaterThan(1)
}, 60_000)
