// Sealed documents on devices and a real server: they converge, nothing of them is readable there, and what goes missing
// is noticed and made good.
import {
  CLOSE_CODES,
  CodedError,
  type DocumentName,
  NONCE_BYTES,
  SEALED_ROOT,
  type SealedPlace,
  type SessionResponse,
  sealContent,
} from '@workforce-democracy/shared'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import * as Y from 'yjs'
import { loadSodium } from '../../client-sdk/src/keys/sodium.ts'
import { createMemoryStore } from '../../client-sdk/src/store/memory-store.ts'
import { docOf, updatesOf } from '../../server/src/documents/document-reader.ts'
import { connectSynced, received } from '../support/register-writer.ts'
import {
  contentOf,
  openSealedDevice,
  type SealedDevice,
  type SealedDeviceOptions,
  sealedKeysOf,
} from '../support/sealed-devices.ts'
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

type Person = SessionResponse
type DeviceOptions = Partial<Omit<SealedDeviceOptions, 'person'>>

async function device(person: Person, options: DeviceOptions = {}): Promise<SealedDevice> {
  const opened = await openSealedDevice({ serverUrl: server.url, person, ...options })
  closing.push(opened)
  return opened
}

async function close(opened: SealedDevice): Promise<void> {
  closing.splice(closing.indexOf(opened), 1)
  await opened[Symbol.asyncDispose]()
}

/** Everything is with the server, without the wait for a batch to fill. */
const durable = (...devices: SealedDevice[]) =>
  until(async () => {
    await Promise.all(devices.map(({ sync }) => sync.flush()))
    return devices.every(({ sync }) => sync.status.state === 'durable')
  }, 20_000)

const converged = (document: DocumentName, ...devices: SealedDevice[]) =>
  until(() => new Set(devices.map(each => contentOf(each, document))).size === 1, 20_000)

const read = (person: Person, document: DocumentName) => stored.read({ personId: person.user.id, document })

const bytesOf = async (person: Person, document: DocumentName) =>
  Buffer.concat(updatesOf((await read(person, document))!))

async function envelopesOf(person: Person, document: DocumentName): Promise<number> {
  const loaded = await read(person, document)
  return loaded ? docOf(updatesOf(loaded)).getArray(SEALED_ROOT).length : 0
}

/** A new person with two devices that have sealed the votes. */
async function sealedVotes(): Promise<{ person: Person; one: SealedDevice; two: SealedDevice }> {
  const person = await server.register()
  const [one, two] = [await device(person), await device(person)]
  await one.privacy.set({ votes: 'sealed' })
  await until(() => two.privacy.get().votes === 'sealed')
  await Promise.all([one.sync.moved('votes'), two.sync.moved('votes')])
  return { person, one, two }
}

/** Deletes an element of a document as the server could: Yjs's deletion is all that it can forge. */
const withhold = (person: Person, document: DocumentName, index: number) =>
  change(person, document, array => array.delete(index))

/** Changes a document as the server could, which has no key. */
async function change(
  person: Person,
  document: DocumentName,
  edit: (array: Y.Array<unknown>) => void,
): Promise<void> {
  const { generation } = (await read(person, document))!
  const query = `?mode=sealed&generation=${generation}`
  await using client = await connectSynced(server.url, person.accessToken, { document, query })
  const doc = received(client)
  const before = Y.encodeStateVector(doc)
  edit(doc.getArray(SEALED_ROOT))
  client.send({ type: 'update', update: Y.encodeStateAsUpdate(doc, before) })
  await until(() => client.of('durable').some(({ count }) => count >= 1))
}

describe('two devices of a person', () => {
  test('[L1] share sealed votes, notes and settings, and the server has nothing of it in clear', async () => {
    const { person, one, two } = await sealedVotes()
    await one.votes.cast('us-zz:nowhere-listed', 'yes', { billName: 'An Act nobody ever wrote' })
    await two.notes.set('bill', 'us-zz:nowhere-listed', 'a note about thistledown')
    await durable(one, two)
    await until(() => two.votes.get('us-zz:nowhere-listed')?.choice === 'yes')
    await until(() => one.notes.get('bill', 'us-zz:nowhere-listed')?.text === 'a note about thistledown')
    await (await two.votes.retract('us-zz:nowhere-listed')).durable()
    await until(() => one.votes.list().length === 0)
    for (const document of ['votes', 'notes', 'settings'] as const) {
      const bytes = await bytesOf(person, document)
      expect(bytes.length).toBeGreaterThan(1024)
      for (const secret of ['nowhere', 'Act', 'thistledown', 'mode', 'yes', one.replica.device])
        expect([document, secret, bytes.includes(secret)]).toEqual([document, secret, false])
    }
  })

  test('[G9] a stock client is refused', async () => {
    const { person, one } = await sealedVotes()
    await (await one.votes.cast('hr1-119', 'yes')).durable()
    await using stock = stockClient(server.url, person.accessToken)
    const closes: (number | undefined)[] = []
    stock.provider.on('connection-close', event => closes.push(event?.code))
    await until(() => closes.length > 0)
    expect(closes).toEqual([CLOSE_CODES.forbidden])
  })

  test('[L15] write within a second into one envelope, and at once on a flush', async () => {
    const { person, one, two } = await sealedVotes()
    await durable(one, two)
    const before = await envelopesOf(person, 'votes')
    const saved = await Promise.all([1, 2, 3].map(n => one.votes.cast(`hr${n}-119`, 'yes')))
    await Promise.all(saved.map(each => each.durable()))
    expect(await envelopesOf(person, 'votes')).toBe(before + 1)
    await one.votes.cast('hr4-119', 'yes')
    await one.sync.flush()
    expect(one.replica.pendingCount('votes')).toBe(0)
  })

  test('[L11] compact, also one that is alone', async () => {
    const person = await server.register()
    const one = await device(person)
    await one.privacy.set({ votes: 'sealed' })
    for (let n = 1; n <= 18; n++) {
      await one.votes.cast(`hr${n}-119`, 'yes')
      await durable(one)
    }
    await until(async () => (await envelopesOf(person, 'votes')) < 10)
    expect([one.replica.pendingCount('votes'), one.sync.tampering]).toEqual([0, []])
  })

  test('[L11] compact, both at once too, and lose nothing', async () => {
    const { person, one, two } = await sealedVotes()
    for (let n = 1; n <= 20; n++) {
      await Promise.all([one.votes.cast(`hr${n}-119`, 'yes'), two.votes.cast(`hr${n}-118`, 'no')])
      await Promise.all([one.sync.flush(), two.sync.flush()])
    }
    await durable(one, two)
    await converged('votes', one, two)
    expect(one.votes.list().length).toBe(40)
    expect(await envelopesOf(person, 'votes')).toBeLessThan(20)
    expect([one.sync.tampering, two.sync.tampering]).toEqual([[], []])
    const fresh = await device(person)
    await until(() => contentOf(fresh, 'votes') === contentOf(one, 'votes'))
    expect(fresh.sync.tampering).toEqual([])
  }, 60_000)
})

test('three devices, one offline and one ended without a word, come to the same', async () => {
  const { person, one, two } = await sealedVotes()
  const store = createMemoryStore()
  const three = await device(person, { store })
  await until(() => three.privacy.get().votes === 'sealed')
  await (await three.votes.cast('hr1-119', 'yes')).durable()
  await close(three)
  const offline = await device(person, { store, serverUrl: 'http://127.0.0.1:9' })
  await offline.votes.cast('hr1-119', 'abstain')
  await offline.votes.cast('hr2-119', 'no')
  await close(offline)
  await one.votes.cast('hr3-119', 'yes')
  await server.restart()
  await two.votes.cast('hr4-119', 'yes')
  const back = await device(person, { store })
  await durable(one, two, back)
  await converged('votes', one, two, back)
  const votes = back.votes.list().map(({ billId, choice }) => `${billId} ${choice}`)
  expect(votes.sort()).toEqual(['hr1-119 abstain', 'hr2-119 no', 'hr3-119 yes', 'hr4-119 yes'])
  expect([one, two, back].flatMap(({ sync }) => sync.tampering)).toEqual([])
}, 60_000)

test('[D9] without keys sealed documents stay on the device, and none can be sealed', async () => {
  const person = await server.register()
  const client = await device(person, { hasKeys: false })
  await expect(client.privacy.set({ votes: 'sealed' })).rejects.toMatchObject({ code: 'account-plain' })
  const note = await client.notes.set('bill', 'hr1-119', 'stays here')
  await expect(note.durable()).rejects.toMatchObject({ code: 'consent-required' })
  expect(client.sync.status.state).toBe('local')
  expect(await read(person, 'notes')).toBeUndefined()
})

describe('a document', () => {
  const CLEAR = 'An Act nobody ever wrote'

  test('[G8] that is sealed and opened again moves both ways, both devices follow, and nothing is lost', async () => {
    const person = await server.register()
    const [one, two] = [await device(person), await device(person)]
    await Promise.all([one, two].map(each => each.privacy.set({ votes: 'open' })))
    await (await one.votes.cast('hr1-119', 'yes', { billName: CLEAR })).durable()
    await (await two.votes.cast('hr2-119', 'no')).durable()
    expect((await bytesOf(person, 'votes')).includes(CLEAR)).toBe(true)

    await two.privacy.set({ votes: 'sealed' })
    await until(() => one.privacy.get().votes === 'sealed')
    await Promise.all([one.sync.moved('votes'), two.sync.moved('votes')])
    await (await one.votes.cast('hr3-119', 'yes')).durable()
    await until(() => two.votes.list().length === 3)
    expect((await read(person, 'votes'))?.mode).toBe('sealed')
    expect((await bytesOf(person, 'votes')).includes(CLEAR)).toBe(false)

    await one.privacy.set({ votes: 'open' })
    await until(() => two.privacy.get().votes === 'open')
    await Promise.all([one.sync.moved('votes'), two.sync.moved('votes')])
    await (await two.votes.cast('hr4-119', 'yes')).durable()
    await until(() => one.votes.list().length === 4)
    expect((await read(person, 'votes'))?.mode).toBe('open')
    expect((await bytesOf(person, 'votes')).includes(CLEAR)).toBe(true)
    expect([one, two].flatMap(({ sync }) => sync.tampering)).toEqual([])
  }, 60_000)

  test('[L9] that was opened and sealed again by others is taken as it is by a device that held what was there before', async () => {
    const person = await server.register()
    const store = createMemoryStore()
    const one = await device(person, { store })
    const two = await device(person)
    await one.privacy.set({ votes: 'sealed' })
    await until(() => two.privacy.get().votes === 'sealed')
    await Promise.all([one.sync.moved('votes'), two.sync.moved('votes')])
    await one.votes.cast('hr1-119', 'yes')
    await two.votes.cast('hr2-119', 'no')
    await durable(one, two)
    await converged('votes', one, two)
    await close(one)

    await two.privacy.set({ votes: 'open' })
    await durable(two)
    await two.sync.moved('votes')
    // The device that seals it again has never seen it sealed.
    const three = await device(person)
    await until(() => three.replica.unconfirmed().includes('votes'))
    await three.privacy.confirm()
    await until(() => three.votes.list().length === 2)
    await three.votes.cast('hr3-119', 'abstain')
    await three.privacy.set({ votes: 'sealed' })
    await durable(three)
    await three.sync.moved('votes')

    const back = await device(person, { store })
    await converged('votes', back, two, three)
    expect(back.votes.list()).toHaveLength(3)
    await (await back.votes.retract('hr1-119')).durable()
    await converged('votes', back, two, three)
    expect([back, two, three].flatMap(({ sync }) => sync.tampering)).toEqual([])
    // From here on it knows again what it held.
    await withhold(person, 'votes', 0)
    await until(() => back.sync.tampering.some(({ code }) => code === 'rolled-back'))
  }, 60_000)

  test('[G2] that both devices seal at once is sealed once, and what they write meanwhile is there', async () => {
    const person = await server.register()
    const [one, two] = [await device(person), await device(person)]
    await Promise.all([one, two].map(each => each.privacy.set({ votes: 'open' })))
    await (await one.votes.cast('hr1-119', 'yes')).durable()
    await Promise.all([
      one.privacy.set({ votes: 'sealed' }),
      two.privacy.set({ votes: 'sealed' }),
      one.votes.cast('hr2-119', 'yes'),
      two.votes.cast('hr3-119', 'yes'),
    ])
    await Promise.all([one.sync.moved('votes'), two.sync.moved('votes')])
    await durable(one, two)
    await converged('votes', one, two)
    expect(one.votes.list().length).toBe(3)
    expect(await read(person, 'votes')).toMatchObject({ mode: 'sealed', generation: 2 })
  }, 60_000)

  test.each(['before the request', 'after the answer'] as const)(
    '[L13] whose sealing is interrupted %s is sealed in the end, with nothing lost',
    async when => {
      const person = await server.register()
      let lost = 0
      const onMove = async (send: () => Promise<Response>) => {
        if (lost++ > 0) return send()
        if (when === 'after the answer') await send()
        throw new CodedError('offline')
      }
      const one = await device(person, { onMove })
      await one.privacy.set({ votes: 'open' })
      await (await one.votes.cast('hr1-119', 'yes', { billName: CLEAR })).durable()
      await one.privacy.set({ votes: 'sealed' })
      await one.sync.moved('votes')
      expect(lost).toBe(when === 'after the answer' ? 1 : 2)
      expect(await read(person, 'votes')).toMatchObject({ mode: 'sealed', generation: 2 })
      const two = await device(person)
      await until(() => two.votes.get('hr1-119')?.billName === CLEAR)
      expect((await bytesOf(person, 'votes')).includes(CLEAR)).toBe(false)
    },
    60_000,
  )

  test('[L13] that a device has sealed, and was ended before it could move, is sealed by another', async () => {
    const person = await server.register()
    const never = () => new Promise<Response>(() => undefined)
    const [one, two] = [await device(person, { onMove: never }), await device(person)]
    await Promise.all([one, two].map(each => each.privacy.set({ votes: 'open' })))
    await (await one.votes.cast('hr1-119', 'yes', { billName: CLEAR })).durable()
    await (await one.privacy.set({ votes: 'sealed' })).durable()
    await close(one)
    await until(() => two.privacy.get().votes === 'sealed')
    await two.sync.moved('votes')
    expect((await read(person, 'votes'))?.mode).toBe('sealed')
    expect((await bytesOf(person, 'votes')).includes(CLEAR)).toBe(false)
    expect(two.votes.get('hr1-119')?.billName).toBe(CLEAR)
  }, 60_000)

  test('[L13] that was sealed elsewhere is not opened by a device from which the newer settings are withheld', async () => {
    const person = await server.register()
    const store = createMemoryStore()
    const [one, two] = [await device(person), await device(person, { store })]
    for (const each of [one, two]) await (await each.privacy.set({ votes: 'open' })).durable()
    await (await one.votes.cast('hr1-119', 'yes')).durable()
    await close(two)
    const withheld = await device(person, { store, withheld: 'settings' })
    await until(() => withheld.votes.get('hr1-119'))
    await one.privacy.set({ votes: 'sealed' })
    await one.sync.moved('votes')
    await (await one.votes.cast('hr2-119', 'yes', { billName: CLEAR })).durable()
    await until(() => withheld.votes.get('hr2-119'))
    await withheld.votes.cast('hr3-119', 'no')
    await until(() => one.votes.get('hr3-119'))
    expect(withheld.privacy.get().votes).toBe('open')
    expect(await read(person, 'votes')).toMatchObject({ mode: 'sealed', generation: 2 })
    expect((await bytesOf(person, 'votes')).includes(CLEAR)).toBe(false)
  }, 60_000)

  test('[L13] that is sealed here is not sent in clear, though the server says that it is open', async () => {
    const person = await server.register({ civicEngagementTracking: true })
    expect((await read(person, 'votes'))?.mode).toBe('open')
    const sent: Uint8Array[] = []
    class Recording extends WebSocket {
      override send(data: never): void {
        sent.push(Uint8Array.from(data))
        super.send(data)
      }
    }
    let asked = 0
    const one = await device(person, {
      onMove: () => {
        asked++
        return new Promise(() => undefined)
      },
      WebSocket: Recording as unknown as typeof globalThis.WebSocket,
    })
    await one.votes.cast('hr1-119', 'yes', { billName: CLEAR })
    await one.privacy.set({ votes: 'sealed' })
    await until(() => asked > 0, 20_000)
    await one.votes.cast('hr2-119', 'yes', { billName: CLEAR })
    await (await one.notes.set('bill', 'hr1-119', CLEAR)).durable()
    expect(one.replica.pendingCount('votes')).toBe(2)
    expect(sent.length).toBeGreaterThan(2)
    expect(Buffer.concat(sent).includes(CLEAR)).toBe(false)
  })
})

describe('an envelope that the server withholds', () => {
  async function written() {
    const it = await sealedVotes()
    for (let n = 1; n <= 3; n++) {
      await it.one.votes.cast(`hr${n}-119`, 'yes')
      await durable(it.one)
    }
    await until(() => it.two.votes.list().length === 3)
    await durable(it.two)
    return it
  }

  test('[L9] [L12] from a device that had it is rolled-back, and made good by a move', async () => {
    const { person, one, two } = await written()
    const { generation } = (await read(person, 'votes'))!
    await withhold(person, 'votes', (await envelopesOf(person, 'votes')) - 2)
    await until(() => [one, two].some(({ sync }) => sync.tampering.length > 0))
    await until(async () => (await read(person, 'votes'))!.generation > generation)
    await durable(one, two)
    const codes = new Set([one, two].flatMap(({ sync }) => sync.tampering.map(({ code }) => code)))
    expect([...codes]).toEqual(['rolled-back'])
    const fresh = await device(person)
    await until(() => fresh.votes.list().length === 3)
    expect(fresh.sync.tampering).toEqual([])
  }, 60_000)

  test('[L9] [L12] from one that was away is rolled-back, also when it is the newest', async () => {
    const person = await server.register()
    const store = createMemoryStore()
    const one = await device(person, { store })
    await one.privacy.set({ votes: 'sealed' })
    await one.votes.cast('hr1-119', 'yes')
    await durable(one)
    await until(() => JSON.stringify(one.replica.meta.get('held/votes') ?? null).includes(one.replica.device))
    await close(one)
    await withhold(person, 'votes', (await envelopesOf(person, 'votes')) - 1)
    const back = await device(person, { store })
    await until(() => back.sync.tampering.length > 0)
    expect(back.sync.tampering).toEqual([{ document: 'votes', code: 'rolled-back' }])
    await durable(back)
    const fresh = await device(person)
    await until(() => fresh.votes.get('hr1-119'))
  }, 60_000)

  test('[L9] [L10] [L12] from one that never had it is tampered, hides no other, and comes back with who has it', async () => {
    const person = await server.register()
    const store = createMemoryStore()
    const one = await device(person, { store })
    await one.privacy.set({ votes: 'sealed' })
    for (let n = 1; n <= 3; n++) {
      await one.votes.cast(`hr${n}-119`, 'yes')
      await durable(one)
    }
    await close(one)
    const { generation } = (await read(person, 'votes'))!
    await withhold(person, 'votes', (await envelopesOf(person, 'votes')) - 2)
    const two = await device(person)
    await until(() => two.sync.tampering.length > 0)
    expect(two.sync.tampering).toEqual([{ document: 'votes', code: 'tampered' }])
    await until(async () => (await read(person, 'votes'))!.generation > generation)
    await durable(two)
    expect(
      two.votes
        .list()
        .map(({ billId }) => billId)
        .sort(),
    ).toEqual(['hr1-119', 'hr3-119'])
    const back = await device(person, { store })
    await until(() => two.votes.list().length === 3, 20_000)
    expect(back.votes.list().length).toBe(3)
  }, 60_000)
})

test('[L4] [L5] an envelope of another vault, document, generation or epoch, and garbage, bring nothing', async () => {
  const { person, one } = await sealedVotes()
  await (await one.votes.cast('hr1-119', 'yes')).durable()
  const { generation } = (await read(person, 'votes'))!
  const { aead, randomBytes } = await loadSodium()
  const { vaultId, documentKey } = sealedKeysOf(person.user.id)
  const here = { vaultId, document: 'votes' as const, generation, epoch: 0 }
  const envelope = (billId: string, place: Partial<SealedPlace> = {}) => {
    const value = { choice: 'yes', votedAt: '2026-01-31T00:00:00.000Z' }
    const registers = [{ key: billId, stamp: 1, device: 'zzzzzzzz', value }]
    const content = {
      device: 'zzzzzzzz',
      stamp: 1,
      prev: 0,
      seen: new Map(),
      chosen: 0,
      full: false,
      registers,
    }
    const key = documentKey('votes', 0)!
    return Uint8Array.from(sealContent({ aead, key, ...here, ...place }, content, randomBytes(NONCE_BYTES)))
  }
  const elsewhere = [
    envelope('hr2-119', { vaultId: 'another' }),
    envelope('hr3-119', { document: 'bookmarks' }),
    envelope('hr4-119', { generation: generation + 1 }),
    envelope('hr5-119', { generation: generation - 1 }),
    envelope('hr6-119', { epoch: 7 }),
    randomBytes(1069),
    new Uint8Array(0),
  ]
  // Of this place, and last: once it is there all others have been looked at.
  await change(person, 'votes', array => array.push([...elsewhere.slice(0, 4), ...elsewhere.slice(5)]))
  await change(person, 'votes', array => array.push([envelope('hr7-119')]))
  await until(() => one.votes.get('hr7-119'))
  expect(
    one.votes
      .list()
      .map(({ billId }) => billId)
      .sort(),
  ).toEqual(['hr1-119', 'hr7-119'])
  await change(person, 'votes', array => array.push([elsewhere[4]]))
  await until(() => one.sync.status.problem === 'keys-outdated')
  expect(one.votes.get('hr6-119')).toBeUndefined()
})

describe('a newer key', () => {
  test('[L14] takes every sealed document to a generation of its epoch, which older keys do not open', async () => {
    const { person, one, two } = await sealedVotes()
    await one.votes.cast('hr1-119', 'yes')
    await durable(one, two)
    one.setEpoch(1)
    await Promise.all((['votes', 'notes', 'settings'] as const).map(document => one.sync.moved(document)))
    await one.votes.cast('hr2-119', 'yes')
    await durable(one)
    const fresh = await device(person, { epoch: 1 })
    await until(() => fresh.votes.list().length === 2)
    await until(() => two.sync.status.problem === 'keys-outdated')
    await two.votes.cast('hr3-119', 'no')
    const before = await envelopesOf(person, 'votes')
    await two.sync.flush()
    await one.votes.cast('hr4-119', 'yes')
    await durable(one)
    expect(await envelopesOf(person, 'votes')).toBe(before + 1)
    expect([two.votes.get('hr2-119'), two.replica.pendingCount('votes')]).toEqual([undefined, 1])
    two.setEpoch(1)
    await until(() => two.votes.get('hr2-119') && fresh.votes.get('hr3-119'), 20_000)
    expect([one, two, fresh].flatMap(({ sync }) => sync.tampering)).toEqual([])
  }, 60_000)

  test('[L14] on a device that finds the document in an older epoch reads it there, and moves it', async () => {
    const { person, one } = await sealedVotes()
    await one.votes.cast('hr1-119', 'yes')
    await durable(one)
    const { generation } = (await read(person, 'votes'))!
    const fresh = await device(person, { epoch: 1 })
    await until(() => fresh.votes.get('hr1-119'))
    await fresh.sync.moved('votes')
    expect((await read(person, 'votes'))!.generation).toBe(generation + 1)
  }, 60_000)
})
