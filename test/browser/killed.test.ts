// A browser that is killed in the middle of writing, on a real disk.
import { describe, expect, it } from 'vitest'
import { startBrowserIn } from '../support/browser/browser.ts'
import { hasChromium } from '../support/browser/chromium.ts'
import { bundlePage } from '../support/browser/page-bundle.ts'
import { serveSite } from '../support/browser/site.ts'
import { createTemporaryDirectory } from '../support/temporary-directory.ts'
import { until } from '../support/until.ts'
import type {} from './pages/client-page.ts'

describe.skipIf(!hasChromium || process.platform !== 'linux')('a browser that is killed', () => {
  it('[B1] [B3] has everything that it called saved when it is started again', async () => {
    await using site = await serveSite(await bundlePage('client-page.ts'))
    await using directory = await createTemporaryDirectory()
    const saved: string[] = []
    const browser = await startBrowserIn(directory.path)
    const page = await browser.open(site.origin)
    page.on('console', message => saved.push(message.text()))
    await page.evaluate(async () => {
      const client = await window.sdk.openClient()
      const write = async (from: number) => {
        for (let n = from; ; n += 3) {
          await client.votes.cast(`hr${n}-118`, 'yes')
          console.log(`hr${n}-118`)
        }
      }
      for (const from of [1, 2, 3]) void write(from)
    })
    // More than are packed into a page at once.
    await until(() => saved.length > 600)
    await browser.kill()
    await using again = await startBrowserIn(directory.path)
    const kept = await (await again.open(site.origin)).evaluate(async () => {
      const client = await window.sdk.openClient()
      return client.votes.list().map(({ billId }) => billId)
    })
    expect(saved.filter(id => !kept.includes(id))).toEqual([])
    // Each of the three wrote one after the other: of none is there something without all that came before it.
    for (const from of [1, 2, 3]) {
      const own = kept.map(id => Number(/\d+/.exec(id))).filter(n => n % 3 === from % 3)
      expect(own.sort((a, b) => a - b)).toEqual(own.map((_, index) => from + 3 * index))
    }
  })
})
