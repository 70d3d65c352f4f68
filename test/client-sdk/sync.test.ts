// Devices of one person against the real server: what is written anywhere ends up everywhere, once.
import { randomBytes } from 'node:crypto'
import { type Client, createMemoryStore, openClient, type Store } from '@workforce-democracy/client/node'
import { DOCUMENT_NAMES, OPENABLE_DOCUMENTS } from '@workforce-democracy/shared'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

let server: TestServer
const opened: Client[] = []
beforeAll(async () => {
  server = await startTestServer()
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map(client => client.close()))
})
afterAll(() => server[Symbol.asyncDispose]())

const PASSWORD = 'a made-up password'
const EVERYTHING = { profile: 'open', votes: 'open', bookmarks: 'open', progress: 'open' } as const

async function device(options: { store?: Store; now?: () => number; server?: string } = {}): Promise<Client> {
  const client = await openClient({
    storage: options.store ?? createMemoryStore(),
    storeSecret: new Uint8Array(32).fill(7),
    server: options.server ?? server.url,
    ...(options.now && { now: options.now }),
  })
  opened.push(client)
  return client
}

/** Two devices that are signed in to one account and share everything that may be open. */
async function twoDevices(now?: () => number): Promise<[Client, Client]> {
  const [one, two] = [await device(now && { now }), await device()]
  const username = `made-up-${randomBytes(6).toString('hex')}`
  await one.account.register({ username, password: PASSWORD })
  await two.account.login({ login: username, password: PASSWORD })
  await Promise.all([one.privacy.set(EVERYTHING), two.privacy.set(EVERYTHING)])
  return [one, two]
}

const durable = (...clients: Client[]) =>
  until(() => clients.every(client => client.sync.status.state === 'durable'), 20_000)

const contentOf = (client: Client) =>
  OPENABLE_DOCUMENTS.map(document => Object.fromEntries([...client.state(document)].sort()))

const converged = (one: Client, two: Client) =>
  until(() => JSON.stringify(contentOf(one)) === JSON.stringify(contentOf(two)), 20_000)

describe('two devices', () => {
  test('show the same after both wrote offline, the later vote wins, time spent is the sum', async () => {
    const [one, two] = [await device(), await device({ now: () => Date.now() + 1000 })]
    await one.votes.cast('hr1-119', 'yes')
    await two.votes.cast('hr1-119', 'no')
    await one.progress.record('a-resource', { percent: 40, seconds: 60 })
    await two.progress.record('a-resource', { percent: 20, seconds: 30 })
    expect(one.sync.status).toEqual({ state: 'local', pending: 0 })
    const username = `made-up-${randomBytes(6).toString('hex')}`
    await one.account.register({ username, password: PASSWORD })
    await two.account.login({ login: username, password: PASSWORD })
    await Promise.all([one.privacy.set(EVERYTHING), two.privacy.set(EVERYTHING)])
    await durable(one, two)
    await converged(one, two)
    expect(one.votes.get('hr1-119')?.choice).toBe('no')
    expect(one.progress.get('a-resource')).toMatchObject({ percent: 40, seconds: 90 })
  })

  test('see each other’s writes and removals while connected', async () => {
    const [one, two] = await twoDevices()
    await (await one.votes.cast('hr2-119', 'yes')).durable()
    await until(() => two.votes.get('hr2-119'))
    await (await two.votes.retract('hr2-119')).durable()
    await until(() => one.votes.get('hr2-119') === undefined)
    expect(one.votes.list()).toEqual([])
  })

  test('converge whatever they write at once, with the clock of one years wrong', async () => {
    const [one, two] = await twoDevices(() => Date.now() + 5 * 365 * 86_400_000)
    await durable(one, two)
    const edit = fc.record({
      first: fc.boolean(),
      bill: fc.nat(4),
      choice: fc.constantFrom('yes', 'no', 'abstain', undefined),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { maxLength: 20 }), async edits => {
        await Promise.all(
          edits.map(({ first, bill, choice }) => {
            const { votes } = first ? one : two
            return choice ? votes.cast(`hr${bill + 1}-118`, choice) : votes.retract(`hr${bill + 1}-118`)
          }),
        )
        await durable(one, two)
        await converged(one, two)
      }),
      { numRuns: 15 },
    )
    await (await two.votes.cast('hr1-118', 'abstain')).durable()
    await until(() => one.votes.get('hr1-118')?.choice === 'abstain')
  })
})

describe('consent', () => {
  test('a category that nobody opened is not sent, and its durable() says so', async () => {
    const client = await device()
    const username = `made-up-${randomBytes(6).toString('hex')}`
    await client.account.register({ username, password: PASSWORD })
    await client.privacy.set({ votes: 'open' })
    await (await client.votes.cast('hr3-119', 'yes')).durable()
    const bookmark = await client.bookmarks.add('resource', 'never-sent')
    await expect(bookmark.durable()).rejects.toMatchObject({ code: 'consent-required' })
    await (await client.notes.set('bill', 'hr3-119', 'sent, and read by no server')).durable()
    const token = await client.account.accessToken()
    const { body } = await server.call('GET', '/api/user/privacy', { token })
    expect(body.modes).toEqual({ votes: 'open', notes: 'sealed', settings: 'sealed' })
  })

  test('[L13] a new device shows what is open elsewhere, and sends nothing of it before the person confirms', async () => {
    const [one] = await twoDevices()
    await (await one.votes.cast('hr3-118', 'yes')).durable()
    await durable(one)
    const two = await device()
    await two.votes.cast('hr4-118', 'no')
    await two.account.login({ login: one.account.current()!.username!, password: PASSWORD })
    await until(() => two.sync.status.problem === 'consent-required')
    expect(two.privacy.unconfirmed().toSorted()).toEqual(OPENABLE_DOCUMENTS.toSorted())
    expect(two.privacy.get()).toEqual(Object.fromEntries(OPENABLE_DOCUMENTS.map(name => [name, 'local'])))
    await two.sync.flush()
    expect(two.votes.list()).toHaveLength(1)
    expect(one.votes.list()).toHaveLength(1)
    let told = 0
    two.privacy.subscribe(() => told++)
    await two.privacy.confirm()
    expect(told).toBeGreaterThan(0)
    expect(two.privacy.unconfirmed()).toEqual([])
    await durable(one, two)
    await converged(one, two)
    expect(one.votes.list()).toHaveLength(2)
  })

  test('[L13] what is sealed on one device is sealed on the others without a word, and opened only where it was confirmed', async () => {
    const [one, two] = await twoDevices()
    await (await one.votes.cast('hr3-118', 'yes')).durable()
    await (await one.privacy.set({ votes: 'sealed' })).done()
    await until(() => two.privacy.get().votes === 'sealed')
    await (await two.votes.cast('hr4-118', 'no')).durable()
    await converged(one, two)
    const modes = async () => {
      const token = await one.account.accessToken()
      return (await server.call('GET', '/api/user/privacy', { token })).body.modes
    }
    expect((await modes()).votes).toBe('sealed')
    const third = await device()
    await third.account.login({ login: one.account.current()!.username!, password: PASSWORD })
    await until(() => third.votes.list().length === 2)
    await (await two.privacy.set({ votes: 'open' })).done()
    expect((await modes()).votes).toBe('open')
    await until(() => one.privacy.get().votes === 'open' && third.privacy.unconfirmed().includes('votes'))
    const unsent = await third.votes.cast('hr5-118', 'abstain')
    await expect(unsent.durable()).rejects.toMatchObject({ code: 'consent-required' })
    await durable(one, two)
    await converged(one, two)
    expect(two.votes.list()).toHaveLength(2)
  })
})

describe('a server that goes away', () => {
  test('leaves writes saved and counted, and gets them when it is back', async () => {
    const [one, two] = await twoDevices()
    await durable(one, two)
    await server.restart()
    await until(() => one.sync.status.state === 'offline' || one.sync.status.state === 'durable')
    const saved = await one.votes.cast('hr4-119', 'no')
    await saved.durable()
    await until(() => two.votes.get('hr4-119')?.choice === 'no', 20_000)
  })

  test('is told apart from everything being durable', async () => {
    const client = await device({ server: 'http://127.0.0.1:9' })
    await expect(client.account.register({ username: 'made-up', password: PASSWORD })).rejects.toMatchObject({
      code: 'offline',
    })
    await client.votes.cast('hr5-119', 'yes')
    expect(client.votes.get('hr5-119')?.choice).toBe('yes')
    expect(client.sync.status.state).toBe('local')
  })
})

test('[P19] a document that was moved to a new generation is synced anew, and nothing is lost', async () => {
  const [one, two] = await twoDevices()
  await (await one.votes.cast('hr6-119', 'yes')).durable()
  await (await two.votes.cast('hr7-119', 'no')).durable()
  await converged(one, two)
  const db = new pg.Client({ connectionString: server.databases.databaseUrl })
  await db.connect()
  // As after a move that kept nothing: whatever comes back was pushed by the devices.
  await db.query(`delete from document_updates where person_id = $1 and document = 'votes'`, [
    one.account.current()!.id,
  ])
  await db.query(`update documents set generation = 2 where person_id = $1 and document = 'votes'`, [
    one.account.current()!.id,
  ])
  await db.end()
  await (await one.votes.cast('hr8-119', 'abstain')).durable()
  await durable(one, two)
  const third = await device()
  await third.account.login({ login: one.account.current()!.username!, password: PASSWORD })
  await third.privacy.set({ votes: 'open' })
  await until(() => third.votes.list().length === 3, 20_000)
})

test('a device that was closed with pending writes brings them when it is opened again', async () => {
  const [one] = await twoDevices()
  const store = createMemoryStore()
  const late = await device({ store })
  await late.account.login({ login: one.account.current()!.username!, password: PASSWORD })
  await late.votes.cast('hr9-119', 'yes')
  await late.privacy.set({ votes: 'open' })
  await late.close()
  opened.splice(opened.indexOf(late), 1)
  await device({ store })
  await until(() => one.votes.get('hr9-119')?.choice === 'yes', 20_000)
})

test('after signing out nothing more is sent', async () => {
  const [one, two] = await twoDevices()
  await durable(one, two)
  await one.account.logout()
  expect(one.sync.status.state).toBe('local')
  await one.votes.cast('hr10-119', 'yes')
  await (await two.votes.cast('hr11-119', 'yes')).durable()
  expect(two.votes.get('hr10-119')).toBeUndefined()
})

test('[K16] a device that has come to an account is catching up until all of it is there, and writes nothing by itself', async () => {
  const [one] = await twoDevices()
  await (await one.votes.cast('hr10-119', 'yes')).durable()
  const store = createMemoryStore()
  const closeAll = () => Promise.all(opened.splice(0).map(client => client.close()))
  const login = one.account.current()!.username!
  // It gets as far as signing in, and hears nothing more.
  const silent = await openClient({
    storage: store,
    storeSecret: new Uint8Array(32).fill(7),
    server: server.url,
    WebSocket: class extends EventTarget {
      readyState = 0
      close() {}
    } as unknown as typeof globalThis.WebSocket,
  })
  opened.push(silent)
  await silent.account.login({ login, password: PASSWORD })
  await silent.privacy.set({ votes: 'open' })
  expect(silent.sync.status.state).toBe('catching-up')
  await closeAll()
  const offline = await device({ store, server: 'http://127.0.0.1:9' })
  expect(offline.sync.status.state).toBe('catching-up')
  await offline.sync.flush()
  await closeAll()
  const online = await device({ store })
  await until(() => online.sync.status.problem === 'consent-required')
  await online.privacy.confirm()
  await durable(online)
  expect(online.votes.get('hr10-119')?.choice).toBe('yes')
  const own = DOCUMENT_NAMES.flatMap(name =>
    [...online.state(name).values()].filter(register => register.device === online.device),
  )
  expect(own.map(({ key }) => key)).toEqual(['mode/votes'])
  await closeAll()
  const again = await device({ store, server: 'http://127.0.0.1:9' })
  expect(again.sync.status.state).toBe('offline')
})
