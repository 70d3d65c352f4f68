// Open documents with other content than registers: stored and relayed unharmed, and never taken for registers.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { REGISTERS_ROOT, type RegisterEntry } from '@workforce-democracy/shared'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { connectRaw, type RawClient } from '../support/raw-client.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { openStoredDocuments, type StoredDocuments } from '../support/stored-documents.ts'
import { until } from '../support/until.ts'

let server: TestServer
let stored: StoredDocuments
beforeAll(async () => {
  server = await startTestServer()
  stored = openStoredDocuments(server)
})
afterAll(async () => {
  await stored[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

const OPEN = '?mode=open&generation=1'

async function connected(token: string): Promise<RawClient> {
  const client = await connectRaw(server.url, 'votes', token, { query: OPEN })
  client.send({ type: 'step1', stateVector: new Uint8Array([0]) })
  await client.nth('step2')
  return client
}

/** A Yjs document whose edits go to the server one by one. */
async function editor(token: string) {
  const client = await connected(token)
  const doc = new Y.Doc()
  let sent = 0
  doc.on('update', update => {
    sent++
    client.send({ type: 'update', update })
  })
  return {
    client,
    doc,
    durable: () => client.durable(sent),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  }
}

/** The document that a client was sent. */
function received(client: RawClient): Y.Doc {
  const doc = new Y.Doc()
  for (const message of client.messages) {
    if (message.type === 'update' || message.type === 'step2') Y.applyUpdate(doc, message.update)
  }
  return doc
}

/** What a document holds, however it came together. */
function contentOf(doc: Y.Doc) {
  expect(doc.store.pendingStructs ?? doc.store.pendingDs).toBeNull()
  const copy = new Y.Doc()
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc))
  return {
    vector: Y.decodeStateVector(Y.encodeStateVector(copy)),
    update: Buffer.from(Y.encodeStateAsUpdate(copy)).toString('base64'),
  }
}

const vote = (billId: string, stamp = 1): RegisterEntry => [
  billId,
  stamp,
  'device01',
  { choice: 'yes', votedAt: '2026-01-01T00:00:00Z' },
]

const billIds = async (token: string): Promise<string[]> => {
  const { body } = await server.call('GET', '/api/civic/votes', { token })
  return body.items.map((item: { billId: string }) => item.billId).sort()
}

describe('only elements of the array of registers are projected', () => {
  test.each<[name: string, edit: (doc: Y.Doc) => void]>([
    ['an array under another name', doc => doc.getArray('other').push([vote('hr9-119')])],
    ['an array in an array', doc => doc.getArray('other').push([Y.Array.from([vote('hr9-119')])])],
    [
      'an array in the array of registers',
      doc => doc.getArray(REGISTERS_ROOT).push([Y.Array.from([vote('hr9-119')])]),
    ],
    [
      'the properties of the array of registers',
      doc => {
        const map = new Y.Doc()
        map.getMap(REGISTERS_ROOT).set('key', vote('hr9-119'))
        Y.applyUpdate(doc, Y.encodeStateAsUpdate(map))
      },
    ],
  ])('%s', async (_name, edit) => {
    const { accessToken } = await server.register()
    await using one = await editor(accessToken)
    const registers = one.doc.getArray<unknown>(REGISTERS_ROOT)
    registers.push([vote('hr1-119')])
    await one.durable()
    expect(await billIds(accessToken)).toEqual(['hr1-119'])
    edit(one.doc)
    await one.durable()
    expect(await billIds(accessToken)).toEqual(['hr1-119'])
    registers.push([vote('hr2-119')])
    // What follows another element names only that one, in an update of its own.
    const other = one.doc.getArray<unknown>('other')
    const followed = other.get(0) instanceof Y.Array ? (other.get(0) as Y.Array<unknown>) : other
    followed.push([vote('hr8-119')])
    await one.durable()
    expect(await billIds(accessToken)).toEqual(['hr1-119', 'hr2-119'])
  })
})

const CRDT = new URL('../../../shared/data/crdt/', import.meta.url)
const TRACE = new URL('sequential_traces_automerge-paper.json.gz', CRDT)
const files = existsSync(CRDT) ? readdirSync(CRDT).filter(name => name.endsWith('.bin')) : []
if (files.length === 0)
  console.log('foreign-content: ../shared/data/crdt is absent, its documents are skipped')

describe.skipIf(files.length === 0)('documents of a real editor', () => {
  test.each(files)(
    '%s goes through unharmed: to another client, after compaction and a restart',
    async name => {
      const { user, accessToken } = await server.register()
      const doc = new Y.Doc()
      Y.applyUpdate(doc, readFileSync(new URL(name, CRDT)))
      const content = contentOf(doc)
      await using one = await connected(accessToken)
      await using two = await connected(accessToken)
      one.send({ type: 'step2', update: Y.encodeStateAsUpdate(doc) })
      await one.durable(1)
      await until(() => two.of('update').length > 0)
      expect(contentOf(received(two))).toEqual(content)

      doc.on('update', update => one.send({ type: 'update', update }))
      doc.getArray(REGISTERS_ROOT).push([vote('hr1-119')])
      await one.durable(2)
      expect(await billIds(accessToken)).toEqual(['hr1-119'])
      await stored.compact({ personId: user.id, document: 'votes' })
      await server.restart()
      await using three = await connected(accessToken)
      expect(three.of('update')).toHaveLength(1)
      expect(contentOf(received(three))).toEqual(contentOf(doc))
      expect(await billIds(accessToken)).toEqual(['hr1-119'])
    },
  )
})

type Edit = [at: number, deleted: number, inserted: string]

test.skipIf(!existsSync(TRACE))('the first edits of a real paper go through as they were typed', async () => {
  const EDITS = 3_000
  const { user, accessToken } = await server.register()
  const trace: { txns: { patches: Edit[] }[]; startContent: string } = JSON.parse(
    gunzipSync(readFileSync(TRACE)).toString(),
  )
  await using one = await editor(accessToken)
  await using two = await connected(accessToken)
  const text = one.doc.getText('paper')
  for (const [at, deleted, inserted] of trace.txns.slice(0, EDITS).flatMap(({ patches }) => patches)) {
    text.delete(at, deleted)
    text.insert(at, inserted)
  }
  await one.durable()
  expect(one.client.closeCode).toBeUndefined()
  await until(() => two.of('durable').at(-1)?.position === one.client.of('durable').at(-1)?.position)
  expect(received(two).getText('paper').toString()).toBe(text.toString())
  await stored.compact({ personId: user.id, document: 'votes' })
  await using three = await connected(accessToken)
  expect(received(three).getText('paper').toString()).toBe(text.toString())
})
