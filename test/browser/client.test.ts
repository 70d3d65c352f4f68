// The SDK on a page, in a real browser, with a server on another origin.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startBrowser } from '../support/browser/browser.ts'
import { hasChromium } from '../support/browser/chromium.ts'
import { bundlePage } from '../support/browser/page-bundle.ts'
import { type Site, serveSite } from '../support/browser/site.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import type {} from './pages/client-page.ts'

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

  it('keeps what is written across reloads, makes an account with keys derived in the worker, and syncs', async () => {
    const page = await profile.open(site.origin)
    await page.evaluate(async () => {
      const client = await window.sdk.openClient()
      await client.votes.cast('hr8-118', 'yes')
    })
    await page.reload()
    const after = await page.evaluate(async url => {
      const client = await window.sdk.openClient({ server: url })
      const kept = client.votes.get('hr8-118')?.choice
      await client.account.register({ username: 'ada-example', password: 'a long made-up password' })
      await client.privacy.set({ votes: 'open' })
      const saved = await client.votes.cast('hr8-118', 'no')
      await saved.durable()
      return { kept, user: client.account.current()?.username, sync: client.sync.status.state }
    }, server.url)
    expect(after).toMatchObject({ kept: 'yes', user: 'ada-example' })
    expect(profile.watched.requests.filter(url => url.endsWith('/wd-worker.js'))).toHaveLength(1)
    await page.close()
  })
})
