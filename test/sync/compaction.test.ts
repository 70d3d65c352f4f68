// The log stays small, and what was deleted is gone from everything that is stored.
import { CLOSE_CODES, RegisterArray } from '@workforce-democracy/shared'
import { afterAll, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { inSnapshot, inTransaction } from '../../server/src/db/database.ts'
import { readDocument } from '../../server/src/db/document-log.ts'
import { type DocumentRef, holdDocument } from '../../server/src/db/documents.ts'
import { type CompactionOptions, compact } from '../../server/src/sync/compact-document.ts'
import { createDocumentWorker } from '../../server/src/sync/document-worker.ts'
import { connectSynced, received, registerWriter } from '../support/register-writer.ts'
import { startStoredServer } from '../support/stored-server.ts'
import { until } from '../support/until.ts'

const subject = await startStoredServer()
const { server, pool } = subject
afterAll(() => subject[Symbol.asyncDispose]())

const votesOf = (personId: string): DocumentRef => ({ personId, document: 'votes' })

/** Takes the claim of a compaction away, as when it has run out. */
const endClaim = (personId: string) =>
  pool.query('update documents set compacting_until = null where person_id = $1', [personId])

/** Everything that Postgres holds of a document, decrypted with the server's keys. */
async function storedText(personId: string): Promise<string> {
  const loaded = await inSnapshot(pool, async db => {
    const found = await subject.services().reader.read(db, votesOf(personId))
    const { rows } = await db.query(
      'select coalesce(sum(updates), 0)::int as updates from document_updates where person_id = $1',
      [personId],
    )
    expect(found?.tail.length).toBe(rows[0].updates)
    return found
  })
  const { snapshot, tail } = loaded!
  return Buffer.concat([
    ...(snapshot ? [snapshot.update, snapshot.summary!] : []),
    ...tail.map(({ update }) => update),
  ]).toString('latin1')
}

/** What a server compacts with; `onComputed` is called with each snapshot that it has computed. */
function compactor(onComputed: () => Promise<unknown>) {
  const worker = createDocumentWorker()
  const { dataKeys, reader, generations } = subject.services()
  const observed: typeof worker = {
    ...worker,
    async run(kind, input) {
      const output = await worker.run(kind, input)
      await onComputed()
      return output
    },
  }
  const metrics = { compacted: () => undefined }
  return {
    compact: (personId: string, options?: CompactionOptions) =>
      compact({ pool, dataKeys, reader, generations, metrics, worker: observed }, votesOf(personId), options),
    [Symbol.asyncDispose]: () => worker[Symbol.asyncDispose](),
  }
}

/** Compacts as the server does, but something happens between computing the snapshot and putting it in. */
async function compactWhile(personId: string, meanwhile: () => Promise<unknown>): Promise<void> {
  let computed = 0
  await using server = compactor(async () => ++computed === 1 && (await meanwhile()))
  await server.compact(personId)
}

test('after 500 updates the log is folded into a snapshot, and a new client gets the same document', async () => {
  const { user, accessToken } = await server.register()
  await using client = await connectSynced(server.url, accessToken)
  const device = registerWriter(client)
  for (let n = 0; n < 520; n++) device.write(`hr${(n % 10) + 1}-119`, `name ${n}`)
  await client.durable(520)
  const ref = votesOf(user.id)
  const stored = await until(async () => {
    const document = await readDocument(pool, ref)
    return document?.snapshot ? document : undefined
  })
  expect(stored.head).toBe(520)
  expect(stored.snapshot?.position).toBeGreaterThanOrEqual(500)
  expect(stored.tail.map(({ position }) => position)).toEqual(
    Array.from({ length: 520 - stored.snapshot!.position }, (_, n) => stored.snapshot!.position + n + 1),
  )
  await using fresh = await connectSynced(server.url, accessToken)
  expect(new RegisterArray(received(fresh)).state()).toEqual(device.registers.state())
})

test('what was superseded is gone from snapshot and log once nobody has the document open', async () => {
  const { user, accessToken } = await server.register()
  {
    await using client = await connectSynced(server.url, accessToken)
    const device = registerWriter(client)
    device.write('hr1-119', 'a secret that was overwritten')
    await client.durable(1)
    expect(await storedText(user.id)).toContain('a secret that was overwritten')
    device.write('hr1-119', 'what stands now')
    await client.durable(2)
  }
  await until(async () => !(await storedText(user.id)).includes('a secret that was overwritten'))
  expect(await storedText(user.id)).toContain('what stands now')
})

test('what was superseded over HTTP alone is gone, too, and the log of such a document stays short', async () => {
  const { user, accessToken: token } = await server.register({ civicEngagementTracking: true })
  const vote = (n: number) => ({
    billId: 'us-zz:unlisted-7',
    choice: 'yes',
    billName: `Superseded ${n} times`,
  })
  for (let n = 0; n < 40; n++) await server.call('POST', '/api/civic/vote', { token, body: vote(n) })
  await until(async () => !(await storedText(user.id)).includes('Superseded 3 times'))
  expect(await storedText(user.id)).toContain('Superseded 39 times')
})

test('[P12] what is committed while a snapshot is computed stays in the log, whole', async () => {
  const { user, accessToken } = await server.register()
  await using client = await connectSynced(server.url, accessToken)
  const device = registerWriter(client)
  device.write('hr1-119', 'before')
  await client.durable(1)
  await compactWhile(user.id, async () => {
    device.write('hr2-119', 'meanwhile')
    await client.durable(2)
  })
  const stored = await readDocument(pool, votesOf(user.id))
  expect(stored?.snapshot?.position).toBe(1)
  expect(stored?.tail.map(({ position }) => position)).toEqual([2])
  await using fresh = await connectSynced(server.url, accessToken)
  expect(new RegisterArray(received(fresh)).state()).toEqual(device.registers.state())
})

test('what is deleted while a snapshot is computed is gone with the next one', async () => {
  const { user, accessToken } = await server.register()
  await using client = await connectSynced(server.url, accessToken)
  const device = registerWriter(client)
  device.write('hr1-119', 'a secret that is overwritten late')
  await client.durable(1)
  await compactWhile(user.id, async () => {
    device.write('hr1-119', 'what stands now')
    await client.durable(2)
  })
  expect(await storedText(user.id)).toContain('a secret that is overwritten late')
  await compactWhile(user.id, async () => undefined)
  expect(await storedText(user.id)).not.toContain('a secret that is overwritten late')
  expect(await storedText(user.id)).toContain('what stands now')
})

test('a compaction that another one overtook starts again, and deletes nothing that is not in its snapshot', async () => {
  const { user, accessToken } = await server.register()
  await using client = await connectSynced(server.url, accessToken)
  const device = registerWriter(client)
  device.write('hr1-119', 'first')
  await client.durable(1)
  await compactWhile(user.id, async () => {
    device.write('hr2-119', 'second')
    await client.durable(2)
    await endClaim(user.id)
    await compactWhile(user.id, async () => undefined)
    device.write('hr3-119', 'third')
    await client.durable(3)
  })
  const stored = await readDocument(pool, votesOf(user.id))
  expect([stored?.snapshot?.position, stored?.tail.length]).toEqual([3, 0])
  await using fresh = await connectSynced(server.url, accessToken)
  expect(new RegisterArray(received(fresh)).state()).toEqual(device.registers.state())
})

describe('[I3] of several servers that want to compact a document', () => {
  /** A person with ten updates in the log and a client that is still connected, and three servers. */
  async function three(onComputed: () => Promise<unknown>) {
    const { user, accessToken } = await server.register()
    const client = await connectSynced(server.url, accessToken)
    const device = registerWriter(client)
    for (let n = 1; n <= 10; n++) device.write('hr1-119', `${n}`)
    await client.durable(10)
    const servers = [1, 2, 3].map(() => compactor(onComputed))
    return {
      ...{ user, accessToken, client, device, servers },
      async [Symbol.asyncDispose]() {
        for (const each of [client, ...servers]) await each[Symbol.asyncDispose]()
      },
    }
  }

  test.each([true, false])('one does, and it is enough for all (takes all: %s)', async takesAll => {
    let computed = 0
    await using it = await three(async () => ++computed)
    const sizes = await Promise.all(it.servers.map(each => each.compact(it.user.id, { takesAll })))
    expect(computed).toBe(1)
    const stored = await readDocument(pool, votesOf(it.user.id))
    expect([stored?.snapshot?.position, stored?.tail.length]).toEqual([10, 0])
    expect(sizes.every(({ snapshotBytes }) => snapshotBytes > 0)).toBe(true)
  })

  test('another does it again only for what the first has not taken in and must not wait', async () => {
    let computed = 0
    const others: Promise<unknown>[] = []
    /** Asked for each time they look: twice means that they were kept waiting. */
    const looks = [0, 0]
    await using it = await three(async () => {
      if (++computed > 1) return
      it.device.write('hr2-119', 'meanwhile')
      await it.client.durable(11)
      for (const [n, takesAll] of [false, true].entries()) {
        const isStopping = () => ++looks[n]! < 0
        others.push(it.servers[n + 1]!.compact(it.user.id, { takesAll, isStopping }))
      }
      await until(() => looks.every(count => count >= 2))
    })
    await it.servers[0]!.compact(it.user.id)
    await Promise.all(others)
    expect(computed).toBe(2)
    expect((await readDocument(pool, votesOf(it.user.id)))?.snapshot?.position).toBe(11)
  })

  test('the next does when the first has gone without a word', async () => {
    let computed = 0
    await using it = await three(async () => ++computed)
    await pool.query(
      `update documents set compacting_until = now() + interval '300 milliseconds' where person_id = $1`,
      [it.user.id],
    )
    await Promise.all(it.servers.map(each => each.compact(it.user.id, { takesAll: false })))
    expect(computed).toBe(1)
  })
})

test('nobody who writes waits for a compaction that is being stored', async () => {
  const { user, accessToken } = await server.register()
  await using client = await connectSynced(server.url, accessToken)
  const device = registerWriter(client)
  device.write('hr1-119', 'before')
  await client.durable(1)
  await inTransaction(pool, async db => {
    expect((await holdDocument(db, votesOf(user.id)))?.generation).toBe(1)
    device.write('hr2-119', 'meanwhile')
    await client.durable(2)
  })
})

describe('the summary of a snapshot', () => {
  /** A person whose document lies in a snapshot, with nobody connected. */
  async function compactedPerson() {
    const { user, accessToken } = await server.register()
    const doc = new Y.Doc()
    {
      await using client = await connectSynced(server.url, accessToken)
      const device = registerWriter(client)
      for (const n of [1, 2, 3]) device.write(`hr${n}-119`, `name ${n}`)
      device.write('hr1-119', 'another name')
      await client.durable(4)
      Y.applyUpdate(doc, Y.encodeStateAsUpdate(device.registers.doc))
    }
    await until(async () => (await readDocument(pool, votesOf(user.id)))?.tail.length === 0)
    return { user, accessToken, doc }
  }

  test.each(['with', 'without'])('[P12] a document %s it knows again what it holds', async summary => {
    const { user, accessToken, doc } = await compactedPerson()
    expect((await readDocument(pool, votesOf(user.id)))?.snapshot?.summary).toBeDefined()
    if (summary === 'without')
      await pool.query('update document_snapshots set summary = null where person_id = $1', [user.id])
    await using client = await connectSynced(server.url, accessToken)
    expect(client.of('step1')[0]?.stateVector).toEqual(Y.encodeStateVector(doc))
    client.send({ type: 'update', update: Y.encodeStateAsUpdate(doc) })
    await client.durable(1)
    expect((await readDocument(pool, votesOf(user.id)))?.head).toBe(4)
    const before = Y.encodeStateVector(doc)
    doc.getArray('registers').push([['hr9-119', 99, 'device01', 'new']])
    client.send({ type: 'update', update: Y.encodeStateAsUpdate(doc, before) })
    await client.durable(2)
    expect((await readDocument(pool, votesOf(user.id)))?.head).toBe(5)
  })

  test.each([
    ['damaged', 'set_byte(summary, 15, get_byte(summary, 15) # 1), position'],
    ['of another position', 'summary, position + 1'],
  ])('that is %s is refused', async (_name, values) => {
    const { user, accessToken } = await compactedPerson()
    await pool.query(
      `update document_snapshots set (summary, position) = (select ${values}) where person_id = $1`,
      [user.id],
    )
    await using client = await connectSynced(server.url, accessToken)
    expect(await client.closed()).toBe(CLOSE_CODES.overloaded)
  })
})
