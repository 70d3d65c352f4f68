// The story of one person with two browsers: offline, killed, back, sealed, exported, gone and restored.
import type { OpenableDocument } from '@workforce-democracy/shared'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { copyAtRest, readableIn } from '../support/at-rest.ts'
import { type Profile, startBrowser } from '../support/browser/browser.ts'
import { hasChromium } from '../support/browser/chromium.ts'
import { bundlePage } from '../support/browser/page-bundle.ts'
import { type Site, serveSite } from '../support/browser/site.ts'
import { fillWithStarter, startTestServer, type TestServer } from '../support/server.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'
import type {} from './pages/client-page.ts'

const PASSWORD = 'a long made-up password'
const BILL = 'us-zz:never-listed-4711'
const ALL: Record<OpenableDocument, 'open'> = {
  profile: 'open',
  votes: 'open',
  bookmarks: 'open',
  progress: 'open',
}

describe.skipIf(!hasChromium)('two browsers of one person', () => {
  let browser: Awaited<ReturnType<typeof startBrowser>>
  let server: TestServer
  /** The way of browser A to the server. */
  let proxy: TcpProxy
  let sites: readonly [Site, Site]
  let profiles: readonly [Profile, Profile, Profile]

  beforeAll(async () => {
    const [started, files] = await Promise.all([startBrowser(), bundlePage('client-page.ts')])
    browser = started
    sites = [
      await serveSite(files, () => proxy && `http://127.0.0.1:${proxy.port}`),
      await serveSite(files, () => server?.url),
    ]
    server = await startTestServer({}, undefined, { corsOrigins: sites.map(({ origin }) => origin) })
    proxy = await startTcpProxy(server.config.port)
    await fillWithStarter(server)
    profiles = [await browser.newProfile(), await browser.newProfile(), await browser.newProfile()]
  })
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]()
    await proxy?.[Symbol.asyncDispose]()
    await server?.[Symbol.asyncDispose]()
    for (const site of sites ?? []) await site[Symbol.asyncDispose]()
  })

  async function visit(profile: Profile, site: Site, url: string): Promise<Page> {
    const page = await profile.open(site.origin)
    await page.evaluate(async serverUrl => {
      window.client = await window.sdk.openClient({ server: serverUrl })
    }, url)
    return page
  }
  const visitA = () => visit(profiles[0], sites[0], `http://127.0.0.1:${proxy.port}`)
  const everythingIn = (page: Page) =>
    page.evaluate(() =>
      (['profile', 'votes', 'bookmarks', 'progress', 'notes'] as const).map(name =>
        [...window.client.state(name).values()].sort((a, b) => (a.key < b.key ? -1 : 1)),
      ),
    )
  const rankedByDevice = (page: Page) =>
    page.evaluate(async () => {
      const { items } = await window.client.recommendations({ rankedBy: 'device' })
      return items.map(({ resource, score }) => [resource.id, score] as const)
    })
  const isDurable = (page: Page) => page.waitForFunction(() => window.client.sync.status.state === 'durable')

  it('end with the same, which stays when it is sealed, and when the account is gone', async () => {
    let a = await visitA()
    await a.evaluate(
      async ({ password, modes }) => {
        const { client } = window
        await client.account.register({ username: 'ada-example', password })
        await client.privacy.set(modes)
        await client.profile.set({ skillLevel: 'beginner' })
        await client.catalogs.refresh()
      },
      { password: PASSWORD, modes: ALL },
    )
    const resource = await a.evaluate(() => window.client.catalogs.resources?.resources[0]?.id ?? '')
    await isDurable(a)
    const atFirst = await rankedByDevice(a)
    const b = await visit(profiles[1], sites[1], server.url)
    await b.evaluate(password => window.client.account.login({ login: 'ada-example', password }), PASSWORD)
    await b.waitForFunction(() => window.client.privacy.unconfirmed().length === 4)
    await b.evaluate(() => window.client.privacy.confirm())
    await isDurable(b)

    proxy.cut({ refuse: true })
    await a.evaluate(
      async ({ bill, id }) => {
        const { client } = window
        await client.votes.cast(bill, 'yes')
        await client.bookmarks.add('resource', id)
        await client.progress.record(id, { percent: 40, seconds: 60 })
        await client.notes.set('bill', bill, 'made offline')
      },
      { bill: BILL, id: resource },
    )
    const offline = await everythingIn(a)
    await a.close()
    a = await visitA()
    expect(await everythingIn(a)).toEqual(offline)
    const devtools = await profiles[0].context.newCDPSession(a)
    const killed = a.waitForEvent('crash')
    void devtools.send('Page.crash').catch(() => undefined)
    await killed
    a = await visitA()
    expect(await everythingIn(a)).toEqual(offline)

    await b.evaluate(
      async ({ bill, id }) => {
        const { client } = window
        const saved = await client.votes.cast(bill, 'no')
        await client.progress.record(id, { percent: 30, seconds: 30 })
        await client.bookmarks.add('resource', id, { folder: 'later' })
        await client.profile.addInterest('labor')
        await saved.durable()
      },
      { bill: BILL, id: resource },
    )
    proxy.restore()
    await a.evaluate(() => window.client.sync.flush())
    await Promise.all([a, b].map(isDurable))
    await expect.poll(() => everythingIn(b)).toEqual(await everythingIn(a))
    const merged = await a.evaluate(
      ({ bill, id }) => {
        const { votes, progress, bookmarks } = window.client
        const [bookmark] = bookmarks.list('resource')
        return { choice: votes.get(bill)?.choice, progress: progress.get(id), bookmark }
      },
      { bill: BILL, id: resource },
    )
    expect(merged).toMatchObject({
      choice: 'no',
      progress: { percent: 40, seconds: 90 },
      bookmark: { id: resource, folder: 'later' },
    })
    const before = await rankedByDevice(a)
    expect(before).not.toEqual(atFirst)

    const readable = async () =>
      readableIn(await copyAtRest(server), await copyAtRest(server), ['never-listed-4711'])
    expect(await readable()).toEqual(['never-listed-4711'])
    await a.evaluate(async () => (await window.client.privacy.set({ votes: 'sealed' })).done())
    expect(await readable()).toEqual([])
    expect(await rankedByDevice(a)).toEqual(before)

    const everything = await everythingIn(a)
    const file = await a.evaluate(async password => {
      const exported = await window.client.exportFile()
      await window.client.account.delete(password)
      return exported
    }, PASSWORD)
    const c = await visit(profiles[2], sites[1], server.url)
    await c.evaluate(html => window.client.importFile(html), file)
    expect(await everythingIn(c)).toEqual(everything)
    for (const { watched } of profiles) expect(watched).toMatchObject({ violations: [], errors: [] })
  })
})
