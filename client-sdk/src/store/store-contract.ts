// What every store has to hold, as a suite that an adapter's author runs.
import { errorCode } from '@workforce-democracy/shared'
import type { Row, Store } from './store.ts'

/** What the suite needs of a test runner: `it` or `test` of any of them. */
export type TestCase = (name: string, body: () => Promise<void>) => void

/** The adapter under test. */
export interface StoreContractOptions {
  readonly test: TestCase
  /**
   * Makes a place to keep rows and returns a function that gives a store on it: each call stands for another client
   * of the same place. An adapter whose one object is its place returns that object every time.
   */
  readonly createPlace: () => Promise<() => Store>
}

/**
 * Registers the contract's tests.
 *
 * @example
 * describe('my store', () => runStoreContract({ test: it, createPlace: async () => () => createMyStore(name) }))
 */
export function runStoreContract({ test, createPlace }: StoreContractOptions): void {
  const withStore = (body: (store: Store, another: () => Store) => Promise<void>) => async () => {
    const storeAt = await createPlace()
    const store = storeAt()
    await store.open()
    try {
      await body(store, storeAt)
    } finally {
      await store.destroy()
    }
  }

  test(
    'a new store is empty',
    withStore(async store => expectRows(store, [])),
  )

  test(
    'rows come back byte for byte, whatever their bytes and size',
    withStore(async store => {
      const rows = [row('empty', 0), row('one', 1), row('large', 300_000), row('ünï/cødé \u{1F5F3}', 17)]
      await store.commit({ put: rows, remove: [] })
      await expectRows(store, rows)
    }),
  )

  test(
    'a put replaces, a removal takes away, and removing what is not there does nothing',
    withStore(async store => {
      await store.commit({ put: [row('a', 4), row('b', 4)], remove: [] })
      await store.commit({ put: [row('a', 9)], remove: ['b', 'never there'] })
      await expectRows(store, [row('a', 9)])
    }),
  )

  test(
    'rows are still there after closing and opening again',
    withStore(async (store, another) => {
      const rows = Array.from({ length: 500 }, (_, index) => row(`row ${index}`, 40))
      await store.commit({ put: rows, remove: [] })
      await store.close()
      const again = another()
      await again.open()
      await expectRows(again, rows)
      await again.close()
      await store.open()
    }),
  )

  test(
    'what was read or handed over is the caller’s: changing it changes nothing in the store',
    withStore(async store => {
      const mine = row('a', 8)
      await store.commit({ put: [{ id: mine.id, data: mine.data }], remove: [] })
      mine.data.fill(0)
      for (const { data } of await store.readAll()) data.fill(1)
      await expectRows(store, [row('a', 8)])
    }),
  )

  test(
    'one client at a time: a second one gets store-in-use, until the first closes',
    withStore(async (store, another) => {
      const second = another()
      await expectCode('store-in-use', () => second.open())
      await store.commit({ put: [row('a', 3)], remove: [] })
      await expectRows(store, [row('a', 3)])
      await store.close()
      await second.open()
      await second.close()
      await store.open()
    }),
  )

  test(
    'a closed store reads and writes nothing, and closing twice is fine',
    withStore(async store => {
      await store.close()
      await store.close()
      await expectCode('store-failed', () => store.readAll())
      await expectCode('store-failed', () => store.commit({ put: [row('a', 1)], remove: [] }))
      await store.open()
      await expectRows(store, [])
    }),
  )

  test(
    'destroying deletes everything',
    withStore(async (store, another) => {
      await store.commit({ put: [row('a', 3)], remove: [] })
      await store.destroy()
      const again = another()
      await again.open()
      await expectRows(again, [])
      await again.close()
    }),
  )
}

/** A row whose bytes follow from its id and size. */
function row(id: string, sizeBytes: number): Row {
  return { id, data: Uint8Array.from({ length: sizeBytes }, (_, index) => (index * 31 + sizeBytes) % 256) }
}

async function expectRows(store: Store, expected: readonly Row[]): Promise<void> {
  const format = (rows: readonly Row[]) =>
    rows
      .map(({ id, data }) => `${id}=${data.join(',')}`)
      .sort()
      .join('\n')
  if (format(await store.readAll()) !== format(expected)) throw new Error('The store holds other rows.')
}

async function expectCode(code: string, action: () => Promise<unknown>): Promise<void> {
  const outcome = await action().then(() => 'success', errorCode)
  if (outcome !== code) throw new Error(`Expected ${code}, got ${outcome}.`)
}
