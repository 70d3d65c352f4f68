// Keys of the key store wrapped anew under another key of the keyring, while servers and clients go on.
import { spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { SessionResponse } from '@workforce-democracy/shared'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { insertDataKeys, type KeyScope } from '../../server/src/db/data-keys.ts'
import { createPool, type Pool } from '../../server/src/db/database.ts'
import { countWrapped, listKeyringIds } from '../../server/src/db/key-rotation.ts'
import { createDataKeys, dataKeyLabel } from '../../server/src/encryption/data-keys.ts'
import { checkKeyring, rotateKeys } from '../../server/src/encryption/key-rotation.ts'
import { createKeyring } from '../../server/src/encryption/keyring.ts'
import { loadServerKeys } from '../../server/src/encryption/server-keys.ts'
import { askForMove, openContent } from '../support/moves.ts'
import { createTestDatabases, type TestDatabases } from '../support/postgres.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const CLI = fileURLToPath(new URL('../../server/src/cli.ts', import.meta.url))
const OLD = { id: 'old', key: randomBytes(32) }
const NEXT = { id: 'next', key: randomBytes(32) }
const PLACE = { table: 'document_updates', column: 'data' } as const
/** Enough that a rotation takes many portions. */
const MANY = 12_000

const scopeOf = (personId: string, document = 'votes', generation = 1): KeyScope => ({
  ...{ personId, document, generation },
})

/** Data keys of nobody in particular, under the old key. */
async function addMany(pool: Pool, count: number): Promise<KeyScope[]> {
  const keyring = createKeyring([OLD])
  const scopes = Array.from({ length: count }, () => scopeOf(randomUUID()))
  await insertDataKeys(
    pool,
    scopes.map(scope => ({ ...scope, ...keyring.wrap(randomBytes(32), dataKeyLabel(scope)) })),
  )
  return scopes
}

/** How many keys are under each key of the keyring. */
const countsOf = async (pool: Pool) =>
  Object.fromEntries(
    (await countWrapped(pool)).map(({ keyringId, dataKeys, serverKeys }) => [
      keyringId,
      dataKeys + serverKeys,
    ]),
  )

describe('a rotation, as a process of its own', () => {
  let databases: TestDatabases
  let server: TestServer
  let keysPool: Pool
  let many: KeyScope[]
  const people: SessionResponse[] = []

  const startWith = (encryptionKeys: (typeof OLD)[], secrets: Partial<TestServer['config']> = {}) =>
    startTestServer({}, databases, { ...secrets, encryptionKeys })
  const castBy = async ({ accessToken }: SessionResponse, billId: string) => {
    const answer = await server.call('POST', '/api/civic/vote', {
      token: accessToken,
      body: { billId, choice: 'yes' },
    })
    expect(answer.status).toBe(200)
  }
  const billsOf = async ({ accessToken }: SessionResponse): Promise<string[]> => {
    const { body } = await server.call('GET', '/api/civic/votes?limit=100', { token: accessToken })
    return body.items.map(({ billId }: { billId: string }) => billId).sort()
  }
  const startRotation = () => {
    const child = spawn(process.execPath, ['--conditions=wd-source', '--import', 'tsx', CLI, 'rotate-keys'], {
      env: {
        PATH: process.env.PATH,
        DATABASE_URL: databases.databaseUrl,
        KEYS_DATABASE_URL: databases.keysDatabaseUrl,
        ENCRYPTION_KEYS: [NEXT, OLD].map(({ id, key }) => `${id}:${key.toString('base64')}`).join(','),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += chunk))
    return { child, output: () => output }
  }

  beforeAll(async () => {
    databases = await createTestDatabases()
    keysPool = createPool(databases.keysDatabaseUrl)
    server = await startWith([OLD])
    for (let n = 0; n < 3; n++) people.push(await server.register({ civicEngagementTracking: true }))
    for (const person of people) await castBy(person, 'hr1-119')
    many = await addMany(keysPool, MANY)
    const { jwtKeys } = server.config
    await server[Symbol.asyncDispose]()
    server = await startWith([NEXT, OLD], { jwtKeys })
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    await keysPool.end()
    await databases[Symbol.asyncDispose]()
  })

  test('[S5] before it a server without the old key does not start, and says which one it lacks', async () => {
    await expect(startWith([NEXT])).rejects.toMatchObject({
      code: 'invalid-config',
      detail: expect.stringMatching(/\bold\b/),
    })
  })

  test('[S4] killed in the middle it loses nothing, and everything goes on', async () => {
    const { child, output } = startRotation()
    await once(child.stdout, 'data')
    child.kill('SIGKILL')
    await once(child, 'close')
    const counts = await countsOf(keysPool)
    expect(counts.next).toBeGreaterThan(400)
    expect(counts.old).toBeGreaterThan(400)
    expect(output()).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}/)
    for (const person of people) expect(await billsOf(person)).toEqual(['hr1-119'])
  })

  test('[S4] run again it finishes, while people sign up, vote and move documents, and keys are destroyed', async () => {
    const destroyed: KeyScope[] = []
    const expected = new Map(people.map(person => [person, ['hr1-119']]))
    const [mover] = people
    let done = false
    const write = async () => {
      for (let n = 2; !done; n++) {
        const person = await server.register({ civicEngagementTracking: true })
        expected.set(person, [])
        for (const [each, bills] of [...expected].slice(-4)) {
          if (each === mover) continue
          await castBy(each, `hr${n}-119`)
          bills.push(`hr${n}-119`)
        }
      }
    }
    const move = async () => {
      let from = { generation: 1, position: 1 }
      for (let stamp = 1; !done; stamp++) {
        const value = { choice: 'yes', votedAt: '2026-01-01T00:00:00.000Z' }
        const content = openContent([{ key: 'hr1-119', stamp, device: 'moverxyz', value }])
        const { status, body } = await askForMove(server.url, mover!, { from, content })
        expect([200, 409]).toContain(status)
        from = { generation: body.generation, position: body.position }
      }
    }
    const destroy = async () => {
      const keys = createDataKeys({ pool: keysPool, keyring: createKeyring([NEXT, OLD]) })
      while (!done && many.length > 1000) {
        const gone = many.splice(Math.floor(Math.random() * (many.length - 20)), 20)
        await keys.destroy(gone)
        destroyed.push(...gone)
      }
    }
    const { child, output } = startRotation()
    const meanwhile = [write(), move(), destroy()]
    const [code] = await once(child, 'close')
    done = true
    await Promise.all(meanwhile)
    expect({ code, output: output() }).toMatchObject({
      code: 0,
      output: expect.stringContaining('0 left under old: it can be taken out of ENCRYPTION_KEYS'),
    })
    expect(output()).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}/)
    expect(destroyed.length).toBeGreaterThan(40)

    expect(await listKeyringIds(keysPool)).toEqual(['next'])
    const { rows } = await keysPool.query(
      `select count(*)::int as resurrected from data_keys
       join unnest($1::uuid[]) as gone (person_id) using (person_id) where wrapped is not null`,
      [destroyed.map(({ personId }) => personId)],
    )
    expect(rows[0].resurrected).toBe(0)

    // With the old key gone, everything is read.
    const { jwtKeys } = server.config
    await server[Symbol.asyncDispose]()
    server = await startWith([NEXT], { jwtKeys })
    for (const [person, bills] of expected) expect(await billsOf(person)).toEqual(bills.toSorted())
    const ciphers = await createDataKeys({ pool: keysPool, keyring: createKeyring([NEXT]) }).ciphersFor(many)
    expect(ciphers.every(cipher => cipher !== undefined)).toBe(true)
  })
})

describe('rotating', () => {
  let databases: TestDatabases
  let pool: Pool
  beforeAll(async () => {
    databases = await createTestDatabases()
    pool = createPool(databases.keysDatabaseUrl)
  })
  afterAll(async () => {
    await pool.end()
    await databases[Symbol.asyncDispose]()
  })

  test('[S4] keeps every key as it was, those of the server too, and a second run has nothing to do', async () => {
    const before = await loadServerKeys({ pool, keyring: createKeyring([OLD]) })
    const scopes = await addMany(pool, 70)
    const [sealed] = await createDataKeys({ pool, keyring: createKeyring([OLD]) }).ciphersFor(scopes)
    const value = sealed!.seal(Buffer.from('yes'), PLACE)
    const keyring = createKeyring([NEXT, OLD])
    const progress: number[] = []
    const result = await rotateKeys({ pool, keyring, batchSize: 8, onProgress: done => progress.push(done) })
    expect(result).toEqual({
      rotated: 73,
      damaged: 0,
      counts: [{ keyringId: 'next', dataKeys: 70, serverKeys: 3 }],
    })
    expect(progress).toEqual(progress.toSorted((a, b) => a - b))
    const [opened] = await createDataKeys({ pool, keyring: createKeyring([NEXT]) }).ciphersFor(scopes)
    expect(opened!.open(value, PLACE).toString()).toBe('yes')
    const after = await loadServerKeys({ pool, keyring: createKeyring([NEXT]) })
    expect(after.passwordKey).toEqual(before.passwordKey)
    expect(after.lookup.hash('x')).toEqual(before.lookup.hash('x'))
    expect(await rotateKeys({ pool, keyring })).toMatchObject({ rotated: 0 })
  })

  test('[S4] waits for a key that is being destroyed, and leaves it destroyed', async () => {
    const scopes = await addMany(pool, 5)
    const holder = await pool.connect()
    await holder.query('begin')
    await holder.query(
      `update data_keys set keyring_id = null, wrapped = null, destroyed_at = now() where person_id = $1`,
      [scopes[2]!.personId],
    )
    let rest = 0
    const rotation = rotateKeys({
      pool,
      keyring: createKeyring([NEXT, OLD]),
      onProgress: done => (rest = done),
    })
    await expect.poll(() => rest).toBe(4)
    await holder.query('commit')
    holder.release()
    expect(await rotation).toMatchObject({ rotated: 4, damaged: 0 })
    const { rows } = await pool.query('select wrapped, keyring_id from data_keys where person_id = $1', [
      scopes[2]!.personId,
    ])
    expect(rows).toEqual([{ wrapped: null, keyring_id: null }])
  })

  test('[S4] leaves a damaged key as it is, says so, and goes on with the others', async () => {
    const [broken, ...others] = await addMany(pool, 6)
    await pool.query(
      `update data_keys set wrapped = set_byte(wrapped, 20, 255 - get_byte(wrapped, 20)) where person_id = $1`,
      [broken!.personId],
    )
    const result = await rotateKeys({ pool, keyring: createKeyring([NEXT, OLD]), batchSize: 2 })
    expect(result).toMatchObject({ rotated: others.length, damaged: 1 })
    expect(await countsOf(pool)).toMatchObject({ old: 1 })
    await pool.query(`delete from data_keys where person_id = $1`, [broken!.personId])
  })

  test('[S5] changes nothing when the keyring lacks a key that is in use', async () => {
    await addMany(pool, 3)
    const before = await countsOf(pool)
    const keyring = createKeyring([NEXT])
    for (const work of [() => rotateKeys({ pool, keyring }), () => checkKeyring(pool, keyring)])
      await expect(work()).rejects.toMatchObject({
        code: 'invalid-config',
        detail: expect.stringMatching(/\bold\b/),
      })
    expect(await countsOf(pool)).toEqual(before)
  })
})
