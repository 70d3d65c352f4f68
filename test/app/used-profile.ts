// A browser profile of somebody who has used the app for a while, and the pages that there are to look at.
import type { Page } from 'playwright-core'
import type { startBrowser } from '../support/browser/browser.ts'

type Browser = Awaited<ReturnType<typeof startBrowser>>

/** Resolves once the page has drawn what it has. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() => !document.querySelector('.skeleton:not([data-sample] *)') && !document.querySelector('[aria-busy]'))
  await page.evaluate(async () => {
    await document.fonts.ready
    await new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)))
  })
}

/** A page with some votes, progress, bookmarks and interests, and the paths of all pages by name. */
export async function usedProfile(
  browser: Browser,
  url: string,
): Promise<{ readonly page: Page; readonly paths: Readonly<Record<string, string>> }> {
  const profile = await browser.newProfile()
  const page = await profile.open(url)
  await settled(page)
  const { resources } = await (await fetch(`${url}/api/resources/catalog`)).json()
  const { bills, representatives } = await (await fetch(`${url}/api/civic/catalog`)).json()
  const resource = resources[2].id
  const [bill] = bills
  const [member] = representatives
  return {
    page,
    paths: {
      welcome: '/welcome',
      design: '/design',
      home: '/',
      learn: '/learn',
      saved: '/learn/saved',
      resource: `/learn/${resource}`,
      bills: '/civic',
      bill: `/civic/bills/${bill.id}`,
      votes: '/civic/votes',
      representatives: '/civic/representatives',
      agreement: '/civic/agreement',
      member: `/civic/members/${member.id}`,
      account: '/me',
      privacy: '/me/privacy',
      devices: '/me/devices',
      stored: '/me/stored',
      data: '/me/data',
      sync: '/me/sync',
      'not-found': '/nowhere',
    },
  }
}
