// Receipts: what the server signs of a log, and what devices make of it when it says another thing later.
import { createHash, createPublicKey, verify } from 'node:crypto'
import {
  decodeReceipt,
  type Receipt,
  receiptSigningBytes,
  type SessionResponse,
} from '@workforce-democracy/shared'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMemoryStore } from '../../client-sdk/src/store/memory-store.ts'
import { startHostileServer } from '../hostile/hostile-server.ts'
import { askForMove, openContent } from '../support/moves.ts'
import { execute } from '../support/postgres.ts'
import type { RawClient } from '../support/raw-client.ts'
import { connectSynced, OPEN, registerWriter } from '../support/register-writer.ts'
import { openSealedDevice, type SealedDeviceOptions } from '../support/sealed-devices.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { openStoredDocuments } from '../support/stored-documents.ts'
import { until } from '../support/until.ts'

let a: TestServer
let b: TestServer
beforeAll(async () => {
  a = await startTestServer()
  b = await startTestServer({}, a.databases, a.config)
})
afterAll(async () => {
  await b[Symbol.asyncDispose]()
  await a[Symbol.asyncDispose]()
})

const sha256 = (...bytes: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(bytes)).digest()

/** The chain after these commits, each of one update (SPEC T1). */
const chainOf = (updates: readonly Uint8Array[], from: Uint8Array = Buffer.alloc(32)) =>
  updates.reduce<Uint8Array>((chain, update) => sha256(chain, sha256(sha256(update))), from)

/** The receipt that a client got for a position. */
async function receiptAt(client: RawClient, position: number): Promise<Receipt> {
  return until(() =>
    client
      .of('durable')
      .flatMap(({ receipt }) => (receipt ? [decodeReceipt(receipt)] : []))
      .find(each => each?.position === position),
  )
}

async function isSigned(server: TestServer, person: SessionResponse, receipt: Receipt): Promise<boolean> {
  const { body } = await server.call('GET', '/.well-known/jwks.json')
  const jwk = body.keys.find(({ kid }: { kid: string }) => kid === receipt.keyId)
  const bytes = receiptSigningBytes({ ...receipt, personId: person.user.id, document: 'votes' })
  return verify(null, bytes, createPublicKey({ key: jwk, format: 'jwk' }), receipt.signature)
}

/** Writes one vote, and returns the update that was sent. */
async function writeOne(client: RawClient, writer: ReturnType<typeof registerWriter>, key: string) {
  let sent: Uint8Array = new Uint8Array()
  writer.registers.doc.once('update', (update: Uint8Array) => {
    sent = update
  })
  const { count = 0 } = client.of('durable').at(-1) ?? {}
  writer.write(key, 'made up')
  await client.durable(count + 1)
  return sent
}

const WITH_RECEIPTS = { query: `${OPEN}&receipts=1` }

test('[T1] [T2] the chain is of what was committed, and goes on over other servers, restarts, compaction and moves', async () => {
  const person = await a.register()
  const updates: Uint8Array[] = []
  {
    await using client = await connectSynced(a.url, person.accessToken, WITH_RECEIPTS)
    const writer = registerWriter(client)
    for (const n of [1, 2, 3]) updates.push(await writeOne(client, writer, `hr${n}-119`))
    const receipt = await receiptAt(client, 3)
    expect(Buffer.from(receipt.chain)).toEqual(chainOf(updates))
    expect(await isSigned(a, person, receipt)).toBe(true)
    expect(await isSigned(a, { ...person, user: { ...person.user, id: 'another' } }, receipt)).toBe(false)
  }
  {
    await using stored = openStoredDocuments(a)
    await stored.compact({ personId: person.user.id, document: 'votes' })
    await a.restart()
  }
  {
    await using client = await connectSynced(b.url, person.accessToken, WITH_RECEIPTS)
    updates.push(await writeOne(client, registerWriter(client), 'hr4-119'))
    expect(Buffer.from((await receiptAt(client, 4)).chain)).toEqual(chainOf(updates))
  }
  const content = openContent([{ key: 'hr5-119', stamp: 9, device: 'device01', value: 'made up' }])
  const from = { generation: 1, position: 4 }
  expect((await askForMove(a.url, person, { document: 'votes', from, content })).status).toBe(200)
  updates.push(content)
  const query = '?mode=open&generation=2&receipts=1'
  await using client = await connectSynced(a.url, person.accessToken, { query })
  updates.push(await writeOne(client, registerWriter(client), 'hr6-119'))
  const receipt = await receiptAt(client, 6)
  expect(receipt.generation).toBe(2)
  expect(Buffer.from(receipt.chain)).toEqual(chainOf(updates))
})

test('[T2] who does not ask gets none', async () => {
  const person = await a.register()
  await using asking = await connectSynced(a.url, person.accessToken, WITH_RECEIPTS)
  await using silent = await connectSynced(a.url, person.accessToken)
  await writeOne(silent, registerWriter(silent), 'hr1-119')
  await receiptAt(asking, 1)
  await until(() => silent.of('durable').some(({ position }) => position === 1))
  expect(silent.of('durable').some(({ receipt }) => receipt !== undefined)).toBe(false)
})

describe('a device', () => {
  const device = (person: SessionResponse, options: Partial<SealedDeviceOptions> = {}) =>
    openSealedDevice({ serverUrl: a.url, person, ...options })
  const sql = (person: SessionResponse, ...statements: string[]) =>
    execute(
      a.databases.databaseUrl,
      statements.map(each =>
        each.replaceAll('$who', `person_id = '${person.user.id}' and document = 'votes'`),
      ),
    )
  const lastReceipt = ({ replica }: Awaited<ReturnType<typeof device>>) =>
    JSON.stringify(replica.meta.get('receipts/votes') ?? null)

  test('[T3] finds out a server that goes back behind what it has signed, and brings back what it has', async () => {
    const person = await a.register()
    const store = createMemoryStore()
    {
      await using one = await device(person, { store })
      await one.privacy.set({ votes: 'open' })
      for (const n of [1, 2, 3]) await (await one.votes.cast(`hr${n}-119`, 'yes')).durable()
      await until(() => lastReceipt(one).includes('"position":3'))
    }
    // As from a backup of some time ago.
    await sql(
      person,
      'delete from document_updates where $who and position > 1',
      'update documents set head = 1 where $who',
    )
    await a.restart()
    await using back = await device(person, { store })
    await back.votes.cast('hr4-119', 'no')
    await until(
      () => back.sync.tampering.some(each => each.document === 'votes' && each.code === 'rolled-back'),
      20_000,
    )
    expect(back.replica.meta.get('receipt-evidence/votes')).toMatchObject({ before: { position: 3 } })
    await until(() => back.sync.status.state === 'durable')
    await using fresh = await device(person)
    await until(() => fresh.replica.unconfirmed().includes('votes'))
    await fresh.privacy.confirm()
    await until(() => fresh.votes.list().length === 4)
  }, 60_000)

  test('[T4] finds out, through sealed settings, a server that has signed two histories', async () => {
    const person = await a.register()
    await using one = await device(person, { publishReceiptsMs: 500 })
    await one.privacy.set({ votes: 'open' })
    await (await one.votes.cast('hr1-119', 'yes')).durable()
    await until(() => one.replica.state('settings').has(`receipt/votes/${one.replica.device}`))
    await until(() => one.sync.status.state === 'durable')
    // The same position, another history.
    await sql(person, `update documents set chain = sha256('another') where $who`)
    await using two = await device(person, { publishReceiptsMs: 500 })
    await until(() => two.replica.unconfirmed().includes('votes'))
    await two.privacy.confirm()
    const isFork = ({ document, code }: { document: string; code: string }) =>
      document === 'votes' && code === 'forked'
    await until(() => two.sync.tampering.some(isFork), 20_000)
    await until(() => one.sync.tampering.some(isFork), 20_000)
    // Said once, however often it shows.
    expect(two.sync.tampering.filter(isFork)).toHaveLength(1)
  }, 60_000)

  test('[T3] takes no receipt that the server has not signed, and goes on', async () => {
    const person = await a.register()
    await using hostile = await startHostileServer(a.url)
    let lies = 0
    hostile.toDevice = ({ document, message }) => {
      if (document !== 'votes' || message.type !== 'durable' || !message.receipt) return message
      const receipt = message.receipt.slice()
      receipt[5] = (receipt[5] ?? 0) ^ 1
      return {
        ...message,
        receipt: lies++ === 0 ? receipt : lies === 2 ? Uint8Array.of(1, 2) : message.receipt,
      }
    }
    await using one = await device(person, { serverUrl: hostile.url })
    await one.privacy.set({ votes: 'open' })
    for (const n of [1, 2, 3]) {
      await (await one.votes.cast(`hr${n}-119`, 'yes')).durable()
      await until(() => lies >= n)
    }
    await until(() => lastReceipt(one).includes('"position":3'))
    expect(one.sync.tampering).toEqual([
      { document: 'votes', code: 'receipt-refused' },
      { document: 'votes', code: 'receipt-refused' },
    ])
  }, 60_000)
})
