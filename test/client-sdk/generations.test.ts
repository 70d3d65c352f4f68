// Devices whose documents move: whatever generation they know, they join, bring what is missing, and lose nothing.
import { randomBytes } from 'node:crypto'
import { type Client, createMemoryStore, openClient, type Store } from '@workforce-democracy/client/node'
import { CLOSE_CODES, OPENABLE_DOCUMENTS, RegisterArray } from '@workforce-democracy/shared'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { docOf, updatesOf } from '../../server/src/documents/document-reader.ts'
import { askForMove, moveAsDevice, sealedContent } from '../support/moves.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { stockClient } from '../support/stock-client.ts'
import { openStoredDocuments, type StoredDocuments } from '../support/stored-documents.ts'
import { until } from '../support/until.ts'

let server: TestServer
let stored: StoredDocuments
const closing: AsyncDisposable[] = []
beforeAll(async () => {
  server = await startTestServer()
  stored = openStoredDocuments(server)
})
afterEach(async () => {
  await Promise.all(closing.splice(0).map(each => each[Symbol.asyncDispose]()))
})
afterAll(async () => {
  await stored[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

const PASSWORD = 'a made-up password'
const MOVES = 6
const NO_SERVER = 'http://127.0.0.1:9'

async function device(options: { store?: Store; server?: string } = {}): Promise<Client> {
  const client = await openClient({
    storage: options.store ?? createMemoryStore(),
    storeSecret: new Uint8Array(32).fill(7),
    server: options.server ?? server.url,
  })
  closing.push(client)
  return client
}

/** A person with a device that has opened the votes, and a way to sign in others. */
async function person() {
  const one = await device()
  const username = `made-up-${randomBytes(6).toString('hex')}`
  await one.account.register({ username, password: PASSWORD })
  await one.privacy.set({ votes: 'open' })
  const id = one.account.current()!.id
  const token = async () => ({ accessToken: await one.account.accessToken() })
  return {
    one,
    id,
    token,
    async signIn(client: Client) {
      await client.account.login({ login: username, password: PASSWORD })
      await client.privacy.set({ votes: 'open' })
    },
    /** Moves as another device of this person would. */
    move: async (keeps?: Parameters<typeof moveAsDevice>[2]) =>
      moveAsDevice(server.url, await token(), keeps),
    /** What the server has stored, and how often each register stands there. */
    async held() {
      const loaded = await stored.read({ personId: id, document: 'votes' })
      return new RegisterArray(docOf(updatesOf(loaded!))).state()
    },
  }
}

const durable = (...clients: Client[]) =>
  until(() => clients.every(({ sync }) => sync.status.state === 'durable'), 20_000)

const contentOf = (client: Client) =>
  JSON.stringify(OPENABLE_DOCUMENTS.map(document => [...client.state(document)].sort()))

const converged = (...clients: Client[]) => until(() => new Set(clients.map(contentOf)).size === 1, 20_000)

describe('a device', () => {
  test('[G9] that was away for many generations joins, brings what it wrote, and what was removed stays removed', async () => {
    const it = await person()
    const store = createMemoryStore()
    {
      const away = await device({ store })
      await it.signIn(away)
      for (const bill of ['hr1-119', 'hr2-119', 'hr3-119']) await it.one.votes.cast(bill, 'yes')
      await durable(it.one, away)
      await converged(it.one, away)
      await away.close()
    }
    for (let n = 1; n <= 5; n++) {
      await (await it.one.votes.cast(`hr${n}-118`, 'no')).durable()
      if (n === 3) await (await it.one.votes.retract('hr1-119')).durable()
      expect((await it.move()).generation).toBe(n + 1)
    }
    {
      const offline = await device({ store, server: NO_SERVER })
      await offline.votes.cast('hr2-119', 'abstain')
      await offline.votes.cast('hr9-119', 'yes')
      await offline.close()
    }
    const back = await device({ store })
    await converged(it.one, back)
    await durable(it.one, back)
    expect(
      back.votes
        .list()
        .map(({ billId, choice }) => `${billId} ${choice}`)
        .sort(),
    ).toEqual(
      [1, 2, 3, 4, 5]
        .map(n => `hr${n}-118 no`)
        .concat('hr2-119 abstain', 'hr3-119 yes', 'hr9-119 yes')
        .sort(),
    )
    expect(new Map([...(await it.held())])).toEqual(new Map(back.state('votes')))
  }, 60_000)

  test('[G9] that writes while the document moves again and again has every write durable', async () => {
    const it = await person()
    const two = await device()
    await it.signIn(two)
    let written = 0
    let acknowledged = 0
    let moving = true
    /** A compare-and-swap never wins against who writes faster than it asks. */
    let calm = false
    const write = async (client: Client, name: string) => {
      for (let n = 0; moving; n++) {
        await until(() => !calm)
        const saves = ['a', 'b', 'c'].map(async key => {
          written++
          const saved = await client.votes.cast(`us-zz:${name}-${key}-${n % 40}`, n % 2 ? 'yes' : 'no')
          await saved.durable()
          acknowledged++
        })
        await Promise.all(saves)
      }
    }
    const writing = Promise.all([write(it.one, 'one'), write(two, 'two')])
    const moveOften = async () => {
      let refused = 0
      for (let n = 1; n <= MOVES; n++) {
        const before = acknowledged
        await until(() => acknowledged > before + 12, 20_000)
        // What is under way goes on.
        calm = true
        refused += (await it.move()).refused
        calm = false
      }
      return refused
    }
    const refused = await moveOften().finally(() => {
      moving = calm = false
    })
    await writing
    expect(acknowledged).toBe(written)
    await durable(it.one, two)
    await converged(it.one, two)
    expect(new Map(await it.held())).toEqual(new Map(it.one.state('votes')))
    expect((await stored.read({ personId: it.id, document: 'votes' }))?.generation).toBe(MOVES + 1)
    console.log(`${written} writes during ${MOVES} moves, ${refused} of which came too late and began again`)
  }, 120_000)

  test('[G9] brings back what another device’s move has left out', async () => {
    const it = await person()
    for (const bill of ['hr1-119', 'hr2-119']) await (await it.one.votes.cast(bill, 'yes')).durable()
    await it.move(({ key }) => key !== 'hr1-119')
    await until(async () => (await it.held()).has('hr1-119'))
    await durable(it.one)
  })

  test('[G2] that is too late to move syncs and tries again, and so does the next', async () => {
    const it = await person()
    for (let n = 1; n <= 5; n++) await (await it.one.votes.cast(`hr${n}-119`, 'yes')).durable()
    const moves = await Promise.all([1, 2, 3, 4].map(() => it.move()))
    expect(moves.map(({ generation }) => generation).sort()).toEqual([2, 3, 4, 5])
    expect(moves.reduce((sum, { refused }) => sum + refused, 0)).toBeGreaterThan(0)
    await durable(it.one)
    expect(new Map(await it.held())).toEqual(new Map(it.one.state('votes')))
  })
})

describe('a stock client', () => {
  function stock(accessToken: string, doc: Y.Doc) {
    const client = stockClient(server.url, accessToken, { doc })
    const { provider } = client
    const closes: (number | undefined)[] = []
    provider.on('connection-close', event => closes.push(event?.code))
    closing.push(client)
    return { provider, closes }
  }
  const write = (doc: Y.Doc, key: string, stamp: number) =>
    new RegisterArray(doc).write([
      { key, stamp, device: 'stock001', value: { choice: 'no', votedAt: '2026-01-01T00:00:00Z' } },
    ])

  /** A stock client that has the votes, and is closed by the move of a device, which also removes a vote. */
  async function movedAway() {
    const it = await person()
    const { accessToken } = await it.token()
    for (const bill of ['hr1-119', 'hr2-119']) await (await it.one.votes.cast(bill, 'yes')).durable()
    const doc = new Y.Doc()
    const { provider, closes } = stock(accessToken, doc)
    await until(() => new RegisterArray(doc).state().size === 2)
    await it.move()
    await until(() => closes.length > 0)
    expect([closes, provider.shouldConnect]).toEqual([[CLOSE_CODES.moved], false])
    provider.destroy()
    write(doc, 'hr8-119', 1)
    return { ...it, accessToken, doc }
  }

  test('[G9] is closed 4409 by a move, and what its old copy brings joins', async () => {
    const it = await movedAway()
    await (await it.one.votes.retract('hr1-119')).durable()
    await it.move()
    const back = stock(it.accessToken, it.doc)
    await until(() => it.one.votes.get('hr8-119'))
    expect(it.one.votes.get('hr1-119')).toBeUndefined()
    await until(() => new RegisterArray(it.doc).state().get('hr1-119')?.value === null)
    expect(back.closes).toEqual([])
    await durable(it.one)
    expect((await it.held()).get('hr1-119')?.value).toBeNull()
    expect(
      it.one.votes
        .list()
        .map(({ billId }) => billId)
        .sort(),
    ).toEqual(['hr2-119', 'hr8-119'])
  })

  test('[G9] with an old copy is refused where the document has been sealed meanwhile', async () => {
    const it = await movedAway()
    const loaded = await stored.read({ personId: it.id, document: 'votes' })
    const from = { generation: loaded!.generation, position: loaded!.head }
    const content = sealedContent([Uint8Array.of(1, 2, 3)])
    expect((await askForMove(server.url, it, { from, mode: 'sealed', content })).status).toBe(200)
    const { provider, closes } = stock(it.accessToken, it.doc)
    await until(() => closes.length > 0)
    expect([closes, provider.shouldConnect]).toEqual([[CLOSE_CODES.forbidden], false])
    expect((await stored.read({ personId: it.id, document: 'votes' }))?.head).toBe(from.position + 1)
  })
})

describe('Yjs’s client id', () => {
  const doc = new Y.Doc()
  new RegisterArray(doc).write([{ key: 'hr1-119', stamp: 1, device: 'device01', value: null }])
  const update = Y.encodeStateAsUpdate(doc)
  const clone = () => Object.assign(new Y.Doc(), { clientID: doc.clientID })

  test('[G9] of a device is drawn again when the document that it is sent knows it', () => {
    const cloned = clone()
    Y.applyUpdate(cloned, update)
    expect(cloned.clientID).not.toBe(doc.clientID)
  })

  test('[G9] of the server is, too, where it takes in many updates at once', () => {
    const cloned = clone()
    docOf([update], cloned)
    expect(cloned.clientID).not.toBe(doc.clientID)
  })
})
