// The walk-through of the README: from a fresh start through choices, a vote and learning to an account on two devices.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBrowser } from '../support/browser/browser.ts'
import { hasChromium } from '../support/browser/chromium.ts'
import type { TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'
import { startWithWebApp } from '../support/web-app.ts'
import { begin, PASSWORD, passRecoveryCode, settled, visit } from './used-profile.ts'
import { originsOf, watchErrors } from './watched-page.ts'

const LONGEST_MS = 3 * 60_000

describe.skipIf(!hasChromium)('the walk-through', () => {
  let browser: Awaited<ReturnType<typeof startBrowser>>
  let server: TestServer
  beforeAll(async () => {
    ;[browser, server] = await Promise.all([startBrowser(), startWithWebApp()])
  })
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]()
    await server?.[Symbol.asyncDispose]()
  })

  it('[W2] [W5] leads from a fresh start to a vote that a second device shows, in less than three minutes', async () => {
    const startedMs = performance.now()
    await using first = await browser.newProfile()
    const errors = watchErrors(first)
    const page = await first.open(server.url)
    page.setDefaultTimeout(15_000)

    // First visit: nothing is chosen beyond this device. Votes are sealed, progress and bookmarks are opened.
    await page.getByRole('heading', { name: 'Learn, vote, and keep it yours' }).waitFor()
    expect(await page.getByRole('radio', { name: 'Only on this device', checked: true }).count()).toBe(4)
    await choose(page, 'Votes', 'Sealed')
    await choose(page, 'Learning progress', 'Open')
    await page.getByRole('button', { name: 'Begin' }).click()

    // A vote.
    await page.getByRole('link', { name: 'Civic', exact: true }).click()
    await page.getByLabel('Search').fill('social security fairness')
    await page.getByRole('button', { name: 'Yes', exact: true }).click()
    await page.getByText('Your vote: Yes. Saved on this device.').waitFor()
    await expectSync(page, 'Saved on this device')

    // Something to learn, which leads to recommendations.
    await page.getByRole('link', { name: 'Learn', exact: true }).click()
    await page.getByRole('link', { name: 'How economic inequality harms societies' }).first().click()
    await page.getByRole('button', { name: 'I have finished it' }).click()
    await page.getByText('Marked as finished.').waitFor()
    await page.getByRole('link', { name: 'Home', exact: true }).click()
    await page
      .getByText(/You (completed|have been learning|voted)/)
      .first()
      .waitFor()

    // An account: the recovery code is written down and checked.
    await page.getByRole('link', { name: 'Me', exact: true }).click()
    await page.getByLabel('Username').fill('ada-example')
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByLabel('Name of this device').fill('Kitchen tablet')
    await page.getByRole('button', { name: 'Make an account' }).click()
    await passRecoveryCode(page)
    await expectSync(page, 'Safe on the server')

    // What the server sees of the votes are sizes.
    await page.getByRole('link', { name: 'What the server sees' }).click()
    await page.getByText('document_updates').waitFor()
    expect(await page.getByText('Sealed: the server has sizes only').count()).toBeGreaterThan(0)
    expect(await page.locator('main').textContent()).not.toContain('hr82-118')

    // A second device.
    await using second = await browser.newProfile()
    const other = await second.open(server.url)
    other.setDefaultTimeout(15_000)
    await other.getByRole('link', { name: 'I have an account' }).click()
    await other.getByLabel('Email address or username').fill('ada-example')
    await other.getByLabel('Password').fill(PASSWORD)
    await other.getByRole('button', { name: 'Sign in' }).click()
    await other.getByRole('heading', { name: 'Signed in as ada-example' }).waitFor()
    await other.getByRole('button', { name: 'Yes, I opened these' }).click()
    await expectSync(other, 'Safe on the server')
    await other.getByRole('link', { name: 'Civic', exact: true }).click()
    await other.getByRole('link', { name: 'My votes' }).click()
    await settled(other)
    await other
      .getByRole('listitem')
      .filter({ hasText: 'Social Security Fairness Act' })
      .locator('[aria-pressed=true]', { hasText: 'Yes' })
      .waitFor()

    // Changed there, it changes here.
    await other.getByRole('button', { name: 'No', exact: true }).click()
    await page.getByRole('link', { name: 'Civic', exact: true }).click()
    await page.getByRole('link', { name: 'My votes' }).click()
    await page.locator('main [aria-pressed=true]', { hasText: 'No' }).waitFor()

    expect(performance.now() - startedMs).toBeLessThan(LONGEST_MS)
    expect(errors()).toEqual([])
    expect([...originsOf(first), ...originsOf(second)]).toEqual([server.url, server.url])
  })

  it('lets somebody who has lost the password in again by mail, and opens what is sealed with the recovery code', async () => {
    await using profile = await browser.newProfile()
    const page = await begin(profile, server.url)
    page.setDefaultTimeout(15_000)
    await visit(page, `${server.url}/me`)
    await page.getByLabel('Email address').fill('grace@example.org')
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Make an account' }).click()
    const code = await passRecoveryCode(page)
    await openMail(page, 'verify-email')
    await page.getByRole('button', { name: 'Confirm your address' }).click()
    await page.getByText('The address is confirmed.').waitFor()

    await visit(page, `${server.url}/me`)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: 'I have an account already' }).click()
    await page.getByRole('link', { name: 'I forgot my password' }).click()
    await page.getByRole('heading', { name: 'By mail' }).waitFor()
    await page.getByLabel('Email address or username').last().fill('grace@example.org')
    await page.getByRole('button', { name: 'Send me a mail' }).click()
    await openMail(page, 'reset-password')
    expect(page.url()).toBe(`${server.url}/reset-password`)
    await page.getByLabel('Email address or username').fill('grace@example.org')
    await page.getByLabel('New password').fill(`${PASSWORD}, and newer`)
    await page.getByRole('button', { name: 'Set the new password' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.getByLabel('Email address or username').fill('grace@example.org')
    await page.getByLabel('Password').fill(`${PASSWORD}, and newer`)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Your keys are locked' }).waitFor()
    await page.getByLabel('Recovery code').fill(code)
    await page.getByLabel('Password', { exact: true }).fill(`${PASSWORD}, and newer`)
    await page.getByRole('button', { name: 'Open', exact: true }).click()
    await passRecoveryCode(page)
    await page.getByRole('heading', { name: 'Your keys are locked' }).waitFor({ state: 'detached' })
  })

  /** Opens the link of the mail that was sent last of its kind. */
  async function openMail(page: Page, kind: string): Promise<void> {
    const link = new RegExp(`/${kind}#\\S+`)
    const mail = await until(() => server.mails.find(({ text }) => link.test(text)))
    await visit(page, `${server.url}${link.exec(mail.text)?.[0]}`)
  }

  it('[W3] puts a new version into use only when the person agrees', async () => {
    await using site = await serveNextVersion(server.url)
    await using profile = await browser.newProfile()
    const page = await profile.open(site.url)
    await settled(page)
    await page.evaluate(async () => void (await navigator.serviceWorker.ready))
    await page.reload()
    await settled(page)
    site.release()
    await page.evaluate(async () => void (await (await navigator.serviceWorker.ready).update()))
    await page.getByText('A new version is ready.').waitFor()
    const isWaiting = () => page.evaluate(async () => (await navigator.serviceWorker.ready).waiting !== null)
    expect(await isWaiting()).toBe(true)
    await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: 'Use it now' }).click()])
    await settled(page)
    expect(await isWaiting()).toBe(false)
  })
})

/** The files of a server, and after `release` a service worker that is not the same any more. */
async function serveNextVersion(
  url: string,
): Promise<AsyncDisposable & { readonly url: string; release(): void }> {
  let isReleased = false
  const server = createServer(async (request, response) => {
    const answer = await fetch(`${url}${request.url}`, { headers: { accept: request.headers.accept ?? '' } })
    const body = Buffer.from(await answer.arrayBuffer())
    const isChanged = isReleased && request.url === '/service-worker.js'
    const headers = ['content-type', 'content-security-policy'].map(name => [
      name,
      answer.headers.get(name) ?? '',
    ])
    response.writeHead(answer.status, Object.fromEntries(headers))
    response.end(isChanged ? `${body}\n// next` : body)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    release() {
      isReleased = true
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

async function choose(page: Page, category: string, choice: string): Promise<void> {
  await page.getByRole('group', { name: category }).getByRole('radio', { name: choice }).check()
}

async function expectSync(page: Page, words: string): Promise<void> {
  await page.locator('.sync', { hasText: words }).waitFor()
}
