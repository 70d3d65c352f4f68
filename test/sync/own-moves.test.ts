// When a server moves a document by itself, and when it must not; and that several servers do it once.
import { freshDocument, joinAll, type Register, RegisterArray, type State } from '@workforce-democracy/shared'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { createPool, type Pool } from '../../server/src/db/database.ts'
import { readDocument } from '../../server/src/db/document-log.ts'
import { leaseForStock } from '../../server/src/db/document-moves.ts'
import { createGenerations } from '../../server/src/documents/generations.ts'
import { createKeyDestructions } from '../../server/src/documents/key-destructions.ts'
import { createDataKeys } from '../../server/src/encryption/data-keys.ts'
import { createKeyring } from '../../server/src/encryption/keyring.ts'
import { decodeUpdate } from '../../server/src/sync/decoded-update.ts'
import { perform } from '../../server/src/sync/document-jobs.ts'
import { mayOutweigh, outweighs, weightOf } from '../../server/src/sync/history-weight.ts'
import { KnownState } from '../../server/src/sync/known-state.ts'
import { readMetric } from '../support/metrics.ts'
import { connectRaw } from '../support/raw-client.ts'
import { connectSynced, received, registerWriter } from '../support/register-writer.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

let server: TestServer
let other: TestServer
let pool: Pool
beforeAll(async () => {
  server = await startTestServer()
  other = await startTestServer({}, server.databases, server.config)
  pool = createPool(server.databases.databaseUrl)
})
afterAll(async () => {
  await pool.end()
  for (const each of [other, server]) await each[Symbol.asyncDispose]()
})

/**
 * A document with a history: keys written by one Yjs client, and written over so many times by others, one after the
 * other; by as many as there are writes, unless given.
 */
function historyOf(writes: number, keys = 10, clients = writes): { update: Uint8Array; state: State } {
  const registers = new RegisterArray(new Y.Doc())
  const state: State = new Map()
  const write = (n: number, stamp: number) => {
    const register = { key: `hr${n}-119`, stamp, device: 'device01', value: `vote ${stamp}` }
    registers.write([register])
    joinAll(state, [register])
  }
  for (let n = 0; n < keys; n++) write(n, 1)
  const ids = Array.from({ length: clients }, () => new Y.Doc().clientID)
  for (let n = 1; n <= writes; n++) {
    registers.doc.clientID = ids[n % clients]!
    write((n * 7) % keys, n + 1)
  }
  return { update: Y.encodeStateAsUpdate(registers.doc), state }
}

const HEAVY = historyOf(250)
const CONNECTED_HEAVY = historyOf(700)

async function person() {
  const { user, accessToken } = await server.register()
  const ref = { personId: user.id, document: 'votes' } as const
  return {
    accessToken,
    ref,
    stored: () => readDocument(pool, ref),
    generation: async () => (await readDocument(pool, ref))?.generation,
    /** Brings an update as a device that goes away again. */
    async bring(update: Uint8Array) {
      await using client = await connectRaw(server.url, 'votes', accessToken, { query: '?mode=open' })
      client.send({ type: 'step1', stateVector: new Uint8Array([0]) })
      client.send({ type: 'update', update })
      await client.durable(1)
    },
  }
}

const stateOf = (update: Uint8Array): ReadonlyMap<string, Register> => {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, update)
  return new RegisterArray(doc).state()
}

describe('the rule', () => {
  const fresh = (bytes: number) => ({ bytes, stateVectorBytes: 8 })

  test('[G5] with nobody connected: twice the bytes of a fresh document, or a state vector of a 64th of them', () => {
    const moves = (bytes: number, stateVectorBytes: number, freshBytes: number) =>
      outweighs({ bytes, stateVectorBytes }, fresh(freshBytes), 'idle')
    expect([moves(20_000, 500, 10_000), moves(20_001, 500, 10_000)]).toEqual([false, true])
    expect([moves(4_096, 500, 100), moves(4_097, 500, 100)]).toEqual([false, true])
    expect([moves(10_000, 512, 9_000), moves(10_000, 513, 9_000)]).toEqual([false, true])
    expect([moves(64_000, 1_000, 64_000), moves(64_000, 1_001, 64_000)]).toEqual([false, true])
  })

  test('[G5] with somebody connected: four times as much', () => {
    const moves = (bytes: number, stateVectorBytes: number) =>
      outweighs({ bytes, stateVectorBytes }, fresh(10_000), 'connected')
    expect([moves(80_000, 2_048), moves(80_001, 2_048), moves(80_000, 2_049)]).toEqual([false, true, true])
  })

  test('[G5] is not passed over where a short look says that it cannot apply', () => {
    let passedOver = 0
    for (const [writes, clients] of [1, 10, 40, 100, 250, 600].flatMap(
      n =>
        [
          [n, n],
          [n, 2],
        ] as const,
    )) {
      for (const keys of [1, 30, 200, 1_000]) {
        const { update, state } = historyOf(writes, keys, clients)
        const weigh = (bytes: Uint8Array) => {
          const decoded = decodeUpdate(bytes)
          const known = new KnownState()
          known.add(decoded)
          const parts = { update: bytes, summary: known.encode(), stateVector: known.encodeStateVector() }
          return { weight: weightOf(parts), structs: decoded.structs.length }
        }
        const { weight, structs } = weigh(
          perform('compact', { updates: [update], occupancy: 'sealed' }).update,
        )
        const isHeavy = outweighs(weight, weigh(freshDocument(state, 1)).weight, 'idle')
        if (!mayOutweigh(weight, structs)) passedOver++
        const isMissed = isHeavy && !mayOutweigh(weight, structs)
        expect([writes, clients, keys, isMissed]).toEqual([writes, clients, keys, false])
        expect(perform('compact', { updates: [update], occupancy: 'idle' }).isHeavy).toBe(isHeavy)
      }
    }
    expect(passedOver).toBeGreaterThan(10)
  })

  test.each([
    ['idle', HEAVY, true, true],
    ['connected', HEAVY, false, true],
    ['connected', CONNECTED_HEAVY, true, true],
    ['stock', CONNECTED_HEAVY, false, true],
    ['sealed', CONNECTED_HEAVY, false, false],
  ] as const)('[G5] is looked at while compacting: %s', (occupancy, { update, state }, isMoved, isHeavy) => {
    const compacted = perform('compact', { updates: [update], occupancy })
    expect([compacted.fresh !== undefined, compacted.isHeavy]).toEqual([isMoved, isHeavy])
    if (compacted.fresh) expect(stateOf(compacted.fresh.update)).toEqual(state)
  })

  test.each<[name: string, edit: (doc: Y.Doc) => void]>([
    ['another root', doc => doc.getMap('other').set('a', 1)],
    ['a malformed element', doc => doc.getArray('registers').push([['no register']])],
    ['a type among the registers', doc => doc.getArray('registers').push([new Y.Map()])],
    ['formatting', doc => doc.getText('registers').format(0, 3, { bold: true })],
    ['properties of the array', doc => doc.getMap('registers').set('a', 1)],
  ])('[G6] never applies to a document with %s', (_name, edit) => {
    const doc = new Y.Doc()
    Y.applyUpdate(doc, CONNECTED_HEAVY.update)
    const before = Y.encodeStateVector(doc)
    const copy = new Y.Doc()
    Y.applyUpdate(copy, CONNECTED_HEAVY.update)
    edit(copy)
    const updates = [CONNECTED_HEAVY.update, Y.encodeStateAsUpdate(copy, before)]
    expect(perform('compact', { updates, occupancy: 'idle' })).toMatchObject({
      fresh: undefined,
      isHeavy: false,
    })
  })
})

describe('a fresh document', () => {
  const register = fc.record(
    {
      key: fc.string({ minLength: 1, maxLength: 5, unit: 'grapheme' }),
      stamp: fc.integer({ min: 1, max: 9 }),
      device: fc.constantFrom('device01', 'device02', 'server'),
      value: fc.oneof(fc.constant(null), fc.string({ maxLength: 5, unit: 'grapheme' }), fc.integer()),
    },
    { noNullPrototype: true },
  )

  test('[G1] holds the same state, is the same for the same state, and has one client', () => {
    fc.assert(
      fc.property(fc.array(register), fc.integer({ min: 0, max: 2 ** 32 - 1 }), (registers, clientId) => {
        const state: State = new Map()
        joinAll(state, registers)
        const update = freshDocument(state, clientId)
        expect(stateOf(update)).toEqual(state)
        expect(freshDocument(new Map([...state].reverse()), clientId)).toEqual(update)
        const doc = new Y.Doc()
        Y.applyUpdate(doc, update)
        expect([...Y.decodeStateVector(Y.encodeStateVector(doc))]).toEqual(
          state.size ? [[clientId, state.size]] : [],
        )
      }),
    )
  })

  test('[G1] moved to any number of times, with writers of all generations, converges to the join', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('write' as const), replica: fc.nat(2), register }),
      fc.record({ kind: fc.constant('sync' as const), replica: fc.nat(2) }),
      fc.record({ kind: fc.constant('old copy' as const), replica: fc.nat(2) }),
      fc.record({ kind: fc.constant('move' as const) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), steps => {
        let server = new Y.Doc()
        const written: State = new Map()
        const replicas = [0, 1, 2].map(() => ({ doc: new Y.Doc(), joined: new Map() as State }))
        const sync = (n: number) => {
          const replica = replicas[n]!
          // As devices do: the old Yjs document goes, what the new one lacks is pushed as registers.
          replica.doc = new Y.Doc()
          Y.applyUpdate(replica.doc, Y.encodeStateAsUpdate(server))
          const registers = new RegisterArray(replica.doc)
          joinAll(replica.joined, registers.state().values())
          registers.write([...replica.joined.values()])
          registers.prune()
          Y.applyUpdate(server, Y.encodeStateAsUpdate(replica.doc))
        }
        for (const each of steps) {
          if (each.kind === 'write') {
            joinAll(replicas[each.replica]!.joined, [each.register])
            joinAll(written, [each.register])
          } else if (each.kind === 'sync') sync(each.replica)
          // As stock clients do, whatever generation their copy is of.
          else if (each.kind === 'old copy')
            Y.applyUpdate(server, Y.encodeStateAsUpdate(replicas[each.replica]!.doc))
          else {
            const next = new Y.Doc()
            Y.applyUpdate(next, freshDocument(new RegisterArray(server).state(), new Y.Doc().clientID))
            server = next
          }
        }
        for (const n of [0, 1, 2, 0, 1, 2]) sync(n)
        const states = [server, ...replicas.map(({ doc }) => doc)].map(doc => new RegisterArray(doc).state())
        for (const state of states) expect(state).toEqual(written)
      }),
    )
  })
})

describe('a server', () => {
  test('[G5] moves a document when all have left it, and keeps its state', async () => {
    const it = await person()
    await it.bring(HEAVY.update)
    const stored = await until(async () => {
      const document = await it.stored()
      return document?.generation === 2 ? document : undefined
    })
    expect(stored).toMatchObject({ head: 2, tail: [], snapshot: { position: 2 } })
    await using client = await connectSynced(server.url, it.accessToken, { query: '?mode=open&generation=2' })
    const doc = received(client)
    expect(new RegisterArray(doc).state()).toEqual(HEAVY.state)
    const [clientId] = [...Y.decodeStateVector(Y.encodeStateVector(doc)).keys()]
    expect(Y.decodeStateVector(Y.encodeStateVector(doc)).size).toBe(1)
    const old = new Y.Doc()
    Y.applyUpdate(old, HEAVY.update)
    expect(Y.decodeStateVector(Y.encodeStateVector(old)).has(clientId!)).toBe(false)
  })

  test('[G5] moves one that somebody has open only when it is four times as heavy', async () => {
    const it = await person()
    await using client = await connectSynced(server.url, it.accessToken)
    client.send({ type: 'update', update: HEAVY.update })
    await client.durable(1)
    const device = registerWriter(client)
    for (let n = 0; n < 500; n++) device.write('hr0-119', `again ${n}`)
    await until(async () => (await it.stored())?.snapshot)
    expect([await it.generation(), client.closeCode]).toEqual([1, undefined])
    client.send({ type: 'update', update: CONNECTED_HEAVY.update })
    for (let n = 0; n < 500; n++) device.write('hr0-119', `and again ${n}`)
    expect(await client.closed()).toBe(4409)
    expect(client.of('moved')).toEqual([{ type: 'moved', generation: 2 }])
  })

  test('[G5] moves what was too heavy while somebody was there, once nobody is, although nothing is new', async () => {
    const it = await person()
    {
      await using client = await connectSynced(server.url, it.accessToken)
      client.send({ type: 'update', update: HEAVY.update })
      const device = registerWriter(client)
      for (let n = 0; n < 499; n++) device.write(`hr0-119`, `again ${n}`)
      await until(async () => (await it.stored())?.tail.length === 0)
      expect(await it.generation()).toBe(1)
    }
    await until(async () => (await it.generation()) === 2)
  })

  test('[G6] never moves a document with other content, and compacts it all the same', async () => {
    const it = await person()
    const doc = new Y.Doc()
    Y.applyUpdate(doc, CONNECTED_HEAVY.update)
    doc.getText('essay').insert(0, 'something else')
    await it.bring(Y.encodeStateAsUpdate(doc))
    await until(async () => (await it.stored())?.tail.length === 0)
    expect(await it.generation()).toBe(1)
    await using client = await connectSynced(server.url, it.accessToken)
    expect(received(client).getText('essay').toString()).toBe('something else')
  })

  test('[G6] moves nothing while a stock client is connected to another server, and does when it is long gone', async () => {
    const it = await person()
    await it.bring(historyOf(2).update)
    {
      await using stock = await connectRaw(other.url, 'votes', it.accessToken, { durable: false })
      await until(() => stock.of('step1').length > 0)
      await it.bring(CONNECTED_HEAVY.update)
      await until(async () => (await it.stored())?.tail.length === 0)
      expect([await it.generation(), stock.closeCode]).toEqual([1, undefined])
    }
    // The word of it holds on for a while: a client that is cut off cannot take it back.
    const { rows } = await pool.query(
      'select extract(epoch from stock_until - now())::float8 as seconds from documents where person_id = $1',
      [it.ref.personId],
    )
    expect(rows[0].seconds).toBeGreaterThan(30)
    await pool.query(`update documents set stock_until = now() + interval '1 second' where person_id = $1`, [
      it.ref.personId,
    ])
    await it.bring(historyOf(12).update)
    await until(async () => (await it.generation()) === 2)
  })

  test('[G6] gives up a move of its own for a stock client that has come meanwhile; a device does not', async () => {
    const it = await person()
    await it.bring(historyOf(2).update)
    expect(await leaseForStock(pool, [{ ...it.ref, generation: 1 }])).toHaveLength(1)
    expect(await leaseForStock(pool, [{ ...it.ref, generation: 2 }])).toHaveLength(0)
    const keysPool = createPool(server.databases.keysDatabaseUrl, { max: 1 })
    const dataKeys = createDataKeys({ pool: keysPool, keyring: createKeyring(server.config.encryptionKeys) })
    const destructions = createKeyDestructions({ pool, keysPool, dataKeys })
    const generations = createGenerations({
      ...{ pool, dataKeys, destructions, nowMs: Date.now },
      onMoved: () => undefined,
    })
    const from = { generation: 1, position: 1 }
    const move = {
      from,
      mode: 'open',
      content: perform('compact', { updates: [HEAVY.update], occupancy: 'idle' }),
    } as const
    expect(await generations.move(it.ref, { ...move, byItself: true })).toEqual({ moved: false, ...from })
    expect(await generations.move(it.ref, move)).toEqual({ moved: true, generation: 2, position: 2 })
    await keysPool.end()
  })

  test('[G6] takes the word of a stock client also where that opens the document', async () => {
    const it = await person()
    await using stock = await connectRaw(server.url, 'votes', it.accessToken, { durable: false })
    stock.send({ type: 'update', update: historyOf(1).update })
    await until(async () => {
      const { rows } = await pool.query(
        'select stock_until > now() as leased from documents where person_id = $1',
        [it.ref.personId],
      )
      return rows[0]?.leased
    })
  })
})

describe('two servers', () => {
  const sumOf = async (metric: string) =>
    (await readMetric(server.url, metric)) + (await readMetric(other.url, metric))

  test('[I3] that are both asked for a document project it once', async () => {
    const it = await person()
    await it.bring(historyOf(20).update)
    const before = await sumOf('wd_projections_total')
    const answers = await Promise.all(
      [server, other, server, other].map(each =>
        each.call('GET', '/api/civic/votes', { token: it.accessToken }),
      ),
    )
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect(await sumOf('wd_projections_total')).toBe(before + 1)
  })
})
