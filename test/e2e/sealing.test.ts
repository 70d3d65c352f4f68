// Open, then sealed, then open again: what two servers have of it before and after, in rows, keys, caches and logs.
import { randomBytes } from 'node:crypto'
import { type Client, createMemoryStore, openClient } from '@workforce-democracy/client/node'
import { OPENABLE_DOCUMENTS } from '@workforce-democracy/shared'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPool } from '../../server/src/db/database.ts'
import { importStarter } from '../../server/src/import/starter.ts'
import { copyAtRest, readableIn, rowsNaming } from '../support/at-rest.ts'
import { createTestDatabases, type TestDatabases } from '../support/postgres.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

let databases: TestDatabases
let a: TestServer
let b: TestServer
beforeAll(async () => {
  databases = await createTestDatabases()
  const pool = createPool(databases.databaseUrl)
  await importStarter(pool)
  await pool.end()
  a = await startTestServer({}, databases)
  b = await startTestServer({}, databases, a.config)
})
afterAll(async () => {
  await a[Symbol.asyncDispose]()
  await b[Symbol.asyncDispose]()
  await databases[Symbol.asyncDispose]()
})

const PASSWORD = 'a made-up password'
/** In registers, and found nowhere else. ASCII, so that it is the same bytes in every encoding. */
const CONTENT = {
  bill: 'us-zz:never-listed-4711',
  billName: 'An Act nobody ever wrote',
  folder: 'a folder called thistledown',
  resource: 'video-nowhere-815',
  occupation: 'lamplighter of Lower Thistleford',
  interest: 'topic-of-lanterns',
}
const NEEDLES = Object.values(CONTENT).map(text => text.replace('us-zz:', ''))
const NOTE = 'a note about lanterns'
const modes = (mode: 'open' | 'sealed') => Object.fromEntries(OPENABLE_DOCUMENTS.map(name => [name, mode]))

const device = (server: TestServer): Promise<Client> =>
  openClient({
    storage: createMemoryStore(),
    storeSecret: new Uint8Array(32).fill(7),
    server: server.url,
  })

async function writeEverything(client: Client): Promise<void> {
  await client.votes.cast(CONTENT.bill, 'yes', { billName: CONTENT.billName, billType: 'unions' })
  await client.bookmarks.add('bill', CONTENT.bill, { folder: CONTENT.folder })
  await client.progress.record(CONTENT.resource, { percent: 30, seconds: 60 })
  await client.profile.set({ occupation: CONTENT.occupation })
  await client.profile.addInterest(CONTENT.interest)
  await client.notes.set('bill', CONTENT.bill, NOTE)
}

/** Everything over HTTP that is made of what a person has written, which also fills every cache. */
async function readEverything(server: TestServer, token: string): Promise<string> {
  const paths = ['civic/votes', 'civic/alignment', 'resources/recommended', 'user/data-export']
  const answers = await Promise.all(paths.map(path => server.call('GET', `/api/${path}`, { token })))
  return JSON.stringify(answers)
}

/** What the server says that it has of the client's person is all that there is, and says what can be read. */
async function checkShown(
  client: Client,
  { readable, unreadable, mode }: { readable: string[]; unreadable: string[]; mode: 'open' | 'sealed' },
): Promise<void> {
  const { tables } = await client.privacy.whatTheServerSees()
  const text = JSON.stringify(tables)
  expect(readable.filter(each => !text.includes(each))).toEqual([])
  expect(unreadable.filter(each => text.includes(each))).toEqual([])
  const id = client.account.current()!.id
  const inDatabases = await rowsNaming(a, id)
  expect(Object.fromEntries(tables.map(({ table, rows }) => [table, rows.length]))).toEqual(inDatabases)
  // Bytes that nobody can say anything of are what is known of a Yjs document without its content.
  const kinds = tables.flatMap(({ table, rows }) =>
    rows.flatMap(row =>
      Object.entries(row).flatMap(([column, value]) =>
        value !== null && typeof value === 'object' && 'kind' in value
          ? [{ column: `${table}.${column}`, document: row.document, kind: value.kind }]
          : [],
      ),
    ),
  )
  const opaque = new Set(kinds.filter(({ kind }) => kind === 'opaque').map(({ column }) => column))
  expect([...opaque].filter(column => column !== 'document_snapshots.summary')).toEqual([])
  const ofVotes = kinds.filter(each => each.document === 'votes' && each.column.endsWith('s.data'))
  expect(new Set(ofVotes.map(({ kind }) => kind))).toEqual(new Set([mode === 'open' ? 'readable' : 'sealed']))
}

test('[A26] [G7] [G8] [L13] what was open is sealed without leaving anything that any server can read, and opened again', async () => {
  await using client = await device(a)
  const username = `made-up-${randomBytes(6).toString('hex')}`
  await client.account.register({ username, password: PASSWORD })
  await client.privacy.set(modes('open'))
  await writeEverything(client)
  await until(() => client.sync.status.state === 'durable')
  const token = await client.account.accessToken()
  for (const server of [a, b]) expect(await readEverything(server, token)).toContain(CONTENT.billName)
  const open = await copyAtRest(a)
  // Look, it would be found; and what was never open is not.
  expect(readableIn(open, open, NEEDLES)).toEqual(NEEDLES.toSorted())
  expect(readableIn(open, open, [NOTE, PASSWORD])).toEqual([])

  await checkShown(client, { readable: [...NEEDLES, username], unreadable: [NOTE], mode: 'open' })

  const before = await client.recommendations()
  expect(before).toMatchObject({ rankedBy: 'server' })
  expect(before.items.map(({ reason }) => reason.kind)).toContain('votes')
  await (await client.privacy.set(modes('sealed'))).done()
  const sealed = await copyAtRest(a)
  const found = {
    now: readableIn(sealed, sealed, NEEDLES),
    withKeysFromBefore: readableIn(sealed, open, NEEDLES),
    inRowsFromBefore: readableIn(open, sealed, NEEDLES),
  }
  expect(found).toEqual({ now: [], withKeysFromBefore: [], inRowsFromBefore: [] })
  await checkShown(client, { readable: [username], unreadable: [...NEEDLES, NOTE], mode: 'sealed' })
  const destroyed = new Set(open.keys.map(({ of }) => of))
  for (const { of } of sealed.keys) destroyed.delete(of)
  expect(destroyed.size).toBe(OPENABLE_DOCUMENTS.length)

  for (const server of [a, b]) {
    await until(async () => {
      const { body } = await server.call('GET', '/api/civic/votes', { token })
      return body.code === 'document-sealed'
    }, 5000)
    expect(readableIn({ values: [await readEverything(server, token)] }, { keys: [] }, NEEDLES)).toEqual([])
    expect(readableIn({ values: server.log }, { keys: [] }, [...NEEDLES, NOTE, PASSWORD])).toEqual([])
  }
  const { body } = await b.call('POST', '/api/civic/vote', {
    token,
    body: { billId: 'hr1-119', choice: 'yes' },
  })
  expect(body.code).toBe('document-sealed')
  const after = await client.recommendations()
  expect(after.rankedBy).toBe('device')
  expect(after.items).toEqual(before.items)

  // Another device has it all, without asking: what is sealed needs no confirmation.
  await using other = await device(b)
  await other.account.login({ login: username, password: PASSWORD })
  await until(() => other.sync.status.state === 'durable')
  expect(other.votes.get(CONTENT.bill)?.billName).toBe(CONTENT.billName)
  expect(other.notes.get('bill', CONTENT.bill)?.text).toBe(NOTE)
  expect((await other.recommendations()).items).toEqual(after.items)

  await (await other.privacy.set(modes('open'))).done()
  await until(() => client.privacy.get().votes === 'open' && client.sync.status.state === 'durable')
  const again = await copyAtRest(a)
  expect(readableIn(again, again, NEEDLES)).toEqual(NEEDLES.toSorted())
  expect(readableIn(again, again, [NOTE])).toEqual([])
  for (const server of [a, b]) expect(await readEverything(server, token)).toContain(CONTENT.billName)
  const byServer = await client.recommendations()
  expect(byServer).toMatchObject({ rankedBy: 'server', items: after.items })
})

test('[K12] [L14] an old password, an old device and the keys of an old epoch open nothing that was sealed after a revocation', async () => {
  await using client = await device(a)
  const username = `made-up-${randomBytes(6).toString('hex')}`
  await client.account.register({ username, password: PASSWORD })
  await client.privacy.set(modes('sealed'))
  await using lost = await device(b)
  await lost.account.login({ login: username, password: PASSWORD })
  await client.votes.cast('hr1-119', 'yes')
  await until(() => lost.votes.get('hr1-119'))
  const id = (await client.account.devices.list()).find(({ current }) => !current)?.id ?? ''
  const revoked = await client.account.revokeDevice({
    id,
    password: PASSWORD,
    newPassword: 'another made-up one',
  })
  expect(revoked.unmoved).toEqual([])
  await (await client.votes.cast('hr2-119', 'no')).durable()
  await until(() => lost.sync.status.problem === 'unauthorized')
  expect(lost.votes.get('hr2-119')).toBeUndefined()
  await expect(lost.account.login({ login: username, password: PASSWORD })).rejects.toMatchObject({
    code: 'wrong-credentials',
  })
  await using fresh = await device(b)
  await fresh.account.login({ login: username, password: 'another made-up one' })
  await until(() => fresh.votes.list().length === 2)
})
