// The hooks for React, in a page made with it.
import { describe, expect, it } from 'vitest'
import { startBrowser } from '../support/browser/browser.ts'
import { hasChromium } from '../support/browser/chromium.ts'
import { bundlePage } from '../support/browser/page-bundle.ts'
import { serveSite } from '../support/browser/site.ts'
import type {} from './pages/react-page.ts'

describe.skipIf(!hasChromium)('the hooks for React', () => {
  it('show each change, in another tab too, and render only when there is one', async () => {
    const [browser, files] = await Promise.all([startBrowser(), bundlePage('react-page.ts')])
    await using _browser = browser
    await using site = await serveSite(files)
    await using profile = await browser.newProfile()
    const [a, b] = [await profile.open(site.origin), await profile.open(site.origin)]
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
    expect(profile.watched).toMatchObject({ violations: [], errors: [] })
  })
})
