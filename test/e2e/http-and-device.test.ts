// What is written over HTTP while a device is away, and what that device wrote meanwhile, merge by the same rules.
import { randomBytes } from 'node:crypto'
import type { Client } from '@workforce-democracy/client/node'
import type { DownloadResponse, HistoryItem, ProfileResponse, VoteItem } from '@workforce-democracy/shared'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestClient } from '../client-sdk/clients.ts'
import { fillWithStarter, startTestServer, type TestServer } from '../support/server.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'

let server: TestServer
let proxy: TcpProxy
beforeAll(async () => {
  server = await startTestServer()
  proxy = await startTcpProxy(Number(new URL(server.url).port))
  await fillWithStarter(server)
})
afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

type Call = (method: string, path: string, body?: unknown) => Promise<unknown>

/** One thing to do, from either side, and what there is in the end, by who did it last. */
interface Verb {
  readonly name: string
  device(client: Client): Promise<unknown>
  http(call: Call): Promise<unknown>
  /** What the device shows of it, and what it is to be. */
  seen(client: Client): unknown
  readonly expected: Readonly<Record<'device' | 'http', unknown>>
}

/** Verbs on a resource each, so that all of them can be tried at once. */
function verbsOn(ids: readonly string[]): Verb[] {
  const [viewed = '', worked = '', completed = '', rated = '', kept = '', dropped = '', copied = ''] = ids
  const folderOf = (client: Client, id: string) =>
    client.bookmarks.list().find(each => each.id === id)?.folder
  const isDone = (client: Client, id: string) => client.progress.get(id)?.completedAt !== undefined
  return [
    {
      name: 'vote',
      device: client => client.votes.cast('us-zz:vote-1', 'yes'),
      http: call => call('POST', '/api/civic/vote', { billId: 'us-zz:vote-1', choice: 'no' }),
      seen: client => client.votes.get('us-zz:vote-1')?.choice,
      expected: { device: 'yes', http: 'no' },
    },
    {
      name: 'retracted vote',
      device: client => client.votes.retract('us-zz:vote-2'),
      http: call => call('POST', '/api/civic/vote', { billId: 'us-zz:vote-2', choice: 'no' }),
      seen: client => client.votes.get('us-zz:vote-2')?.choice,
      expected: { device: undefined, http: 'no' },
    },
    {
      name: 'view',
      device: client => client.progress.record(viewed, { seconds: 0 }),
      http: call => call('POST', '/api/learning/view', { resourceId: viewed }),
      seen: client => client.progress.get(viewed)?.seconds,
      expected: { device: 0, http: 0 },
    },
    {
      name: 'progress',
      device: client => client.progress.record(worked, { percent: 40, seconds: 60 }),
      http: call => call('POST', '/api/learning/progress', { resourceId: worked, percent: 20, seconds: 30 }),
      seen: client => [client.progress.get(worked)?.percent, client.progress.get(worked)?.seconds],
      expected: { device: [40, 90], http: [40, 90] },
    },
    {
      name: 'complete',
      device: client => client.progress.record(completed, { percent: 10, seconds: 5 }),
      http: call => call('POST', '/api/learning/complete', { resourceId: completed }),
      seen: client => [isDone(client, completed), client.progress.get(completed)?.percent],
      expected: { device: [true, 100], http: [true, 100] },
    },
    {
      name: 'rate',
      device: client => client.progress.rate(rated, 2),
      http: call => call('POST', '/api/learning/rate', { resourceId: rated, rating: 5 }),
      seen: client => client.progress.get(rated)?.rating,
      expected: { device: 2, http: 5 },
    },
    {
      name: 'bookmark',
      device: client => client.bookmarks.add('resource', kept, { folder: 'from the device' }),
      http: call => call('POST', '/api/learning/bookmark', { resourceId: kept, folder: 'over HTTP' }),
      seen: client => folderOf(client, kept),
      expected: { device: 'from the device', http: 'over HTTP' },
    },
    {
      name: 'removed bookmark',
      device: client => client.bookmarks.add('resource', dropped),
      http: call => call('DELETE', `/api/learning/bookmark/${dropped}`),
      seen: client => client.bookmarks.has('resource', dropped),
      expected: { device: true, http: false },
    },
    {
      name: 'profile',
      device: client => client.profile.set({ occupation: 'baker' }),
      http: call => call('PUT', '/api/user/profile', { occupation: 'joiner' }),
      seen: client => client.profile.get().occupation,
      expected: { device: 'baker', http: 'joiner' },
    },
    {
      name: 'upload',
      device: async client => {
        await client.votes.cast('us-zz:vote-3', 'yes')
        await client.bookmarks.add('resource', copied, { folder: 'from the device' })
      },
      http: call =>
        call('POST', '/api/sync/upload', {
          votes: { 'us-zz:vote-3': { vote: 'abstain', timestamp: Date.now() } },
          bookmarks: [{ id: copied, timestamp: Date.now(), folder: 'copied' }],
        }),
      seen: client => [client.votes.get('us-zz:vote-3')?.choice, folderOf(client, copied)],
      expected: { device: ['yes', 'from the device'], http: ['abstain', 'copied'] },
    },
    {
      name: 'upload of what was done long ago',
      device: client => client.votes.cast('us-zz:vote-4', 'yes'),
      http: call =>
        call('POST', '/api/sync/upload', {
          votes: { 'us-zz:vote-4': { vote: 'no', timestamp: Date.now() - 86_400_000 } },
          preferences: { displayName: 'of the copy' },
        }),
      seen: client => client.votes.get('us-zz:vote-4')?.choice,
      expected: { device: 'yes', http: 'yes' },
    },
  ]
}

async function newDevice(): Promise<Client> {
  const client = await openTestClient({ server: `http://127.0.0.1:${proxy.port}` })
  const username = `made-up-${randomBytes(6).toString('hex')}`
  await client.account.register({ username, password: 'a made-up password' })
  await client.privacy.set({ profile: 'open', votes: 'open', bookmarks: 'open', progress: 'open' })
  await client.catalogs.refresh()
  return client
}

const later = () => new Promise(resolve => setTimeout(resolve, 5))

test.each(['device', 'http'] as const)('[O18] each verb merges, the %s having written last', async last => {
  await using client = await newDevice()
  const token = await client.account.accessToken()
  const call: Call = async (method, path, body) => {
    const answer = await server.call(method, path, { token, ...(body !== undefined && { body }) })
    expect([path, answer.status]).toEqual([path, body === undefined && method === 'DELETE' ? 204 : 200])
    return answer.body
  }
  const verbs = verbsOn((client.catalogs.resources?.resources ?? []).map(({ id }) => id))
  // There before either writes.
  for (const bill of ['us-zz:vote-2', 'us-zz:vote-3']) await client.votes.cast(bill, 'abstain')
  await client.bookmarks.add('resource', (client.catalogs.resources?.resources ?? [])[5]?.id ?? '')
  await until(() => client.sync.status.state === 'durable')

  proxy.cut({ refuse: true })
  const sides = {
    device: async () => {
      for (const verb of verbs) await verb.device(client)
    },
    http: async () => {
      for (const verb of verbs) await verb.http(call)
    },
  }
  await sides[last === 'device' ? 'http' : 'device']()
  await later()
  await sides[last]()
  expect(client.sync.status.pending).toBeGreaterThan(0)
  proxy.restore()
  await client.sync.flush()
  await until(() => client.sync.status.state === 'durable')

  expect(verbs.map(verb => [verb.name, verb.seen(client)])).toEqual(
    verbs.map(verb => [verb.name, verb.expected[last]]),
  )
  // The server has the same.
  const votes = ((await call('GET', '/api/civic/votes')) as { items: VoteItem[] }).items
  expect(votes.map(({ billId, choice, votedAt }) => [billId, choice, votedAt])).toEqual(
    client.votes.list().map(({ billId, choice, votedAt }) => [billId, choice, votedAt]),
  )
  const history = ((await call('GET', '/api/learning/history')) as { items: HistoryItem[] }).items
  expect(
    history.map(({ resourceId, percent, seconds, viewedAt, rating }) => [
      resourceId,
      percent,
      seconds,
      viewedAt,
      rating,
    ]),
  ).toEqual(
    client.progress
      .history()
      .map(({ resourceId, percent, seconds, viewedAt, rating }) => [
        resourceId,
        percent,
        seconds,
        viewedAt,
        rating ?? null,
      ]),
  )
  const { bookmarks } = (await call('GET', '/api/sync/download')) as DownloadResponse
  expect(bookmarks.map(({ id, folder }) => [id, folder]).sort()).toEqual(
    client.bookmarks
      .list()
      .map(({ id, folder }) => [id, folder])
      .sort(),
  )
  const { occupation } = (await call('GET', '/api/user/profile')) as ProfileResponse
  expect(occupation).toBe(client.profile.get().occupation)
})
