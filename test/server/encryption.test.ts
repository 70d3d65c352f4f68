// Encryption at rest: keys, what they seal, and what they refuse to open.
import { randomBytes, randomUUID } from 'node:crypto'
import { errorCode } from '@workforce-democracy/shared'
import fc from 'fast-check'
import type { QueryConfig } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findDataKeys, insertDataKeys } from '../../server/src/db/data-keys.ts'
import { createPool, type Pool } from '../../server/src/db/database.ts'
import { createDataKeys, type DataKeys, type KeyScope } from '../../server/src/encryption/data-keys.ts'
import { encodeParts } from '../../server/src/encryption/encode-parts.ts'
import { createKeyring, type Keyring } from '../../server/src/encryption/keyring.ts'
import { createLookup } from '../../server/src/encryption/lookup.ts'
import { loadServerKeys } from '../../server/src/encryption/server-keys.ts'
import { createTestDatabases, type TestDatabases } from '../support/postgres.ts'

const PLACE = { table: 'document_updates', column: 'data' } as const
const key = () => randomBytes(32)
const votes = (): KeyScope => ({ personId: randomUUID(), document: 'votes', generation: 1 })
const text = (value: string) => new TextEncoder().encode(value)
const codeOf = (work: () => unknown) => {
  try {
    work()
  } catch (error) {
    return errorCode(error)
  }
  return 'opened'
}

let databases: TestDatabases
let pool: Pool
let keyring: Keyring
let dataKeys: DataKeys

beforeAll(async () => {
  databases = await createTestDatabases()
  pool = createPool(databases.keysDatabaseUrl)
  keyring = createKeyring([{ id: 'k1', key: key() }])
  dataKeys = createDataKeys({ pool, keyring })
})

afterAll(async () => {
  await pool.end()
  await databases[Symbol.asyncDispose]()
})

/** A pool that counts the queries it is given. */
function counting(): { pool: Pool; count(): number } {
  let queries = 0
  const counted = new Proxy(pool, {
    get(target, property) {
      if (property === 'query') queries++
      const value = Reflect.get(target, property)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return { pool: counted, count: () => queries }
}

describe('a data cipher', () => {
  test('opens what it sealed in the same place', async () => {
    const cipher = await dataKeys.cipherFor(votes())
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.option(fc.string(), { nil: undefined }),
        (bytes, row) => {
          const place = { ...PLACE, row }
          const sealed = cipher.seal(bytes, place)
          expect(sealed.length).toBe(bytes.length + 29)
          expect(new Uint8Array(cipher.open(sealed, place))).toEqual(bytes)
        },
      ),
    )
  })

  test('never makes the same bytes twice', async () => {
    const cipher = await dataKeys.cipherFor(votes())
    const sealed = Array.from({ length: 1000 }, () => cipher.seal(text('yes'), PLACE).toString('hex'))
    expect(new Set(sealed).size).toBe(1000)
  })

  test.each([
    ['another table', { ...PLACE, table: 'document_snapshots' }],
    ['another column', { ...PLACE, column: 'date' }],
    ['another row', { ...PLACE, row: '2' }],
    ['a place without its row', PLACE],
    [
      'a column whose name takes over the end of the table',
      { table: 'document_update', column: 'sdata', row: '1' },
    ],
  ])('does not open what was moved to %s', async (_, place) => {
    const cipher = await dataKeys.cipherFor(votes())
    const sealed = cipher.seal(text('yes'), { ...PLACE, row: '1' })
    expect(codeOf(() => cipher.open(sealed, place))).toBe('at-rest-damaged')
  })

  test('does not open what belongs to another person, document or generation, even under the same key', async () => {
    const sameKey = createDataKeys({ pool, keyring, randomBytes: size => Buffer.alloc(size, 7) })
    const scope = votes()
    const others = [
      { ...scope, personId: randomUUID() },
      { ...scope, document: 'progress' },
      { ...scope, generation: 2 },
    ]
    const [cipher, ...otherCiphers] = await sameKey.ciphersFor([scope, ...others])
    const sealed = cipher!.seal(text('yes'), PLACE)
    expect(codeOf(() => cipher!.open(sealed, PLACE))).toBe('opened')
    for (const other of otherCiphers) expect(codeOf(() => other!.open(sealed, PLACE))).toBe('at-rest-damaged')
  })

  test('notices every changed, missing or added byte', async () => {
    const cipher = await dataKeys.cipherFor(votes())
    const sealed = cipher.seal(text('yes'), PLACE)
    for (const index of sealed.keys()) {
      const changed = Buffer.from(sealed)
      changed[index]! ^= 1
      expect(codeOf(() => cipher.open(changed, PLACE))).toBe('at-rest-damaged')
      expect(codeOf(() => cipher.open(sealed.subarray(0, index), PLACE))).toBe('at-rest-damaged')
    }
    expect(codeOf(() => cipher.open(Buffer.concat([sealed, Buffer.of(0)]), PLACE))).toBe('at-rest-damaged')
  })
})

describe('data keys', () => {
  test('are in the key store, wrapped, before they are first used', async () => {
    const scope = votes()
    await dataKeys.cipherFor(scope)
    const { rows } = await pool.query('select * from data_keys where person_id = $1', [scope.personId])
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({ document: 'votes', generation: 1, keyring_id: 'k1' })
    expect(rows[0].wrapped).toHaveLength(32 + 29)
  })

  test('are the same on servers that make them at the same time', async () => {
    const scopes = Array.from({ length: 50 }, votes)
    const servers = Array.from({ length: 4 }, () => createDataKeys({ pool, keyring }))
    const [first, ...others] = await Promise.all(
      servers.map((server, n) => server.ciphersFor(n % 2 ? scopes.toReversed() : scopes)),
    )
    for (const [index, cipher] of first!.entries()) {
      const sealed = cipher!.seal(text('yes'), PLACE)
      for (const [n, ciphers] of others.entries()) {
        const same = ciphers[n % 2 ? index : scopes.length - 1 - index]!
        expect(same.open(sealed, PLACE).toString()).toBe('yes')
      }
    }
  })

  test('made in opposite orders do not wait for one another in a circle', async () => {
    const rows = Array.from({ length: 3000 }, () => ({
      ...votes(),
      keyringId: 'k1',
      wrapped: randomBytes(61),
    }))
    await Promise.all([rows, rows.toReversed(), rows].map(keys => insertDataKeys(pool, keys)))
    expect(await findDataKeys(pool, rows)).toHaveLength(3000)
  })

  test('come back in the order asked for, also when asked for twice', async () => {
    const [a, b] = [votes(), votes()]
    const [first, second, third] = await dataKeys.ciphersFor([a, b, a])
    expect(third!.open(first!.seal(text('yes'), PLACE), PLACE).toString()).toBe('yes')
    expect(codeOf(() => second!.open(first!.seal(text('yes'), PLACE), PLACE))).toBe('at-rest-damaged')
  })

  test('cost one query for many, and none once they are in memory', async () => {
    const scopes = Array.from({ length: 20 }, votes)
    await dataKeys.ciphersFor(scopes)
    const counted = counting()
    const server = createDataKeys({ pool: counted.pool, keyring })
    await server.ciphersFor(scopes)
    expect(counted.count()).toBe(1)
    await server.ciphersFor(scopes)
    await server.existing(scopes[3]!)
    expect(counted.count()).toBe(1)
  })

  test('stay in memory up to a bound, those used last', async () => {
    const [a, b, c] = [votes(), votes(), votes()]
    const counted = counting()
    const server = createDataKeys({ pool: counted.pool, keyring, cacheSize: 2 })
    await dataKeys.ciphersFor([a, b, c])
    for (const scope of [a, b, a, c]) await server.existing(scope)
    expect(counted.count()).toBe(3)
    await server.existing(a)
    expect(counted.count()).toBe(3)
    await server.existing(b)
    expect(counted.count()).toBe(4)
  })

  test('are not made by looking for them', async () => {
    const scope = votes()
    expect(await dataKeys.existing(scope)).toBeUndefined()
    expect(await dataKeys.existing(scope)).toBeUndefined()
  })

  test('open nothing any more once they are destroyed, in memory either', async () => {
    const [scope, other] = [votes(), votes()]
    for (const each of [scope, other]) await dataKeys.cipherFor(each)
    await dataKeys.destroy([scope])
    expect(await dataKeys.existing(scope)).toBeUndefined()
    expect(await dataKeys.existing(other)).toBeDefined()
    await expect(dataKeys.cipherFor(scope)).rejects.toMatchObject({ code: 'moved' })
  })

  test('read just before they are destroyed do not stay in memory', async () => {
    const scope = votes()
    await dataKeys.cipherFor(scope)
    let server: DataKeys
    const slow = new Proxy(pool, {
      get(target, property) {
        if (property !== 'query') return Reflect.get(target, property)
        return async (statement: string | QueryConfig, values?: unknown[]) => {
          const result = await target.query(statement, values)
          if (typeof statement !== 'string' && statement.name === 'find-data-keys')
            await server.destroy([scope])
          return result
        }
      },
    })
    server = createDataKeys({ pool: slow, keyring })
    expect(await server.existing(scope)).toBeDefined()
    expect(await server.existing(scope)).toBeUndefined()
  })

  test('open after the keyring got a new first key, and not once the old one is gone', async () => {
    const old = { id: 'old', key: key() }
    const next = { id: 'next', key: key() }
    const scope = votes()
    const before = await createDataKeys({ pool, keyring: createKeyring([old]) }).cipherFor(scope)
    const sealed = before.seal(text('yes'), PLACE)
    const rotated = await createDataKeys({ pool, keyring: createKeyring([next, old]) }).cipherFor(scope)
    expect(rotated.open(sealed, PLACE).toString()).toBe('yes')
    const without = createDataKeys({ pool, keyring: createKeyring([next]) })
    await expect(without.cipherFor(scope)).rejects.toMatchObject({ code: 'invalid-config' })
  })

  test('cannot stand in for one another in the key store', async () => {
    const [a, b] = [votes(), votes()]
    await dataKeys.ciphersFor([a, b])
    await pool.query(
      `update data_keys set wrapped = (select wrapped from data_keys where person_id = $1) where person_id = $2`,
      [a.personId, b.personId],
    )
    const fresh = createDataKeys({ pool, keyring })
    await expect(fresh.existing(b)).rejects.toMatchObject({ code: 'at-rest-damaged' })
  })
})

describe('a keyring', () => {
  test.each([
    ['no key', []],
    ['a key that is too short', [{ id: 'a', key: randomBytes(16) }]],
    [
      'an id given twice',
      [
        { id: 'a', key: key() },
        { id: 'a', key: key() },
      ],
    ],
  ])('refuses %s', (_, keys) => {
    expect(codeOf(() => createKeyring(keys))).toBe('invalid-config')
  })

  test('wraps with its first key and names it', () => {
    const wrapped = createKeyring([
      { id: 'new', key: key() },
      { id: 'old', key: key() },
    ]).wrap(key(), ['x'])
    expect(wrapped.keyringId).toBe('new')
  })
})

describe('the server keys', () => {
  test('are made once, also by servers that start at the same time', async () => {
    const loaded = await Promise.all(Array.from({ length: 4 }, () => loadServerKeys({ pool, keyring })))
    loaded.push(await loadServerKeys({ pool, keyring }))
    const shown = loaded.map(keys => ({
      lookup: keys.lookup.hash('x').toString('hex'),
      prelogin: keys.preloginKey.toString('hex'),
      password: keys.passwordKey.toString('hex'),
    }))
    for (const keys of shown) expect(keys).toEqual(shown[0])
    expect(new Set(Object.values(shown[0]!)).size).toBe(3)
  })
})

describe('a keyed hash', () => {
  const lookup = createLookup(key())

  test('is the same for the same purpose and parts, and 32 bytes', () => {
    expect(lookup.hash('bill', 'hr8-118')).toEqual(lookup.hash('bill', 'hr8-118'))
    expect(lookup.hash('bill', 'hr8-118')).toHaveLength(32)
  })

  test('differs by purpose, by key, and by where one part ends', () => {
    const hash = lookup.hash('bill', 'ab', 'c')
    expect(lookup.hash('topic', 'ab', 'c')).not.toEqual(hash)
    expect(createLookup(key()).hash('bill', 'ab', 'c')).not.toEqual(hash)
    expect(lookup.hash('bill', 'a', 'bc')).not.toEqual(hash)
    expect(lookup.hash('bill', 'ab', 'c', '')).not.toEqual(hash)
  })

  test('is made of an encoding that tells every split of the same text apart', () => {
    const parts = fc.array(fc.string({ unit: 'grapheme', maxLength: 6 }), { maxLength: 4 })
    fc.assert(
      fc.property(parts, fc.nat({ max: 24 }), (list, at) => {
        const joined = list.join('')
        const split = [joined.slice(0, at), joined.slice(at)]
        const same = JSON.stringify(split) === JSON.stringify(list)
        if (encodeParts(split).equals(encodeParts(list)) !== same)
          throw new Error(JSON.stringify([list, split]))
      }),
    )
  })
})
