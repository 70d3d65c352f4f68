// Several tabs of one site: one leads, the others see and do everything through it, and nothing is lost when it goes.
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startBrowser } from '../support/browser/browser.ts'
import { hasChromium } from '../support/browser/chromium.ts'
import { bundlePage } from '../support/browser/page-bundle.ts'
import { type Site, serveSite } from '../support/browser/site.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import type {} from './pages/client-page.ts'

const TAKEOVER_MS = 2000

describe.skipIf(!hasChromium)('tabs of one site', () => {
  let browser: Awaited<ReturnType<typeof startBrowser>>
  let profile: Awaited<ReturnType<typeof browser.newProfile>>
  let site: Site
  let server: TestServer

  beforeAll(async () => {
    const [started, files] = await Promise.all([startBrowser(), bundlePage('client-page.ts')])
    browser = started
    site = await serveSite(files, () => server?.url)
    server = await startTestServer({}, undefined, { corsOrigins: [site.origin] })
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
    await server?.[Symbol.asyncDispose]()
    await site?.[Symbol.asyncDispose]()
  })

  /** A tab with an open client. */
  async function openTab(): Promise<Page> {
    const page = await profile.open(site.origin)
    await page.evaluate(async url => {
      window.client = await window.sdk.openClient({ server: url })
    }, server.url)
    return page
  }
  const choicesIn = (page: Page) =>
    page.evaluate(() =>
      window.client.votes
        .list()
        .map(({ billId, choice }) => [billId, choice])
        .sort(),
    )
  const cast = (page: Page, billId: string) =>
    page.evaluate(async id => void (await window.client.votes.cast(id, 'yes')), billId)
  /** Resolves once the page shows so many votes. */
  const showsVotes = (page: Page, count: number) =>
    page.evaluate(async wanted => {
      const { votes } = window.client
      const isThere = () => votes.list().length >= wanted
      if (isThere()) return
      await new Promise<void>(resolve => {
        votes.subscribe(() => isThere() && resolve())
      })
    }, count)
  const leads = (page: Page) => page.evaluate(() => window.client.leads)
  /** Ends a tab as a fault would. */
  async function crash(page: Page): Promise<void> {
    const devtools = await profile.context.newCDPSession(page)
    const crashed = page.waitForEvent('crash')
    void devtools.send('Page.crash').catch(() => undefined)
    await crashed
  }

  it('[B4] show each other’s writes, and one of them leads', async () => {
    const [a, b] = [await openTab(), await openTab()]
    const seen = showsVotes(b, 1)
    await cast(a, 'hr1-118')
    await seen
    const ownWrite = await b.evaluate(async () => {
      await window.client.votes.cast('hr2-118', 'no')
      return window.client.votes.get('hr2-118')?.choice
    })
    await showsVotes(a, 2)
    expect([await leads(a), await leads(b), ownWrite]).toEqual([true, false, 'no'])
    expect(await choicesIn(a)).toEqual(await choicesIn(b))
  })

  it('[B4] fail alike for what a verb refuses, and do everything of an account, durably, from a tab that follows', async () => {
    const [a, b] = [await openTab(), await openTab()]
    const done = await b.evaluate(async () => {
      const { client } = window
      const refused = await client.votes.cast('no bill', 'yes').catch(({ code }) => code)
      const { user } = await client.account.register({
        username: 'tab-example',
        password: 'a long made-up password',
      })
      const chosen = await client.privacy.set({ votes: 'open' })
      const saved = await client.votes.cast('hr3-118', 'yes')
      await Promise.all([chosen.done(), saved.durable()])
      return { refused, same: user.id === client.account.current()?.id, votes: client.privacy.get().votes }
    })
    expect(done).toEqual({ refused: 'invalid-bill-id', same: true, votes: 'open' })
    expect(await a.evaluate(() => window.client.account.current()?.username)).toBe('tab-example')
    const sockets = () => profile.watched.requests.filter(url => url.startsWith('ws')).length
    expect(sockets()).toBe(1)
    await a.close()
    await b.evaluate(async () => (await window.client.votes.cast('hr4-118', 'no')).durable())
    expect(sockets()).toBe(2)
  })

  it.each(['closed', 'crashed'])(
    '[B5] take over within 2 s when the leader is %s, and lose no write',
    async how => {
      const [a, b, c] = [await openTab(), await openTab(), await openTab()]
      await cast(b, 'hr1-118')
      // Writes without a pause, each counted once it is said to be saved.
      await Promise.all(
        [a, b, c].map((page, at) =>
          page.evaluate(
            start => {
              const written: string[] = []
              let slowestMs = 0
              const write = async () => {
                for (let n = start; n < start + 5000 && !state.isEnough; n++) {
                  const begun = performance.now()
                  await window.client.votes.cast(`hr${n}-118`, 'yes')
                  slowestMs = Math.max(slowestMs, performance.now() - begun)
                  written.push(`hr${n}-118`)
                }
                return { written, slowestMs }
              }
              const state = { isEnough: false, done: Promise.resolve({ written, slowestMs }), written }
              state.done = write()
              Object.assign(window, { writing: state })
            },
            1000 + 5000 * at,
          ),
        ),
      )
      await showsVotes(b, 40)
      await (how === 'closed' ? a.close() : crash(a))
      const leading = () => Promise.all([b, c].map(leads))
      while (!(await leading()).includes(true)) await b.evaluate(() => new Promise(requestAnimationFrame))
      const before = await b.evaluate(() => window.client.votes.list().length)
      await showsVotes(b, before + 20)
      const results = await Promise.all(
        [b, c].map(page =>
          page.evaluate(() => {
            const { writing } = window as unknown as {
              writing: { isEnough: boolean; done: Promise<{ written: string[]; slowestMs: number }> }
            }
            writing.isEnough = true
            return writing.done
          }),
        ),
      )
      for (const { slowestMs } of results) expect(slowestMs).toBeLessThan(TAKEOVER_MS)
      const shown = (await choicesIn(b)).map(([billId]) => billId)
      await Promise.all([b, c].map(page => page.close()))
      const kept = new Set((await choicesIn(await openTab())).map(([billId]) => billId))
      const written = results.flatMap(result => result.written)
      expect(['hr1-118', ...shown, ...written].filter(id => !kept.has(id))).toEqual([])
    },
  )

  it('[B5] converge when three write at once, and a later visit finds what they showed', async () => {
    const tabs = [await openTab(), await openTab(), await openTab()]
    await Promise.all(
      tabs.map((page, at) =>
        page.evaluate(async own => {
          const { client } = window
          const choice = (['yes', 'no', 'abstain'] as const)[own] ?? 'yes'
          await Promise.all([
            ...Array.from({ length: 50 }, (_, n) => client.votes.cast(`hr${n + 1}-118`, choice)),
            ...Array.from({ length: 20 }, () => client.progress.record('video1', { seconds: 1 })),
          ])
        }, at),
      ),
    )
    const stateIn = (page: Page) =>
      page.evaluate(() => ({
        votes: [...window.client.state('votes').values()].sort((a, b) => (a.key < b.key ? -1 : 1)),
        seconds: window.client.progress.get('video1')?.seconds,
      }))
    const shown = await stateIn(tabs[0]!)
    expect(shown.seconds).toBe(60)
    for (const tab of tabs) await expect.poll(() => stateIn(tab)).toEqual(shown)
    await Promise.all(tabs.map(page => page.close()))
    expect(await stateIn(await openTab())).toEqual(shown)
  })

  it('[B5] end with tab-lost what can only be done once, and do the rest, when the leader has not answered', async () => {
    const a = await profile.context.newPage()
    // It saves, and is gone before it can say so.
    await a.addInitScript(() => {
      const post = BroadcastChannel.prototype.postMessage
      BroadcastChannel.prototype.postMessage = function (message: { readonly kind: string }) {
        if (message.kind !== 'answer') post.call(this, message)
      }
    })
    await a.goto(site.origin)
    await a.evaluate(async () => void (await window.sdk.openClient()))
    const b = await openTab()
    const outcomes = b.evaluate(() => {
      const { client } = window
      const outcomeOf = (call: Promise<unknown>) =>
        call.then(
          () => 'saved',
          ({ code }) => code as string,
        )
      return Promise.all([
        outcomeOf(client.progress.record('video1', { seconds: 7 })),
        outcomeOf(client.votes.cast('hr1-118', 'yes')),
      ])
    })
    await showsVotes(b, 1)
    await a.close()
    expect(await outcomes).toEqual(['tab-lost', 'saved'])
    const kept = await b.evaluate(() => window.client.progress.get('video1')?.seconds)
    expect(kept).toBe(7)
  })

  it('[B4] open with the same passphrase only', async () => {
    const open = (page: Page, passphrase: string) =>
      page.evaluate(
        async options => {
          const outcome = await window.sdk.openClient(options).catch(({ code }) => code as string)
          return typeof outcome === 'string' ? outcome : 'open'
        },
        { name: 'locked', passphrase },
      )
    const [a, b] = [await profile.open(site.origin), await profile.open(site.origin)]
    expect(await open(a, 'correct horse battery staple')).toBe('open')
    expect(await open(b, 'another horse battery staple')).toBe('wrong-passphrase')
    expect(await open(b, 'correct horse battery staple')).toBe('open')
  })

  it('[B6] take a deletion by somebody else for a wipe: told in each, and not made again before all are closed', async () => {
    const [a, b] = [await openTab(), await openTab()]
    await cast(a, 'hr5-118')
    await a.evaluate(async () => void (await window.client.bookmarks.add('faq', 'never-synced')))
    const told = [a, b].map(page =>
      page.evaluate(
        () =>
          new Promise<string>(resolve => {
            window.addEventListener('wd:error', ({ detail }) => resolve(detail.code))
          }),
      ),
    )
    // What the existing site does when it is told to forget.
    await b.evaluate(async () => {
      for (const { name } of await indexedDB.databases()) if (name) indexedDB.deleteDatabase(name)
    })
    expect(await Promise.all(told)).toEqual(['store-lost', 'store-lost'])
    const after = await b.evaluate(async () => ({
      cast: await window.client.votes.cast('hr6-118', 'yes').catch(({ code }) => code),
      gone: window.client.store.gone,
      isRescued: (await window.client.exportFile()).includes('never-synced'),
      databases: (await indexedDB.databases()).length,
    }))
    expect(after).toEqual({ cast: 'store-lost', gone: 'store-lost', isRescued: true, databases: 0 })
    // The tab that takes over does not begin anew by itself either.
    await a.close()
    await b.waitForFunction(() => window.client.sync.status.problem === 'store-lost')
    expect(await b.evaluate(async () => (await indexedDB.databases()).length)).toBe(0)
    await b.close()
    expect(await choicesIn(await openTab())).toEqual([])
  })
})
