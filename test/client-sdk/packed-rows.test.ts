// Rows that are packed into pages: what is read back, how much lies there, and what damage costs.
import { createMemoryStore, type Store } from '@workforce-democracy/client/node'
import * as fc from 'fast-check'
import { decodeUtf8, encodeUtf8 } from 'lib0/string'
import { describe, expect, it } from 'vitest'
import { loadSodium } from '../../client-sdk/src/keys/sodium.ts'
import { type OnDamage, openEncryptedRows } from '../../client-sdk/src/store/encrypted-rows.ts'
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

const openRows = (store: Store, onDamage: OnDamage = 'refuse') =>
  openEncryptedRows({ store, sodium, lock: { storeSecret: STORE_SECRET }, onDamage })

const textOf = (contents: readonly Uint8Array[]) => contents.map(decodeUtf8).sort()
const rowOf = (name: string, version: number, length = 0) => ({
  name,
  content: encodeUtf8(`${name}=${version}${'.'.repeat(length)}`),
})

/** Rows as they lie in an open store. */
async function stored(store: Store) {
  const rows = await store.readAll()
  return { rows, pages: rows.filter(({ id }) => id.startsWith('page.')) }
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
    await rows.put(Array.from({ length: 5000 }, (_, index) => rowOf(`row ${index}`, 1)))
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
})
