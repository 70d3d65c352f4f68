// A browser profile of somebody who has used the app for a while, and the pages that there are to look at.
import type { Page } from 'playwright-core'
import type { Profile } from '../support/browser/browser.ts'

/** The password of people in these tests. */
export const PASSWORD = 'a long made-up password'

/** Resolves once the page has drawn what it has. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(
    () =>
      document.querySelector('h1') &&
      !document.querySelector('.skeleton:not([data-sample] *)') &&
      !document.querySelector('[aria-busy]'),
  )
  await page.evaluate(async () => {
    await document.fonts.ready
    await new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)))
    const transitions = document.getAnimations().filter(each => each instanceof CSSTransition)
    await Promise.allSettled(transitions.map(each => each.finished))
  })
}

/** Goes to a page of the app as a link would. */
export async function visit(page: Page, url: string): Promise<void> {
  await page.goto(url)
  await settled(page)
}

/** Begins: the first visit with nothing chosen beyond this device. */
export async function begin(profile: Profile, url: string): Promise<Page> {
  const page = await profile.open(url)
  await settled(page)
  await page.getByRole('button', { name: 'Begin' }).click()
  await page.waitForURL(`${url}/`)
  await settled(page)
  return page
}

/** Writes the recovery code down and types it as asked: wrong first. */
export async function passRecoveryCode(page: Page): Promise<string> {
  const code = (await page.locator('.code').textContent()) ?? ''
  await page.getByRole('button', { name: 'I have written it down' }).click()
  await page.getByLabel('Recovery code').fill(code.slice(0, -1))
  await page.getByRole('button', { name: 'Check' }).click()
  await page.getByText('That is not the code. Look at it again.').waitFor()
  await page.getByLabel('Recovery code').fill(code.toLowerCase())
  await page.getByRole('button', { name: 'Check' }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  return code
}

/** Makes an account in the page. */
export async function signUp(page: Page, url: string, username: string): Promise<string> {
  await visit(page, `${url}/me`)
  await page.getByLabel('Username').fill(username)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Make an account' }).click()
  return await passRecoveryCode(page)
}

/** Votes, learns, chooses interests and a place, and makes an account. */
export async function useApp(page: Page, url: string): Promise<void> {
  for (const topic of ['Labor', 'Cooperatives', 'Unions'])
    await page.getByRole('button', { name: topic, exact: true }).click()
  await visit(page, `${url}/civic`)
  const choices = ['Yes', 'No', 'Yes', 'Yes', 'Abstain', 'No', 'Yes']
  for (const [index, choice] of choices.entries())
    await page.getByRole('listitem').nth(index).getByRole('button', { name: choice, exact: true }).click()
  await visit(page, `${url}/civic/representatives`)
  await page.getByText('Choose state and district instead').click()
  await page.getByLabel('State').selectOption('NY')
  await page.getByLabel('District').fill('14')
  await page.getByRole('button', { name: 'Find', exact: true }).click()
  await visit(page, `${url}/learn`)
  const links = await page
    .locator('main .item h3 a')
    .evaluateAll(all => all.map(each => each.getAttribute('href')))
  for (const [index, href] of links.slice(0, 3).entries()) {
    await visit(page, `${url}${href}`)
    await page.getByText('How far are you?').first().click()
    await page.getByLabel('How far are you?').selectOption(['25', '50', '75', '90', '10'][index] ?? '10')
    await page.getByLabel('Minutes to add').fill(String(12 + index * 9))
    await page.getByRole('button', { name: 'Save progress' }).click()
    if (index % 2 === 0) await page.getByRole('button', { name: 'I have finished it' }).click()
    if (index === 1) await page.getByRole('button', { name: 'Bookmark' }).click()
  }
}

/** A resource with everything that the page of one can have: a video that can be played there. */
async function videoOf(url: string): Promise<{ readonly id: string }> {
  const { resources } = await (await fetch(`${url}/api/resources/catalog`)).json()
  return resources.find(({ contentUrl }: { contentUrl: string | null }) =>
    contentUrl?.includes('youtube.com'),
  )
}

/** Writes a note, chooses who may see what, and adds a place: what takes an account. */
export async function writeToServer(page: Page, url: string): Promise<void> {
  await visit(page, `${url}/learn/${(await videoOf(url)).id}`)
  await page.getByLabel('Private note').fill('Compare with the figures for our own town.')
  await page.getByRole('button', { name: 'Save note' }).click()
  await visit(page, `${url}/me/privacy`)
  await page.getByLabel('Recommendations', { exact: true }).selectOption('device')
  await page.getByText('Saved on this device.').waitFor()
  await visit(page, `${url}/local/submit`)
  await page.getByLabel('Name').fill('A Made-up Bakery')
  await page.getByLabel('City').fill('Sampleton')
  await page.getByLabel('Worker-owned').check()
  await page.getByRole('button', { name: 'Send it' }).click()
  await page.getByText('Waiting to be looked at').waitFor()
}

/** The paths of all pages, by name. */
export async function allPaths(url: string): Promise<Readonly<Record<string, string>>> {
  const { paths } = await (await fetch(`${url}/api/resources/catalog`)).json()
  const { bills, representatives } = await (await fetch(`${url}/api/civic/catalog`)).json()
  const voted = bills.find((bill: { lastVotedOn: string | null }) => bill.lastVotedOn !== null)
  const { resources: places } = await fetch(`${url}/api/local/catalog?country=us`).then(answer =>
    answer.json(),
  )
  return {
    welcome: '/welcome',
    design: '/design',
    home: '/',
    learn: '/learn',
    saved: '/learn/saved',
    paths: '/learn/paths',
    path: `/learn/paths/${paths[0].id}`,
    resource: `/learn/${(await videoOf(url)).id}`,
    bills: '/civic',
    bill: `/civic/bills/${voted.id}`,
    votes: '/civic/votes',
    representatives: '/civic/representatives',
    agreement: '/civic/agreement',
    member: `/civic/members/${representatives[0].id}`,
    local: '/local',
    place: `/local/places/us/${places[0].id}`,
    submit: '/local/submit',
    'own-places': '/local/mine',
    account: '/me',
    forgot: '/me/forgot',
    'verify-email': '/verify-email',
    'reset-password': '/reset-password',
    privacy: '/me/privacy',
    devices: '/me/devices',
    stored: '/me/stored',
    data: '/me/data',
    sync: '/me/sync',
    'not-found': '/nowhere',
  }
}
