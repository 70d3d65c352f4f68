// Rows that are packed into pages: what is read back, how much lies there, and what damage costs.
import { readFileSync } from 'node:fs'
import { createMemoryStore, type Store } from '@workforce-democracy/client/node'
import * as fc from 'fast-check'
import { decodeUtf8, encodeUtf8 } from 'lib0/string'
import { describe, expect, it } from 'vitest'
import { loadSodium } from '../../client-sdk/src/keys/sodium.ts'
import {
  decodeRow,
  encodeRow,
  nameOfRow,
  type ReplicaRow,
} from '../../client-sdk/src/replica/replica-rows.ts'
import { type OnDamage, openEncryptedRows } from '../../client-sdk/src/store/encrypted-rows.ts'
import { RowCipher } from '../../client-sdk/src/store/row-cipher.ts'
import { openHeader } from '../../client-sdk/src/store/store-header.ts'
import { codeOf, STORE_SECRET } from './clients.ts'

const sodium = await loadSodium()

/** A store in memory that packs, as the one of browsers does. */
function packingStore(): Store {
  const inner = createMemoryStore()
  return {
    packs: true,
    open: () => inner.open(),
    readAll: () => inner.readAll(),
    commit: batch => inner.commit(batch),
    close: () => inner.close(),
    destroy: () => inner.destroy(),
  }
}

const lock = { storeSecret: STORE_SECRET }
const nameOfText = (content: Uint8Array) => decodeUtf8(content).split('=')[0]!

const openRows = (store: Store, onDamage: OnDamage = 'refuse') =>
  openEncryptedRows({ store, sodium, lock, nameOf: nameOfText, onDamage })

const textOf = (contents: readonly Uint8Array[]) => contents.map(decodeUtf8).sort()
const rowOf = (name: string, version: number, length = 0) => ({
  name,
  content: encodeUtf8(`${name}=${version}${'.'.repeat(length)}`),
})

/** Rows as they lie in an open store. */
async function stored(store: Store) {
  const rows = await store.readAll()
  return { rows, pages: rows.filter(({ id }) => id.startsWith('page-2.')) }
}

describe('packed rows', () => {
  it('[B3] give back the newest of each row, whatever was written in which groups, and when it was opened again', async () => {
    const writes = fc.array(
      fc.oneof(
        fc.record({
          kind: fc.constant('write' as const),
          from: fc.nat(500),
          count: fc.nat(600),
          length: fc.constantFrom(0, 5000),
        }),
        fc.record({
          kind: fc.constant('few' as const),
          from: fc.nat(500),
          count: fc.nat(3),
          length: fc.constantFrom(0, 5000),
        }),
        fc.constant({ kind: 'reopen' as const }),
      ),
      { maxLength: 12 },
    )
    await fc.assert(
      fc.asyncProperty(writes, async steps => {
        const store = packingStore()
        let rows = await openRows(store)
        const expected = new Map<string, string>()
        let version = 0
        for (const step of steps) {
          if (step.kind === 'reopen') {
            await rows.close()
            rows = await openRows(store)
            continue
          }
          version++
          const batch = Array.from({ length: step.count }, (_, index) =>
            rowOf(`row ${step.from + index}`, version, index < 3 ? step.length : 0),
          )
          await rows.put(batch)
          for (const { name, content } of batch) expected.set(name, decodeUtf8(content))
        }
        await rows.close()
        const again = await openRows(store)
        expect(textOf(again.contents)).toEqual([...expected.values()].sort())
        await again.close()
      }),
      { numRuns: 25 },
    )
  })

  it('[B3] lie in few rows of the store: ten thousand in tens, and no more for being overwritten', async () => {
    const store = packingStore()
    const rows = await openRows(store)
    await rows.put(Array.from({ length: 10_000 }, (_, index) => rowOf(`row ${index}`, 1)))
    expect((await stored(store)).rows.length).toBeLessThan(40)
    for (let version = 2; version < 3000; version++) await rows.put([rowOf(`row ${version % 100}`, version)])
    expect((await stored(store)).rows.length).toBeLessThan(40 + 256 + 100)
    await rows.close()
  })

  it('[B3] are damaged page by page: the others are read, and the damaged one is kept aside', async () => {
    const store = packingStore()
    const rows = await openRows(store)
    await rows.put(Array.from({ length: 5000 }, (_, index) => rowOf(`row ${index}`, 1, 20)))
    const [page] = (await stored(store)).pages
    if (!page) throw new Error('There are no pages.')
    await store.commit({
      put: [{ id: page.id, data: page.data.map((byte, i) => (i === 99 ? byte ^ 1 : byte)) }],
      remove: [],
    })
    await rows.close()
    expect(await codeOf(() => openRows(store))).toBe('store-damaged')
    const salvaged = await openRows(store, 'set-aside')
    expect(salvaged).toMatchObject({ found: 'damaged', setAside: 1 })
    expect(salvaged.contents.length).toBeGreaterThan(2000)
    expect(salvaged.contents.length).toBeLessThan(5000)
    await salvaged.close()
  })

  it('[B3] are damaged, too, where a page opens and is none', async () => {
    const store = packingStore()
    const rows = await openRows(store)
    await rows.put([rowOf('a', 1)])
    const opened = await openHeader(sodium, lock, await store.readAll())
    if (!('storeKey' in opened)) throw new Error('The header does not open.')
    const cipher = new RowCipher(sodium, opened.storeKey)
    const [deflated, unknownForm] = [1, 2].map(form => Uint8Array.of(form, ...encodeUtf8('Not deflated.')))
    for (const content of [deflated!, unknownForm!, Uint8Array.of(0, 1, 200)])
      await store.commit({ put: [cipher.sealPage(content)], remove: [] })
    await rows.close()
    expect(await codeOf(() => openRows(store))).toBe('store-damaged')
    const salvaged = await openRows(store, 'set-aside')
    expect(salvaged).toMatchObject({ found: 'damaged', setAside: 3 })
    expect(textOf(salvaged.contents)).toEqual(['a=1'])
    await salvaged.close()
  })
})

describe('pages of registers', () => {
  const openRegisters = (store: Store) =>
    openEncryptedRows({ store, sodium, lock, nameOf: nameOfRow, onDamage: 'refuse' })
  const voteOf = (billId: string, choice: string) =>
    encodeRow({
      kind: 'register',
      document: 'votes',
      register: {
        key: billId,
        stamp: 115_000_000_000_001,
        device: 'abcdefgh',
        value: { choice, votedAt: '2026-03-01T00:00:00.000Z' },
      },
      pending: true,
    })

  it('[B3] [E6] weigh the same for one vote, whatever it is on, and far less than their rows for a hundred', async () => {
    const store = packingStore()
    const rows = await openRegisters(store)
    for (const billId of ['s1-1', 'hjres1234-118', 'x'.repeat(200)])
      await rows.put([voteOf(billId, 'abstain')])
    const { pages } = await stored(store)
    expect(pages.map(({ data }) => data.length)).toEqual([1069, 1069, 1069])
    const hundred = Array.from({ length: 100 }, (_, n) => voteOf(`hr${n}-118`, n % 3 === 0 ? 'no' : 'yes'))
    await rows.put(hundred)
    const bytes = hundred.reduce((sum, { content }) => sum + content.length, 0)
    expect((await stored(store)).pages.at(-1)!.data.length).toBeLessThan(bytes / 5)
    await rows.close()
  })

  it('[B3] are read in the form of the version before, which also named rows by their ids, until they are written anew', async () => {
    const vector = new URL('../vectors/store-with-pages-of-form-1.json', import.meta.url)
    const { rows: held } = JSON.parse(readFileSync(vector, 'utf8')) as { rows: [string, string][] }
    const store = packingStore()
    await store.open()
    const put = held.map(([id, data]) => ({ id, data: new Uint8Array(Buffer.from(data, 'base64')) }))
    await store.commit({ put, remove: [] })
    await store.close()
    /** What each row says, in short. */
    const said = (contents: readonly Uint8Array[]) =>
      contents.map(content => shortly(decodeRow(content))).sort()
    const votes = Array.from({ length: 20 }, (_, n) => `hr${n + 1}-118 ${n === 2 ? 'no' : 'yes'}`)
    const first = await openRegisters(store)
    expect(said(first.contents)).toEqual(
      [...votes, 'grows 4200', 'shrinks 6', 'writer 115000000000025'].sort(),
    )
    // Of a row that lay in an old page, and of one that lay by itself.
    await first.put([voteOf('hr5-118', 'no'), voteOf('hr6-118', 'yes')])
    await first.close()
    const second = await openRegisters(store)
    const changed = votes.with(4, 'hr5-118 no')
    expect(said(second.contents)).toEqual(
      [...changed, 'grows 4200', 'shrinks 6', 'writer 115000000000025'].sort(),
    )
    for (let n = 0; n < 256; n++) await second.put([voteOf('hr7-118', 'yes')])
    expect((await store.readAll()).filter(({ id }) => id.startsWith('page.'))).toEqual([])
    await second.close()
    const third = await openRegisters(store)
    expect(said(third.contents)).toEqual(said(second.contents))
    await third.close()
  })
})

function shortly(row: ReplicaRow): string {
  if (row.kind === 'meta') return `${row.name} ${(row.value as { lastStamp: number }).lastStamp}`
  const { key, value } = row.register
  const { choice, text } = value as { choice?: string; text?: string }
  return `${key} ${choice ?? text?.length}`
}
