// What befalls a person's browser: pages that clear everything away, clocks, passwords, servers and stores that went wrong.
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Profile, startBrowser } from '../support/browser/browser.ts'
import { hasChromium } from '../support/browser/chromium.ts'
import { bundlePage } from '../support/browser/page-bundle.ts'
import { type Site, serveSite } from '../support/browser/site.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'
import type {} from './pages/client-page.ts'

const PASSWORD = 'a long made-up password'
const DAY_MS = 24 * 60 * 60 * 1000

describe.skipIf(!hasChromium)('a browser in which something goes wrong', () => {
  let browser: Awaited<ReturnType<typeof startBrowser>>
  let profile: Profile
  let site: Site
  let server: TestServer
  let proxy: TcpProxy
  /** How far the server's clock is ahead. */
  let aheadMs = 0

  beforeAll(async () => {
    const [started, files] = await Promise.all([startBrowser(), bundlePage('client-page.ts')])
    browser = started
    site = await serveSite(files, () => proxy && urlOfServer())
    const nowMs = () => Date.now() + aheadMs
    server = await startTestServer({ nowMs }, undefined, { corsOrigins: [site.origin] })
    proxy = await startTcpProxy(server.config.port)
  })
  beforeEach(async () => {
    profile = await browser.newProfile()
  })
  afterEach(async () => {
    await profile[Symbol.asyncDispose]()
    expect(profile.watched).toMatchObject({ violations: [], errors: [] })
  })
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]()
    await proxy?.[Symbol.asyncDispose]()
    await server?.[Symbol.asyncDispose]()
    await site?.[Symbol.asyncDispose]()
  })

  const urlOfServer = () => `http://127.0.0.1:${proxy.port}`
  /** A page with an open client, whose clock is so far behind. */
  async function visit(own = profile, behindMs = 0): Promise<Page> {
    const page = await own.open(site.origin)
    await page.evaluate(
      async ({ url, behind }) => {
        const now = () => Date.now() - behind
        window.client = await window.sdk.openClient({ server: url, now })
      },
      { url: urlOfServer(), behind: behindMs },
    )
    return page
  }
  const register = (page: Page, username: string) =>
    page.evaluate(
      async credentials => {
        await window.client.account.register(credentials)
        await window.client.privacy.set({ votes: 'open' })
        await (await window.client.votes.cast('hr1-118', 'yes')).durable()
      },
      { username, password: PASSWORD },
    )
  const login = (page: Page, username: string, password = PASSWORD) =>
    page.evaluate(
      credentials =>
        window.client.account.login(credentials).then(
          ({ username: name }) => name,
          ({ code }) => code as string,
        ),
      { login: username, password },
    )
  const confirmAll = async (page: Page) => {
    await page.waitForFunction(() => window.client.privacy.unconfirmed().length > 0)
    await page.evaluate(() => window.client.privacy.confirm())
  }
  const choiceIn = (page: Page, billId: string) =>
    page.evaluate(id => window.client.votes.get(id)?.choice, billId)
  /** Opens the database as anybody on the page can, and does something to its rows. */
  const tamper = (page: Page, how: 'damage' | 'clear') =>
    page.evaluate(async way => {
      const done = (request: IDBRequest) =>
        new Promise<void>(resolve => {
          request.onsuccess = () => resolve()
        })
      const opening = indexedDB.open('workforce-democracy')
      await done(opening)
      const rows = opening.result.transaction('rows', 'readwrite').objectStore('rows')
      if (way === 'clear') await done(rows.clear())
      else {
        const [keys, values] = [rows.getAllKeys(), rows.getAll()]
        await done(values)
        // The longest is none of the copies of the header, of which one would be enough; its end is of the ciphertext.
        const lengths = (values.result as Uint8Array[]).map(({ length }) => length)
        const at = lengths.indexOf(Math.max(...lengths))
        const bytes = values.result[at] as Uint8Array
        bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
        await done(rows.put(bytes, keys.result[at]))
      }
      opening.result.close()
    }, how)
  const outcomeOfOpening = (page: Page) =>
    page.evaluate(async url => {
      const outcome = await window.sdk.openClient({ server: url }).catch(({ code }) => code as string)
      return typeof outcome === 'string' ? outcome : 'open'
    }, urlOfServer())

  it('[B8] is told to forget by the page at every load, service workers, caches and keys, and loses nothing', async () => {
    await profile.context.addInitScript(async () => {
      // Before there is a page, storage is refused.
      if (!location.protocol.startsWith('http')) return
      localStorage.clear()
      sessionStorage.clear()
      for (const name of await caches.keys()) await caches.delete(name)
      for (const worker of await navigator.serviceWorker.getRegistrations()) await worker.unregister()
      Object.assign(window, { hasForgotten: true })
    })
    const before = await visit()
    await register(before, 'forgotten-example')
    await before.close()
    const after = await visit()
    await after.waitForFunction(() => 'hasForgotten' in window)
    await after.evaluate(async () => (await window.client.votes.cast('hr2-118', 'no')).durable())
    expect(await choiceIn(after, 'hr1-118')).toBe('yes')
  })

  it('refuses a wrong password, and syncs after days offline with a token that has expired', async () => {
    const a = await visit()
    await register(a, 'days-example')
    await using other = await browser.newProfile()
    const b = await visit(other)
    expect(await login(b, 'days-example', 'another made-up password')).toBe('wrong-credentials')
    expect(await b.evaluate(() => window.client.account.current())).toBeUndefined()
    expect(await login(b, 'days-example')).toBe('days-example')
    await confirmAll(b)
    await b.waitForFunction(() => window.client.sync.status.state === 'durable')

    proxy.cut({ refuse: true })
    await a.evaluate(() => void window.client.votes.cast('hr4-118', 'abstain'))
    const renewals = () => profile.watched.requests.filter(url => url.endsWith('/refresh-token')).length
    const before = renewals()
    aheadMs = 3 * DAY_MS
    proxy.restore()
    await a.evaluate(() => window.client.sync.flush())
    await a.waitForFunction(() => window.client.sync.status.state === 'durable')
    expect(renewals()).toBeGreaterThan(before)
    await b.evaluate(() => window.client.sync.flush())
    await expect.poll(() => choiceIn(b, 'hr4-118')).toBe('abstain')
  })

  it('lets the later vote win though its clock is two days behind', async () => {
    const a = await visit()
    await register(a, 'clock-example')
    await using other = await browser.newProfile()
    const b = await visit(other, 2 * DAY_MS)
    await login(b, 'clock-example')
    // Not sent until it is confirmed: neither knows of the other's.
    await a.evaluate(async () => (await window.client.votes.cast('hr3-118', 'yes')).durable())
    // A server tells the time in whole seconds: nearer than two of them nobody can say which came later.
    await new Promise(resolve => setTimeout(resolve, 2_000))
    await b.evaluate(() => window.client.votes.cast('hr3-118', 'no'))
    await confirmAll(b)
    await b.waitForFunction(() => window.client.sync.status.state === 'durable')
    expect(await choiceIn(b, 'hr3-118')).toBe('no')
  })

  it('[P24] says that it is too old for its server, goes on saving, and syncs once it is new enough', async () => {
    const page = await profile.open(site.origin)
    const told = await page.evaluate(
      async ({ url, password }) => {
        // What it speaks is not what the server asks for.
        class OldSocket extends WebSocket {
          constructor(address: string | URL, protocols: string | string[] = []) {
            super(address, ['wd-sync.1', ...[protocols].flat().slice(1)])
          }
        }
        const code = new Promise<string>(resolve => {
          window.addEventListener('wd:error', ({ detail }) => resolve(detail.code))
        })
        window.client = await window.sdk.openClient({ server: url, WebSocket: OldSocket })
        await window.client.account.register({ username: 'old-example', password })
        await window.client.privacy.set({ votes: 'open' })
        await window.client.votes.cast('hr1-118', 'yes')
        return { code: await code, status: window.client.sync.status }
      },
      { url: urlOfServer(), password: PASSWORD },
    )
    expect(told).toMatchObject({
      code: 'protocol-too-old',
      status: { state: 'problem', problem: 'protocol-too-old' },
    })
    await page.close()
    const newer = await visit()
    await newer.waitForFunction(() => window.client.sync.status.state === 'durable')
    expect(await choiceIn(newer, 'hr1-118')).toBe('yes')
  })

  it('says that its store is damaged and changes nothing; with the damage set aside it gets back from the account what is durable', async () => {
    const before = await visit()
    await register(before, 'damaged-example')
    await before.evaluate(() => window.client.close())
    await tamper(before, 'damage')
    await before.close()
    const page = await profile.open(site.origin)
    expect([await outcomeOfOpening(page), await outcomeOfOpening(page)]).toEqual([
      'store-damaged',
      'store-damaged',
    ])
    const found = await page.evaluate(async url => {
      window.client = await window.sdk.openClient({ server: url, damaged: 'set-aside' })
      return window.client.store.condition
    }, urlOfServer())
    expect(found).toBe('damaged')
    await login(page, 'damaged-example')
    await expect.poll(() => choiceIn(page, 'hr1-118')).toBe('yes')
  })

  it('[B2] [B6] that has thrown the store away says so where a trace is left; where none is, the account knows the device that was, and brings back what is durable', async () => {
    const before = await visit()
    await register(before, 'evicted-example')
    await before.evaluate(() => window.client.close())
    await tamper(before, 'clear')
    expect(await outcomeOfOpening(before)).toBe('store-lost')
    await before.evaluate(
      () =>
        new Promise(resolve => {
          indexedDB.deleteDatabase('workforce-democracy').onsuccess = resolve
        }),
    )
    await before.close()
    const page = await visit()
    expect(
      await page.evaluate(() => [window.client.votes.list().length, window.client.store.condition]),
    ).toEqual([0, 'sound'])
    await login(page, 'evicted-example')
    const devices = await page.evaluate(() => window.client.account.devices.list())
    expect(devices.map(({ current }) => current).sort()).toEqual([false, true])
    await confirmAll(page)
    await expect.poll(() => choiceIn(page, 'hr1-118')).toBe('yes')
  })

  it('[B6] whose store is wiped in the middle of writing calls nothing saved after that', async () => {
    const page = await visit()
    const { savedBefore, savedAfter, codes, shown } = await page.evaluate(async () => {
      const { client } = window
      let isWiped = false
      const saved = { before: [] as string[], after: [] as string[] }
      const failures = new Set<string>()
      const write = async (from: number) => {
        for (let n = from; n < 600; n += 3)
          await client.votes.cast(`hr${n}-118`, 'yes').then(
            () => void (isWiped ? saved.after : saved.before).push(`hr${n}-118`),
            ({ code }) => failures.add(code),
          )
      }
      const writing = [1, 2, 3].map(write)
      while (saved.before.length < 20) await client.votes.cast('hr9999-118', 'no')
      const wiping = indexedDB.deleteDatabase('workforce-democracy')
      wiping.onsuccess = () => {
        isWiped = true
      }
      await Promise.all(writing)
      const ids = client.votes.list().map(({ billId }) => billId)
      return {
        savedBefore: saved.before,
        savedAfter: saved.after,
        codes: [...failures],
        shown: ids,
      }
    })
    expect({ savedAfter, codes }).toEqual({ savedAfter: [], codes: ['store-lost'] })
    expect(savedBefore.filter(id => !shown.includes(id))).toEqual([])
    expect(savedBefore.length).toBeLessThan(590)
  })
})
