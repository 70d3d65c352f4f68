// The SDK on a page, in a real browser, with a server on another origin.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startBrowser } from '../support/browser/browser.ts'
import { hasChromium } from '../support/browser/chromium.ts'
import { bundlePage } from '../support/browser/page-bundle.ts'
import { type Site, serveSite } from '../support/browser/site.ts'
import { documentedExamples } from '../support/documented-examples.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import type {} from './pages/client-page.ts'
import type {} from './pages/react-page.ts'

describe.skipIf(!hasChromium)('the SDK on a page', () => {
  let browser: Awaited<ReturnType<typeof startBrowser>>
  let profile: Awaited<ReturnType<typeof browser.newProfile>>
  let site: Site
  let server: TestServer

  beforeAll(async () => {
    const [started, files] = await Promise.all([startBrowser(), bundlePage('client-page.ts')])
    browser = started
    site = await serveSite(files, () => server?.url)
    server = await startTestServer({}, undefined, { corsOrigins: [site.origin] })
    profile = await browser.newProfile()
  })
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]()
    await server?.[Symbol.asyncDispose]()
    await site?.[Symbol.asyncDispose]()
  })
  afterEach(() => expect(profile.watched).toMatchObject({ violations: [], errors: [] }))

  it('[B7] [B9] keeps what is written across reloads, makes an account with keys derived in the worker, syncs, and asks once for storage that stays', async () => {
    const page = await profile.open(site.origin)
    await page.evaluate(async () => {
      const client = await window.sdk.openClient()
      await client.votes.cast('hr8-118', 'yes')
    })
    await page.reload()
    const after = await page.evaluate(async url => {
      const states: string[] = []
      window.addEventListener('wd:sync', ({ detail }) => states.push(detail.status.state))
      const client = await window.sdk.openClient({ server: url })
      const kept = client.votes.get('hr8-118')?.choice
      let asked = 0
      navigator.storage.persist = async () => {
        asked++
        return true
      }
      await client.votes.cast('hr9-118', 'yes')
      const askedBefore = asked
      await client.account.register({ username: 'ada-example', password: 'a long made-up password' })
      await client.privacy.set({ votes: 'open' })
      const saved = await client.votes.cast('hr8-118', 'no')
      await saved.durable()
      await new Promise<void>(resolve => {
        const look = () => states.at(-1) === 'durable' && resolve()
        window.addEventListener('wd:sync', look)
        look()
      })
      return {
        kept,
        askedBefore,
        asked,
        user: client.account.current()?.username,
        states,
        isLast: states.at(-1) === client.sync.status.state,
      }
    }, server.url)
    expect(after.states).toContain('durable')
    expect(after.isLast).toBe(true)
    expect(after).toMatchObject({ kept: 'yes', askedBefore: 0, asked: 1, user: 'ada-example' })
    expect(profile.watched.requests.filter(url => url.endsWith('/wd-worker.js'))).toHaveLength(1)
    await page.close()
  })

  it('[B7] tells the window what happens, and developers what there is', async () => {
    const page = await profile.open(site.origin)
    const seen = await page.evaluate(async () => {
      const events: string[] = []
      window.addEventListener('wd:ready', ({ detail }) => events.push(`ready ${detail.client.leads}`))
      window.addEventListener('wd:change', ({ detail }) =>
        events.push(`change ${detail.document} ${detail.keys}`),
      )
      window.addEventListener('wd:error', ({ detail }) => events.push(`error ${detail.code}`))
      await window.sdk.openClient({ name: 'events', passphrase: 'short' }).catch(() => undefined)
      const client = await window.sdk.openClient({ name: 'events' })
      await client.votes.cast('hr1-118', 'yes')
      const { documents, sync } = await client.inspect()
      const votes = documents.find(({ name }) => name === 'votes')
      const { quotaBytes } = await client.storage.report()
      await client.close()
      return {
        events,
        keys: votes?.registers.map(({ key }) => key),
        pending: votes?.pending,
        sync,
        quotaBytes,
      }
    })
    expect(seen.events).toEqual(['error invalid-input', 'ready true', 'change votes hr1-118'])
    expect(seen).toMatchObject({
      keys: ['hr1-118'],
      pending: ['hr1-118'],
      sync: { status: { state: 'local' } },
    })
    expect(seen.quotaBytes).toBeGreaterThan(0)
    await page.close()
  })

  it('does what the documentation shows of pages', async () => {
    const examples = await documentedExamples('client-sdk/src')
    const shown = examples.filter(({ file }) => /\/(browser(\/\w+)?|store\/indexeddb-store)\.ts$/.test(file))
    const page = await profile.open(site.origin)
    for (const { code } of shown) {
      const body = code.replace('https://api.example.org', server.url)
      await page.evaluate(`(async () => {
        const { openClient, createIndexedDbStore } = window.sdk
        ${body.includes('openClient(') ? '' : 'const client = await openClient()'}
        ${body}
        await client.close()
      })()`)
    }
    expect(shown).toHaveLength(3)
    await page.close()
  })

  it('renders again with the hooks for React at each change, in another tab too, and only then', async () => {
    await using own = await browser.newProfile()
    await using reactSite = await serveSite(await bundlePage('react-page.ts'))
    const [a, b] = [await own.open(reactSite.origin), await own.open(reactSite.origin)]
    for (const page of [a, b]) await page.evaluate(async () => void (await window.reactPage.show()))
    const shown = (id: string) => b.locator(`#${id}`).textContent()
    expect([await shown('list'), await shown('vote')]).toEqual(['local: ', 'none'])
    const before = await b.evaluate(() => ({ ...window.reactPage.renders }))
    await a.evaluate(async () => {
      const client = await window.reactPage.show()
      await client.votes.cast('hr8-118', 'yes')
      await client.bookmarks.add('faq', 'how-a-bill-becomes-law')
    })
    await expect.poll(() => shown('list')).toBe('local: hr8-118')
    expect(await shown('vote')).toBe('yes')
    const after = await b.evaluate(() => window.reactPage.renders)
    // Twice each: React's strict mode renders all double.
    expect([after.list - before.list, after.vote - before.vote]).toEqual([2, 2])
    expect(own.watched).toMatchObject({ violations: [], errors: [] })
  })

  it('[B8] keeps only its database, with nothing in clear in it, and tells nobody but the server, no token in a URL', async () => {
    await using own = await browser.newProfile()
    const page = await own.open(site.origin)
    const secrets = await page.evaluate(async url => {
      const client = await window.sdk.openClient({ server: url })
      const password = 'a made-up pass phrase'
      const { recoveryCode } = await client.account.register({ username: 'clear-example', password })
      await client.privacy.set({ votes: 'sealed', bookmarks: 'open', progress: 'open', profile: 'open' })
      await client.votes.cast('us-zz:lantern-4711', 'yes', { billName: 'An Act on lanterns' })
      await client.bookmarks.add('faq', 'question-of-lanterns', { folder: 'thistledown' })
      await client.progress.record('video-of-lanterns', { percent: 40, seconds: 60 })
      await client.profile.set({ occupation: 'lamplighter' })
      const saved = await client.notes.set('bill', 'us-zz:lantern-4711', 'a note about lanterns')
      await saved.durable()
      await client.catalogs.refresh()
      await client.recommendations()
      return [password, recoveryCode, await client.account.accessToken(), client.account.current()?.id ?? '']
    }, server.url)
    const kept = await page.evaluate(async () => {
      const texts: string[] = []
      const keys: boolean[] = []
      const databases = await indexedDB.databases()
      const request = indexedDB.open('workforce-democracy')
      await new Promise(resolve => {
        request.onsuccess = resolve
      })
      const transaction = request.result.transaction(['rows', 'state'])
      const everything = ['rows', 'state'].flatMap(name => {
        const rows = transaction.objectStore(name)
        return [rows.getAllKeys(), rows.getAll()]
      })
      await new Promise(resolve => {
        transaction.oncomplete = resolve
      })
      for (const value of everything.flatMap(({ result }) => result as unknown[])) {
        if (value instanceof CryptoKey) keys.push(value.extractable)
        else if (value instanceof Uint8Array)
          texts.push(Array.from(value, byte => String.fromCharCode(byte)).join(''))
        else texts.push(String(value))
      }
      request.result.close()
      const elsewhere = [
        localStorage.length,
        sessionStorage.length,
        (await caches.keys()).length,
        document.cookie,
      ]
      return { texts, keys, elsewhere, databases: databases.map(({ name }) => name) }
    })
    const needles = ['lantern', 'thistledown', 'lamplighter', 'clear-example', ...secrets]
    const found = needles.filter(each => kept.texts.some(text => text.includes(each)))
    expect(found).toEqual([])
    expect(kept).toMatchObject({
      keys: [false],
      elsewhere: [0, 0, 0, ''],
      databases: ['workforce-democracy'],
    })
    expect(kept.texts.length).toBeGreaterThan(10)
    const allowed = [site.origin, server.url, server.url.replace('http', 'ws')]
    const { requests, violations, errors } = own.watched
    expect(requests.filter(url => !allowed.includes(new URL(url).origin))).toEqual([])
    expect(requests.filter(url => secrets.some(each => url.includes(each)))).toEqual([])
    expect({ violations, errors, isMuch: requests.length > 10 }).toEqual({
      violations: [],
      errors: [],
      isMuch: true,
    })
  })
})
