// The data keys of old generations: destroyed before anybody is told, by whichever server is left to do it.
import { REGISTERS_ROOT, type SessionResponse } from '@workforce-democracy/shared'
import pg from 'pg'
import { pino } from 'pino'
import { afterAll, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import type { KeyScope } from '../../server/src/db/data-keys.ts'
import { createPool, type Pool } from '../../server/src/db/database.ts'
import { createDocumentReader } from '../../server/src/documents/document-reader.ts'
import { createKeyDestructions } from '../../server/src/documents/key-destructions.ts'
import type { DataKeys } from '../../server/src/encryption/data-keys.ts'
import { createUpdateLog } from '../../server/src/sync/update-log.ts'
import { askForMove, openContent } from '../support/moves.ts'
import { registerPerson } from '../support/people.ts'
import { createTestDatabases } from '../support/postgres.ts'
import { connectSynced, registerWriter } from '../support/register-writer.ts'
import { startServerProcess } from '../support/server-process.ts'
import { startStoredServer } from '../support/stored-server.ts'
import { createTemporaryDirectory } from '../support/temporary-directory.ts'
import { until } from '../support/until.ts'

const subject = await startStoredServer()
const { server, pool, keysPool } = subject
afterAll(() => subject[Symbol.asyncDispose]())

const FROM = { generation: 1, position: 1 }

/** One vote at position 1. */
async function castOne(url: string, { user, accessToken }: SessionResponse) {
  await using client = await connectSynced(url, accessToken)
  registerWriter(client).write('hr1-119', 'secret')
  await client.durable(1)
  return { personId: user.id, document: 'votes', generation: 1 } as const
}

/** Holds the row of a key, so that it cannot be destroyed before this is disposed. */
async function holdKey(keysDatabaseUrl: string, { personId, document, generation }: KeyScope) {
  const client = new pg.Client({ connectionString: keysDatabaseUrl })
  await client.connect()
  await client.query('begin')
  const { rowCount } = await client.query(
    'select from data_keys where person_id = $1 and document = $2 and generation = $3 for update',
    [personId, document, generation],
  )
  expect(rowCount).toBe(1)
  return { [Symbol.asyncDispose]: () => client.end() }
}

const keyOf = async (keys: Pool, { personId, document, generation }: KeyScope) => {
  const { rows } = await keys.query<{ wrapped: Buffer | null }>(
    'select wrapped from data_keys where person_id = $1 and document = $2 and generation = $3',
    [personId, document, generation],
  )
  return rows[0] && (rows[0].wrapped ? 'there' : 'destroyed')
}

const generationOf = async (data: Pool, { personId, document }: KeyScope) => {
  const { rows } = await data.query<{ generation: number }>(
    'select generation from documents where person_id = $1 and document = $2',
    [personId, document],
  )
  return rows[0]?.generation
}

const orderOf = async (data: Pool, { personId, document, generation }: KeyScope) => {
  const { rows } = await data.query<{ done_at: Date | null }>(
    'select done_at from data_key_destructions where person_id = $1 and document = $2 and generation = $3',
    [personId, document, generation],
  )
  return rows[0] && (rows[0].done_at ? 'done' : 'open')
}

/** Data keys as another server holds them. */
const openDataKeys = (): DataKeys => subject.services().dataKeys

test('[G7] a mover is answered when the old key is destroyed, not before; and so is who is refused', async () => {
  const person = await server.register()
  const scope = await castOne(server.url, person)
  const answered: number[] = []
  const ask = async () => {
    const { status } = await askForMove(server.url, person, { from: FROM, content: openContent([]) })
    answered.push(status)
  }
  const held = await holdKey(server.databases.keysDatabaseUrl, scope)
  const first = ask()
  await until(async () => (await generationOf(pool, scope)) === 2)
  const second = ask()
  await until(async () => {
    const { rows } = await keysPool.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
    return rows.length >= 2
  })
  expect(answered).toEqual([])
  expect([await keyOf(keysPool, scope), await orderOf(pool, scope)]).toEqual(['there', 'open'])
  await held[Symbol.asyncDispose]()
  await Promise.all([first, second])
  expect(answered.sort()).toEqual([200, 409])
  expect([await keyOf(keysPool, scope), await orderOf(pool, scope)]).toEqual(['destroyed', 'done'])
  expect(await keyOf(keysPool, { ...scope, generation: 2 })).toBe('there')
})

test('[G7] a server that is killed between the move and the destruction leaves that to the next', async () => {
  await using databases = await createTestDatabases()
  await using directory = await createTemporaryDirectory()
  await using process = await startServerProcess({ dataDir: directory.path, ...databases })
  const [data, keys] = [databases.databaseUrl, databases.keysDatabaseUrl].map(url =>
    createPool(url, { max: 1 }),
  )
  try {
    const person = await registerPerson(process.url)
    const scope = await castOne(process.url, person)
    const held = await holdKey(databases.keysDatabaseUrl, scope)
    const cutOff = askForMove(process.url, person, { from: FROM, content: openContent([]) }).catch(
      () => 'cut off',
    )
    await until(async () => (await generationOf(data!, scope)) === 2)
    await process.kill('SIGKILL')
    expect(await cutOff).toBe('cut off')
    expect([await keyOf(keys!, scope), await orderOf(data!, scope)]).toEqual(['there', 'open'])
    // What it had asked the key store for goes with it.
    await keys!.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`)
    await held[Symbol.asyncDispose]()
    expect(await keyOf(keys!, scope)).toBe('there')
    await process.start()
    await until(async () => (await orderOf(data!, scope)) === 'done')
    expect(await keyOf(keys!, scope)).toBe('destroyed')
  } finally {
    await Promise.all([data, keys].map(each => each?.end()))
  }
}, 60_000)

describe('another server', () => {
  test('[G7] has no destroyed key in memory after its next look', async () => {
    const scope = await castOne(server.url, await server.register())
    const dataKeys = openDataKeys()
    const destructions = createKeyDestructions({ pool, keysPool, dataKeys })
    await destructions.look()
    expect(await dataKeys.existing(scope)).toBeDefined()
    await pool.query(
      'insert into data_key_destructions (person_id, document, generation, done_at) values ($1, $2, $3, now())',
      [scope.personId, scope.document, scope.generation],
    )
    await openDataKeys().destroy([scope])
    expect(await dataKeys.existing(scope)).toBeDefined()
    await destructions.look()
    expect(await dataKeys.existing(scope)).toBeUndefined()
  })

  test('[G7] that has not looked for longer than orders are kept forgets all keys', async () => {
    const scope = await castOne(server.url, await server.register())
    const dataKeys = openDataKeys()
    let nowIsLater = false
    const later = new Proxy(pool, {
      get(target, property) {
        if (property !== 'query') return Reflect.get(target, property)
        return (sql: string, values: unknown[]) =>
          target.query(nowIsLater ? sql.replaceAll('now()', `(now() + interval '2 hours')`) : sql, values)
      },
    })
    const destructions = createKeyDestructions({ pool: later, keysPool, dataKeys })
    await destructions.look()
    expect(await dataKeys.existing(scope)).toBeDefined()
    await openDataKeys().destroy([scope])
    await destructions.look()
    expect(await dataKeys.existing(scope)).toBeDefined()
    nowIsLater = true
    await destructions.look()
    expect(await dataKeys.existing(scope)).toBeUndefined()
  })

  test('[G7] that still knows the old generation makes no key for it, and is told that it moved', async () => {
    const person = await server.register()
    const { user } = person
    const target = { personId: user.id, document: 'votes', generation: 1 } as const
    const dataKeys = openDataKeys()
    // Opened, and moved before anything was written: there never was a key.
    await pool.query(`insert into documents (person_id, document, mode) values ($1, 'votes', 'open')`, [
      user.id,
    ])
    const from = { generation: 1, position: 0 }
    expect(await askForMove(server.url, person, { from, content: openContent([]) })).toMatchObject({
      status: 200,
    })
    const logger = pino({ level: 'silent' })
    await using log = createUpdateLog({ pool, dataKeys, metrics: { committed: () => undefined }, logger })
    const doc = new Y.Doc()
    doc.getArray(REGISTERS_ROOT).push([1])
    const other = await castOne(server.url, await server.register())
    const bases = await Promise.all(
      [target, other].map(each => log.append(each, [Y.encodeStateAsUpdate(doc)])),
    )
    expect(bases).toEqual(['moved', 1])
    expect(await keyOf(keysPool, target)).toBe('destroyed')
  })
})

describe('who reads while a key goes', () => {
  test('[G7] reads again', async () => {
    const person = await server.register()
    const scope = await castOne(server.url, person)
    const dataKeys = openDataKeys()
    let moved = false
    const reader = createDocumentReader({
      dataKeys: {
        ...dataKeys,
        async existing(wanted) {
          if (!moved) {
            moved = true
            await askForMove(server.url, person, { from: FROM, content: openContent([]) })
          }
          return dataKeys.existing(wanted)
        },
      },
    })
    expect(await reader.read(pool, scope)).toMatchObject({ generation: 2, head: 2, tail: [] })
  })

  test('[G7] is told of a key that is missing although nothing moved', async () => {
    const scope = await castOne(server.url, await server.register())
    await openDataKeys().destroy([scope])
    const reader = createDocumentReader({ dataKeys: openDataKeys() })
    await expect(reader.read(pool, scope)).rejects.toMatchObject({ code: 'internal' })
  })

  test('[G7] is answered with everything over HTTP, however often the document moves meanwhile', async () => {
    const person = await server.register({ civicEngagementTracking: true })
    const { accessToken } = person
    const vote = (n: number) => ({
      ...{ key: `hr${n}-119`, stamp: n, device: 'device01' },
      value: { choice: 'yes', votedAt: '2026-01-01T00:00:00Z' },
    })
    const content = openContent([1, 2, 3].map(vote))
    let from = { generation: 1, position: 0 }
    let moves = 0
    let reading = true
    const move = async () => {
      while (reading) {
        const { status, body } = await askForMove(server.url, person, { from, content })
        expect([200, 409]).toContain(status)
        if (status === 200) moves++
        from = { generation: body.generation, position: body.position }
      }
    }
    const moving = (async () => {
      await askForMove(server.url, person, { from, content })
      await Promise.all([move(), move()])
    })()
    await until(() => moves > 1)
    for (let n = 0; n < 20 || moves <= 10; n++) {
      const [votes, exported, cast] = await Promise.all([
        server.call('GET', '/api/civic/votes', { token: accessToken }),
        server.call('GET', '/api/user/data-export', { token: accessToken }),
        server.call('POST', '/api/civic/vote', {
          token: accessToken,
          body: { billId: 'hr1-119', choice: 'no' },
        }),
      ])
      expect([votes.status, exported.status, cast.status]).toEqual([200, 200, 200])
      expect(votes.body.items).toHaveLength(3)
      expect(exported.body.registers.votes).toHaveLength(3)
    }
    reading = false
    await moving
  })
})
