// Moves: the compare-and-swap, what it takes with it, and what it refuses.
import { CLOSE_CODES, REGISTERS_ROOT, type Register, SEALED_ROOT } from '@workforce-democracy/shared'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { createPool } from '../../server/src/db/database.ts'
import { readDocument } from '../../server/src/db/document-log.ts'
import { readMetric } from '../support/metrics.ts'
import { askForMove, openContent, type Place, sealedContent } from '../support/moves.ts'
import { connectRaw } from '../support/raw-client.ts'
import { connectSynced, received, registerWriter } from '../support/register-writer.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { openStoredDocuments, type StoredDocuments } from '../support/stored-documents.ts'
import { until } from '../support/until.ts'

const LIMITS = { documentBytes: 64 * 1024, personBytes: 100 * 1024 }

let server: TestServer
let pool: pg.Pool
let keysPool: pg.Pool
let stored: StoredDocuments
beforeAll(async () => {
  server = await startTestServer({ limits: LIMITS })
  pool = createPool(server.databases.databaseUrl)
  keysPool = createPool(server.databases.keysDatabaseUrl)
  stored = openStoredDocuments(server)
})
afterAll(async () => {
  await stored[Symbol.asyncDispose]()
  await pool.end()
  await keysPool.end()
  await server[Symbol.asyncDispose]()
})

const vote = (key: string, stamp = 1): Register => ({
  key,
  stamp,
  device: 'device01',
  value: { choice: 'yes', votedAt: '2026-01-01T00:00:00Z' },
})

/** A person with one vote, durable at position 1 of generation 1. */
async function voter() {
  const person = await server.register({ civicEngagementTracking: true })
  await using client = await connectSynced(server.url, person.accessToken)
  const doc = new Y.Doc()
  doc.getArray(REGISTERS_ROOT).push([['hr1-119', 1, 'device01', vote('hr1-119').value]])
  client.send({ type: 'update', update: Y.encodeStateAsUpdate(doc) })
  await client.durable(1)
  const ref = { personId: person.user.id, document: 'votes' } as const
  const place = async (): Promise<Place> => {
    const { rows } = await pool.query(
      `select generation, head::int as position from documents where person_id = $1 and document = 'votes'`,
      [person.user.id],
    )
    return rows[0]
  }
  return { ...person, id: person.user.id, ref, doc, place }
}

const bytesOf = (text: string) => new TextEncoder().encode(text)

const HERE: Place = { generation: 1, position: 1 }
const at = (generation: number) => `?mode=open&generation=${generation}`

const billIds = async (accessToken: string): Promise<string[]> => {
  const { status, body } = await server.call('GET', '/api/civic/votes', { token: accessToken })
  return status === 200 ? body.items.map((item: { billId: string }) => item.billId).sort() : [body.code]
}

describe('a move', () => {
  test('[G1] leaves nothing of the old generation, and goes on at the next position', async () => {
    const it = await voter()
    expect(await billIds(it.accessToken)).toEqual(['hr1-119'])
    await using old = await connectSynced(server.url, it.accessToken)
    const content = openContent([vote('hr1-119'), vote('hr2-119')])
    const { status, body } = await askForMove(server.url, it, { from: HERE, content })
    expect([status, body]).toEqual([200, { generation: 2, position: 2 }])
    expect(await old.closed()).toBe(CLOSE_CODES.moved)
    expect(old.of('moved')).toEqual([{ type: 'moved', generation: 2 }])

    const inLog = await readDocument(pool, it.ref)
    expect(inLog).toMatchObject({
      generation: 2,
      head: 2,
      snapshot: { generation: 2, position: 2 },
      tail: [],
    })
    expect((await stored.read(it.ref))?.snapshot?.update).toEqual(Buffer.from(content))
    const { rows } = await pool.query('select generation from civic_votes where user_id = $1', [it.id])
    expect(rows.filter(({ generation }) => generation === 1)).toEqual([])
    expect(await billIds(it.accessToken)).toEqual(['hr1-119', 'hr2-119'])

    await using client = await connectSynced(server.url, it.accessToken, { query: at(2) })
    expect(received(client).getArray(REGISTERS_ROOT).length).toBe(2)
    registerWriter(client).write('hr3-119', null)
    await client.durable(1)
    expect(client.of('durable').at(-1)?.position).toBe(3)
  })

  test.each<[name: string, from: Place]>([
    ['another position', { generation: 1, position: 0 }],
    ['a position to come', { generation: 1, position: 2 }],
    ['a generation to come', { generation: 1_000, position: 1 }],
    ['a local document', { generation: 0, position: 0 }],
  ])('[G2] from %s is refused, says where the document is, and changes nothing', async (_name, from) => {
    const it = await voter()
    await using client = await connectSynced(server.url, it.accessToken)
    const before = await readDocument(pool, it.ref)
    const { status, body } = await askForMove(server.url, it, { from, content: openContent([]) })
    expect(status).toBe(409)
    expect(body).toMatchObject({ code: 'moved', ...HERE })
    expect(await readDocument(pool, it.ref)).toEqual(before)
    const { rows } = await keysPool.query(
      `select generation from data_keys where person_id = $1 and document = 'votes'`,
      [it.id],
    )
    expect(rows).toEqual([{ generation: 1 }])
    expect(client.closeCode).toBeUndefined()
  })

  test('[G2] of several movers exactly one wins, and the others learn where it went', async () => {
    const it = await voter()
    const answers = await Promise.all(
      ['hr1-119', 'hr2-119', 'hr3-119', 'hr4-119'].map(key =>
        askForMove(server.url, it, { from: HERE, content: openContent([vote(key)]) }),
      ),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409])
    for (const { body } of answers) expect(body).toMatchObject({ generation: 2, position: 2 })
    const won = answers.findIndex(({ status }) => status === 200)
    expect(await billIds(it.accessToken)).toEqual([`hr${won + 1}-119`])
  })

  test('[G2] gives a local document its first generation', async () => {
    const person = await server.register()
    const move = {
      from: { generation: 0, position: 0 },
      mode: 'sealed' as const,
      content: sealedContent([bytesOf('envelope')]),
      document: 'notes',
    }
    expect(await askForMove(server.url, person, { ...move, from: HERE })).toMatchObject({
      status: 409,
      body: { code: 'moved', generation: 0, position: 0 },
    })
    const answers = await Promise.all([1, 2].map(() => askForMove(server.url, person, move)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
    for (const { body } of answers) expect(body).toMatchObject(HERE)
  })

  test('[G1] what is committed while documents move is either moved along or not acknowledged', async () => {
    const it = await voter()
    await using client = await connectSynced(server.url, it.accessToken)
    const device = registerWriter(client)
    let from = await it.place()
    for (let n = 0; client.closeCode === undefined; n++) {
      device.write(`hr${n}-118`, null)
      const { body } = await askForMove(server.url, it, { from, content: openContent([]) })
      if (body.generation === from.generation) from = { generation: body.generation, position: body.position }
      await new Promise(setImmediate)
    }
    expect(client.closeCode).toBe(CLOSE_CODES.moved)
    // Our move came when the log had what was acknowledged, and no more.
    const acknowledged = client.of('durable').at(-1)!
    expect(await it.place()).toEqual({ generation: 2, position: acknowledged.position + 1 })
    const entries = await readDocument(pool, it.ref)
    expect(entries?.tail).toEqual([])
  })
})

test('[G9] devices that come back at the same time after a move meet in one room', async () => {
  const it = await voter()
  // Never answers the close, so that the room that has ended stays as long as it can.
  await using silent = await connectSynced(server.url, it.accessToken)
  silent.socket.pause()
  const content = openContent([vote('hr1-119')])
  expect((await askForMove(server.url, it, { from: HERE, content })).status).toBe(200)
  const clients = await Promise.all(
    Array.from({ length: 12 }, () => connectSynced(server.url, it.accessToken, { query: at(2) })),
  )
  for (const [n, client] of clients.entries()) {
    registerWriter(client).write(`hr${n}-118`, null)
    await client.durable(1)
  }
  for (const [n, client] of clients.entries()) {
    await until(() => received(client).getArray(REGISTERS_ROOT).length === clients.length)
    expect([n, client.closeCode]).toEqual([n, undefined])
    await client[Symbol.asyncDispose]()
  }
})

describe('the content of a move', () => {
  const update = (edit: (doc: Y.Doc) => void) => {
    const doc = new Y.Doc()
    edit(doc)
    return Y.encodeStateAsUpdate(doc)
  }
  const incomplete = () => {
    const doc = new Y.Doc()
    doc.getArray(REGISTERS_ROOT).push([1])
    const before = Y.encodeStateVector(doc)
    doc.getArray(REGISTERS_ROOT).push([2])
    return Y.encodeStateAsUpdate(doc, before)
  }
  const random = (length: number) => Uint8Array.from({ length }, (_, n) => (n * 7919) % 251)

  test.each<[name: string, mode: 'open' | 'sealed', content: Uint8Array, status: number, code: string]>([
    ['no update', 'open', new Uint8Array([1, 2, 3]), 400, 'malformed-message'],
    ['nothing at all', 'open', new Uint8Array(), 400, 'malformed-message'],
    ['one that rests on another', 'open', incomplete(), 400, 'invalid-input'],
    ['another root', 'open', update(doc => doc.getArray('other').push([1])), 400, 'invalid-input'],
    [
      'a text as root',
      'open',
      update(doc => doc.getText(REGISTERS_ROOT).insert(0, 'x')),
      400,
      'invalid-input',
    ],
    [
      'an array in the array',
      'open',
      update(doc => doc.getArray(REGISTERS_ROOT).push([new Y.Array()])),
      400,
      'invalid-input',
    ],
    [
      'bytes in clear',
      'open',
      update(doc => doc.getArray(REGISTERS_ROOT).push([random(9)])),
      400,
      'invalid-input',
    ],
    ['registers under seal', 'sealed', openContent([vote('hr1-119')]), 400, 'invalid-input'],
    [
      'values under seal',
      'sealed',
      update(doc => doc.getArray(SEALED_ROOT).push(['x'])),
      400,
      'invalid-input',
    ],
    [
      'more than a document may have',
      'sealed',
      sealedContent([random(LIMITS.documentBytes)]),
      413,
      'too-large',
    ],
  ])('[G4] that is %s is refused and changes nothing', async (_name, mode, content, status, code) => {
    const it = await voter()
    const answer = await askForMove(server.url, it, { from: HERE, mode, content })
    expect([answer.status, answer.body.code]).toEqual([status, code])
    expect(await it.place()).toEqual(HERE)
  })

  test('[G4] counts for the person, and what it takes the place of does not', async () => {
    const it = await voter()
    const bytes = Math.floor(LIMITS.personBytes * 0.55)
    const content = sealedContent([random(bytes)])
    const move = { mode: 'sealed' as const, content }
    expect(await askForMove(server.url, it, { from: HERE, ...move })).toMatchObject({ status: 200 })
    expect(await askForMove(server.url, it, { from: { generation: 2, position: 2 }, ...move })).toMatchObject(
      { status: 200 },
    )
    const local = { generation: 0, position: 0 }
    expect(await askForMove(server.url, it, { from: local, ...move, document: 'notes' })).toMatchObject({
      status: 413,
      body: { code: 'too-large' },
    })
  })

  test.each<[name: string, body: unknown, document: string, status: number, code: string]>([
    ['no base64', { from: HERE, mode: 'open', content: 'AAA' }, 'votes', 400, 'invalid-input'],
    ['no place', { mode: 'open', content: 'AAA=' }, 'votes', 400, 'invalid-input'],
    ['a mode of its own', { from: HERE, mode: 'local', content: 'AAA=' }, 'votes', 400, 'invalid-input'],
    ['notes in the open', { from: HERE, mode: 'open', content: 'AAA=' }, 'notes', 403, 'forbidden'],
    [
      'a document of its own',
      { from: HERE, mode: 'open', content: 'AAA=' },
      'sofas',
      404,
      'unknown-document',
    ],
    ['a body that is too long', { content: 'A'.repeat(100_000) }, 'votes', 413, 'too-large'],
  ])('[G3] a request with %s is refused', async (_name, body, document, status, code) => {
    const { accessToken } = await server.register()
    const path = `/api/sync/${document}/generation`
    const answer = await server.call('POST', path, { token: accessToken, body })
    expect([answer.status, answer.body.code]).toEqual([status, code])
    expect((await server.call('POST', path, { body })).status).toBe(401)
  })
})

describe('sealing', () => {
  const ENVELOPES = [bytesOf('first envelope'), bytesOf('second envelope')]
  const SEALED = '?mode=sealed&generation=2'

  async function sealed() {
    const it = await voter()
    expect(await billIds(it.accessToken)).toEqual(['hr1-119'])
    const move = { from: HERE, mode: 'sealed' as const, content: sealedContent(ENVELOPES) }
    expect((await askForMove(server.url, it, move)).status).toBe(200)
    return it
  }

  test('[G8] leaves nothing that the server could read, and is written down', async () => {
    const it = await sealed()
    for (const [table, column] of [
      ['civic_votes', 'user_id'],
      ['user_topic_engagement', 'user_id'],
      ['document_projections', 'person_id'],
      ['document_updates', 'person_id'],
    ]) {
      const { rowCount } = await pool.query(`select from ${table} where ${column} = $1`, [it.id])
      expect([table, rowCount]).toEqual([table, 0])
    }
    expect(await billIds(it.accessToken)).toEqual(['document-sealed'])
    const write = { billId: 'hr8-118', choice: 'yes' }
    const answer = await server.call('POST', '/api/civic/vote', { token: it.accessToken, body: write })
    expect([answer.status, answer.body.code]).toEqual([409, 'document-sealed'])
    const uses = { recommendations: 'server' }
    await server.call('PUT', '/api/user/privacy', { token: it.accessToken, body: { uses } })
    const recommended = await server.call('GET', '/api/resources/recommended', { token: it.accessToken })
    expect(recommended.status).toBe(200)
    const { body } = await server.call('GET', '/api/user/data-export', { token: it.accessToken })
    expect(body.documents).toEqual([{ document: 'votes', generation: 2, mode: 'sealed', head: 2 }])
    expect(body.registers.votes).toEqual([])
    expect(body.account.consents.map(({ flags }: { flags: unknown }) => flags)).toEqual([
      { civicEngagementTracking: true },
      { modes: { votes: 'sealed' } },
      { uses },
    ])
  })

  test('[G8] can be undone by another move', async () => {
    const it = await sealed()
    const from = { generation: 2, position: 2 }
    await askForMove(server.url, it, { from, content: openContent([vote('hr1-119'), vote('hr2-119')]) })
    expect(await billIds(it.accessToken)).toEqual(['hr1-119', 'hr2-119'])
    const { body } = await server.call('GET', '/api/user/data-export', { token: it.accessToken })
    expect(body.account.consents.at(-1).flags).toEqual({ modes: { votes: 'open' } })
  })

  test('[G9] keeps stock clients out, and whoever does not know the generation', async () => {
    const it = await sealed()
    const closeCodeOf = async (query: string, durable = true) => {
      await using client = await connectRaw(server.url, 'votes', it.accessToken, { query, durable })
      return [await client.closed(), client.of('moved').map(({ generation }) => generation)]
    }
    expect(await closeCodeOf('', false)).toEqual([CLOSE_CODES.forbidden, []])
    expect(await closeCodeOf(SEALED, false)).toEqual([CLOSE_CODES.forbidden, []])
    expect(await closeCodeOf('?generation=2')).toEqual([CLOSE_CODES.forbidden, []])
    expect(await closeCodeOf('?mode=sealed')).toEqual([CLOSE_CODES.moved, [2]])
    expect(await closeCodeOf('?mode=sealed&generation=1')).toEqual([CLOSE_CODES.moved, [2]])
    expect(await closeCodeOf('?mode=open&generation=2')).toEqual([CLOSE_CODES.moved, [2]])
    // Who was not let in leaves no room behind.
    await until(async () => (await readMetric(server.url, 'wd_rooms')) === 0)
  })

  test('[G10] carries bytes from device to device, also through compaction and a restart', async () => {
    const it = await sealed()
    const doc = new Y.Doc()
    {
      await using one = await connectSynced(server.url, it.accessToken, { query: SEALED })
      await using two = await connectSynced(server.url, it.accessToken, { query: SEALED })
      Y.applyUpdate(doc, Y.encodeStateAsUpdate(received(one)))
      expect(doc.getArray(SEALED_ROOT).toArray()).toEqual(ENVELOPES)
      doc.on('update', update => one.send({ type: 'update', update }))
      for (let n = 0; n < 40; n++) doc.getArray(SEALED_ROOT).push([bytesOf(`envelope ${n}`)])
      doc.getArray(SEALED_ROOT).delete(0, 30)
      await one.durable(41)
      await until(() => two.of('update').length >= 41)
    }
    await until(async () => (await readDocument(pool, it.ref))?.tail.length === 0)
    await server.restart()
    await using fresh = await connectSynced(server.url, it.accessToken, { query: SEALED })
    const bytes = received(fresh).getArray<Uint8Array>(SEALED_ROOT).toArray()
    expect(bytes).toEqual(doc.getArray<Uint8Array>(SEALED_ROOT).toArray())
    expect(Buffer.from(bytes.at(-1)!).toString()).toBe('envelope 39')
    expect(received(fresh).share.has(REGISTERS_ROOT)).toBe(false)
  })

  test.each<[name: string, edit: (doc: Y.Doc) => void]>([
    ['registers', doc => doc.getArray(REGISTERS_ROOT).push([['hr1-119', 1, 'device01', null]])],
    ['text beside the bytes', doc => doc.getArray(SEALED_ROOT).push(['in clear'])],
    ['a type among the bytes', doc => doc.getArray(SEALED_ROOT).push([new Y.Map([['in', 'clear']])])],
    ['properties of the array', doc => doc.getMap(SEALED_ROOT).set('in', bytesOf('clear'))],
  ])('[G10] closes 4400 on %s, and nothing of it is stored', async (_name, edit) => {
    const it = await sealed()
    await using client = await connectSynced(server.url, it.accessToken, { query: SEALED })
    const doc = new Y.Doc()
    edit(doc)
    client.send({ type: 'update', update: Y.encodeStateAsUpdate(doc) })
    expect(await client.closed()).toBe(CLOSE_CODES.malformed)
    expect(await it.place()).toEqual({ generation: 2, position: 2 })
  })

  describe('a local document that a stock client is connected to', () => {
    async function stockOfLocal() {
      const person = await server.register()
      const client = await connectRaw(server.url, 'votes', person.accessToken, { durable: false })
      await client.nth('step1')
      return { ...person, client, [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() }
    }
    const headOf = async ({ user }: { user: { id: string } }) =>
      (await readDocument(pool, { personId: user.id, document: 'votes' }))?.head

    test('[G9] closes it 4409, when a device moves it', async () => {
      await using it = await stockOfLocal()
      const move = { from: { generation: 0, position: 0 }, mode: 'sealed' as const }
      const content = sealedContent(ENVELOPES)
      expect((await askForMove(server.url, it, { ...move, content })).status).toBe(200)
      expect(await it.client.closed()).toBe(CLOSE_CODES.moved)
    })

    test('[G9] closes it 4409, when a device connects that seals it', async () => {
      await using it = await stockOfLocal()
      await using client = await connectSynced(server.url, it.accessToken, {
        query: '?mode=sealed&generation=1',
      })
      expect(await it.client.closed()).toBe(CLOSE_CODES.moved)
      client.send({ type: 'update', update: sealedContent(ENVELOPES) })
      await client.durable(1)
    })

    test('[G10] takes nothing of it, when another server has sealed it and this one has not heard of it', async () => {
      await using it = await stockOfLocal()
      await pool.query(`insert into documents (person_id, document, mode) values ($1, 'votes', 'sealed')`, [
        it.user.id,
      ])
      it.client.send({ type: 'update', update: openContent([vote('hr1-119')]) })
      expect(await it.client.closed()).toBe(CLOSE_CODES.moved)
      expect(await headOf(it)).toBe(0)
    })
  })

  test('[P18] of a local document is done by the first connection that asks for it', async () => {
    const { accessToken } = await server.register()
    const query = '?mode=sealed&generation=1'
    await using stock = await connectRaw(server.url, 'notes', accessToken, { query, durable: false })
    expect(await stock.closed()).toBe(CLOSE_CODES.moved)
    await using client = await connectSynced(server.url, accessToken, { document: 'notes', query })
    client.send({ type: 'update', update: sealedContent(ENVELOPES) })
    await client.durable(1)
    const { body } = await server.call('GET', '/api/user/data-export', { token: accessToken })
    expect(body.documents).toMatchObject([{ document: 'notes', mode: 'sealed' }])
  })
})
