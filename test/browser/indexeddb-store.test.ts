// The store of browsers, in a browser: the contract, and each way in which a browser takes storage away.
import { runStoreContract } from '@workforce-democracy/client/store-contract'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startBrowser } from '../support/browser/browser.ts'
import { hasChromium } from '../support/browser/chromium.ts'
import { bundlePage } from '../support/browser/page-bundle.ts'
import { type Site, type SiteFiles, serveSite } from '../support/browser/site.ts'
import type {} from './pages/store-page.ts'

describe.skipIf(!hasChromium)('the IndexedDB store', () => {
  let browser: Awaited<ReturnType<typeof startBrowser>>
  let profile: Awaited<ReturnType<typeof browser.newProfile>>
  let site: Site
  let page: Page
  let files: SiteFiles

  beforeAll(async () => {
    ;[browser, files] = await Promise.all([startBrowser(), bundlePage('store-page.ts')])
    site = await serveSite(files)
    profile = await browser.newProfile()
    page = await profile.open(site.origin)
  })
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]()
    await site?.[Symbol.asyncDispose]()
  })
  afterEach(() => expect(profile.watched).toMatchObject({ violations: [], errors: [] }))

  describe('keeps the contract:', () => {
    const names: string[] = []
    runStoreContract({
      test: name => void names.push(name),
      createPlace: () => Promise.reject(new Error('It is run in the page.')),
    })
    it.each(names)('%s', name => page.evaluate(each => window.store.runContract(each), name))
  })

  it('[B2] that is deleted by somebody else is lost, says so, and is not made again', async () => {
    const outcome = await page.evaluate(async () => {
      const { createIndexedDbStore, codeOf } = window.store
      const store = createIndexedDbStore({ name: 'wiped' })
      await store.open()
      await store.commit({ put: [{ id: 'a', data: new Uint8Array(3) }], remove: [] })
      const told: string[] = []
      store.onGone(why => void told.push(why))
      await new Promise(resolve => {
        indexedDB.deleteDatabase('wiped').onsuccess = resolve
      })
      const put = { put: [{ id: 'b', data: new Uint8Array(3) }], remove: [] }
      const codes = [await codeOf(() => store.commit(put)), await codeOf(() => store.readAll())]
      const names = (await indexedDB.databases()).map(({ name }) => name)
      return { told, codes, isThere: names.includes('wiped'), gone: store.gone }
    })
    expect(outcome).toEqual({
      told: ['store-lost'],
      codes: ['store-lost', 'store-lost'],
      isThere: false,
      gone: 'store-lost',
    })
  })

  it('[B2] that is wiped while it writes has everything that it called saved until then, and calls nothing saved after', async () => {
    const { isSaved, found } = await page.evaluate(async () => {
      const { createIndexedDbStore } = window.store
      const store = createIndexedDbStore({ name: 'wiped-in-the-middle' })
      await store.open()
      let isWiped = false
      const savedAfterWipe: number[] = []
      const codes = new Set<string>()
      for (let index = 0; index < 40; index++) {
        if (index === 20)
          indexedDB.deleteDatabase('wiped-in-the-middle').onsuccess = () => {
            isWiped = true
          }
        await store.commit({ put: [{ id: `${index}`, data: new Uint8Array(9) }], remove: [] }).then(
          () => isWiped && savedAfterWipe.push(index),
          (error: { code: string }) => codes.add(error.code),
        )
      }
      return { isSaved: savedAfterWipe.length, found: [...codes] }
    })
    expect({ isSaved, found }).toEqual({ isSaved: 0, found: ['store-lost'] })
  })

  it('[B2] that a newer version wants lets it pass, and is outdated; so it is at the next opening', async () => {
    const outcome = await page.evaluate(async () => {
      const { createIndexedDbStore, codeOf } = window.store
      const store = createIndexedDbStore({ name: 'upgraded' })
      await store.open()
      await store.commit({ put: [{ id: 'a', data: new Uint8Array([7]) }], remove: [] })
      const request = indexedDB.open('upgraded', 1000)
      const newer = await new Promise<IDBDatabase>(resolve => {
        request.onsuccess = () => resolve(request.result)
      })
      const kept = newer.transaction('rows').objectStore('rows').get('a')
      await new Promise(resolve => {
        kept.onsuccess = resolve
      })
      newer.close()
      const commit = await codeOf(() => store.commit({ put: [], remove: ['a'] }))
      await store.close()
      return { commit, open: await codeOf(() => store.open()), kept: Array.from(kept.result as Uint8Array) }
    })
    expect(outcome).toEqual({ commit: 'store-outdated', open: 'store-outdated', kept: [7] })
  })

  it('[B2] that an older version made opens with its rows, and takes new ones', async () => {
    const outcome = await page.evaluate(async () => {
      const { createIndexedDbStore } = window.store
      const request = indexedDB.open('older', 1)
      request.onupgradeneeded = () => {
        request.result.createObjectStore('rows').put(new Uint8Array([7]), 'a')
        request.result.createObjectStore('state').put(1, 'written')
      }
      await new Promise(resolve => {
        request.onsuccess = resolve
      })
      request.result.close()
      const store = createIndexedDbStore({ name: 'older' })
      const { found } = await store.open()
      await store.commit({ put: [{ id: 'b', data: new Uint8Array([8]) }], remove: [] })
      const rows = await store.readAll()
      await store.close()
      return { found, rows: rows.map(({ id, data }) => [id, ...data]) }
    })
    expect(outcome).toEqual({
      found: 'sound',
      rows: [
        ['a', 7],
        ['b', 8],
      ],
    })
  })

  it('[B2] that another tab holds open in an older form is blocked, and opens once that has let go', async () => {
    const outcome = await page.evaluate(async () => {
      const { connect, codeOf } = window.store
      // One that does not let go, as the SDK does.
      const request = indexedDB.open('blocked', 1)
      const older = await new Promise<IDBDatabase>(resolve => {
        request.onsuccess = () => resolve(request.result)
      })
      const newer = { name: 'blocked', version: 1000, onGone: () => undefined }
      const blocked = await codeOf(() => connect(newer))
      older.close()
      const connection = await connect(newer)
      connection.database.close()
      return blocked
    })
    expect(outcome).toBe('storage-blocked')
  })

  it('[B2] whose rows are gone while the database is there is lost; salvaged, it begins anew', async () => {
    const outcome = await page.evaluate(async () => {
      const { createIndexedDbStore, codeOf } = window.store
      const store = createIndexedDbStore({ name: 'emptied' })
      await store.open()
      await store.commit({ put: [{ id: 'a', data: new Uint8Array([7]) }], remove: [] })
      await store.close()
      const request = indexedDB.open('emptied')
      const database = await new Promise<IDBDatabase>(resolve => {
        request.onsuccess = () => resolve(request.result)
      })
      const clearing = database.transaction('rows', 'readwrite')
      clearing.objectStore('rows').clear()
      await new Promise(resolve => {
        clearing.oncomplete = resolve
      })
      database.close()
      return [await codeOf(() => store.open()), (await store.open({ salvage: true })).found]
    })
    expect(outcome).toEqual(['store-lost', 'lost'])
  })

  it('[B2] that may not take more says storage-full, keeps what it had, and writes what there is room for', async () => {
    // A browser counts what an origin has now and then: on one of its own the limit holds from the first write.
    await using other = await serveSite(files)
    const tab = await profile.open(other.origin)
    const devtools = await profile.context.newCDPSession(tab)
    const limitTo = (quotaSize?: number) =>
      devtools.send('Storage.overrideQuotaForOrigin', {
        origin: other.origin,
        ...(quotaSize && { quotaSize }),
      })
    await limitTo(400_000)
    const outcome = await tab.evaluate(async () => {
      const { createIndexedDbStore, codeOf } = window.store
      const store = createIndexedDbStore({ name: 'full' })
      await store.open()
      await store.commit({ put: [{ id: 'kept', data: new Uint8Array([7]) }], remove: [] })
      // Random, as envelopes are: the browser compresses what it keeps.
      const data = new Uint8Array(2_000_000)
      for (let at = 0; at < data.length; at += 50_000) crypto.getRandomValues(data.subarray(at, at + 50_000))
      const large = { put: [{ id: 'large', data }], remove: ['kept'] }
      const code = await codeOf(() => store.commit(large))
      const small = await codeOf(() =>
        store.commit({ put: [{ id: 'b', data: new Uint8Array(9) }], remove: [] }),
      )
      return { code, small, ids: (await store.readAll()).map(({ id }) => id) }
    })
    await tab.close()
    expect(outcome).toEqual({ code: 'storage-full', small: 'none', ids: ['b', 'kept'] })
  })

  it('[B2] is unavailable where the browser gives none', async () => {
    const tab = await profile.context.newPage()
    await tab.addInitScript(() => {
      Object.defineProperty(IDBFactory.prototype, 'open', {
        value: () => {
          throw new DOMException('', 'SecurityError')
        },
      })
    })
    await tab.goto(site.origin)
    const code = await tab.evaluate(() =>
      window.store.codeOf(() => window.store.createIndexedDbStore({ name: 'private' }).open()),
    )
    expect(code).toBe('storage-unavailable')
    await tab.close()
  })

  it('[B1] surfaces an abort: nothing of that batch is written', async () => {
    const outcome = await page.evaluate(async () => {
      const { createIndexedDbStore, codeOf } = window.store
      const store = createIndexedDbStore({ name: 'aborted' })
      await store.open()
      const put = IDBObjectStore.prototype.put
      IDBObjectStore.prototype.put = function (...values) {
        const request = put.apply(this, values)
        if (values[1] === 'second') this.transaction.abort()
        return request
      }
      const data = new Uint8Array(3)
      const rows = ['first', 'second'].map(id => ({ id, data }))
      const code = await codeOf(() => store.commit({ put: rows, remove: [] }))
      IDBObjectStore.prototype.put = put
      return { code, rows: (await store.readAll()).length }
    })
    expect(outcome).toEqual({ code: 'store-failed', rows: 0 })
  })

  it('[B1] asks for strict durability with each commit', async () => {
    const asked = await page.evaluate(async () => {
      const { createIndexedDbStore } = window.store
      const store = createIndexedDbStore({ name: 'strict' })
      await store.open()
      const durabilities: unknown[] = []
      const begin = IDBDatabase.prototype.transaction
      IDBDatabase.prototype.transaction = function (...values) {
        const transaction = begin.apply(this, values)
        durabilities.push(transaction.durability)
        return transaction
      }
      await store.commit({ put: [{ id: 'a', data: new Uint8Array(1) }], remove: [] })
      IDBDatabase.prototype.transaction = begin
      return durabilities
    })
    expect(asked).toEqual(['strict'])
  })
})
