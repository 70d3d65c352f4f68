// Each page of the app in a browser, in front of the real server: what axe finds, and the main path of each.
import axe from 'axe-core'
import { pino } from 'pino'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../../server/src/app.ts'
import { createContext } from '../../server/src/context.ts'
import { withAdmins } from '../support/admins.ts'
import { type Profile, startBrowser } from '../support/browser/browser.ts'
import { hasChromium } from '../support/browser/chromium.ts'
import type { TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'
import { importDistricts, startWithWebApp } from '../support/web-app.ts'
import { allPaths, begin, settled, signUp, useApp, visit } from './used-profile.ts'
import { originsOf, watchErrors } from './watched-page.ts'

describe.skipIf(!hasChromium)('the web app', () => {
  let browser: Awaited<ReturnType<typeof startBrowser>>
  let server: TestServer
  let profile: Profile
  let page: Page
  let errors: () => readonly string[]

  beforeAll(async () => {
    ;[browser, server] = await Promise.all([startBrowser(), startWithWebApp()])
    await importDistricts(server)
    profile = await browser.newProfile()
    errors = watchErrors(profile)
    await profile.context.addInitScript(watchShifts)
    page = await begin(profile, server.url)
    page.setDefaultTimeout(10_000)
    await useApp(page, server.url)
    await signUp(page, server.url, 'ada-example')
  })
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]()
    await server?.[Symbol.asyncDispose]()
  })

  const go = (path: string) => visit(page, `${server.url}${path}`)

  it('[W4] has nothing on any page, light or dark, that axe objects to', async () => {
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
    const found: string[] = []
    for (const [name, path] of Object.entries(await allPaths(server.url))) {
      await go(path)
      await page.evaluate(axe.source)
      found.push(...(await violations(page)).map(each => `${name}, light: ${each}`))
      await page.evaluate(() => document.documentElement.setAttribute('data-theme', 'dark'))
      await settled(page)
      found.push(...(await violations(page, ['color-contrast'])).map(each => `${name}, dark: ${each}`))
    }
    expect(found).toEqual([])
  })

  it('[W4] is never wider than the window, down to 360 pixels, and nothing on it moves while it is drawn', async () => {
    await page.setViewportSize({ width: 360, height: 780 })
    const wide: string[] = []
    const moved: string[] = []
    for (const [name, path] of Object.entries(await allPaths(server.url))) {
      await go(path)
      const width = await page.evaluate(() => document.documentElement.scrollWidth)
      if (width > 360) wide.push(`${name}: ${width}`)
      const shift = await page.evaluate(() => window.shift)
      if (shift > 0.01) moved.push(`${name}: ${shift}`)
    }
    await page.setViewportSize({ width: 1280, height: 800 })
    expect({ wide, moved }).toEqual({ wide: [], moved: [] })
  })

  it('[W4] takes, changes and takes back a vote by the keyboard alone, and keeps the focus where it was', async () => {
    await go('/civic?vote=unvoted&sort=name')
    const pressTo = async (name: string) => {
      for (let tabs = 0; tabs < 60; tabs++) {
        await page.keyboard.press('Tab')
        if ((await focusedText(page)) === name) return
      }
      throw new Error(`There is no way to ${name} by the keyboard.`)
    }
    await pressTo('Skip to content')
    await page.keyboard.press('Enter')
    await pressTo('Yes')
    const title = await page.evaluate(
      () => document.activeElement?.closest('li')?.querySelector('h3')?.textContent,
    )
    await page.getByLabel('My vote').selectOption('')
    const item = page
      .getByRole('listitem')
      .filter({ has: page.getByRole('link', { name: title ?? '', exact: true }) })
    await item.getByRole('button', { name: 'Yes', exact: true }).focus()
    await page.keyboard.press('Enter')
    await expectPressed(item.getByRole('button', { name: 'Yes', exact: true }))
    expect(await focusedText(page)).toBe('Yes')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Space')
    await expectPressed(item.getByRole('button', { name: 'No', exact: true }))
    expect(await focusedText(page)).toBe('No')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    expect(await focusedText(page)).toBe('Take back')
    await page.keyboard.press('Enter')
    await item.getByRole('button', { name: 'Take back' }).waitFor({ state: 'detached' })
    expect(await item.locator('[aria-pressed=true]').count()).toBe(0)
  })

  it('finds bills by name and by number, and remembers the search in its address', async () => {
    await go('/civic')
    await page.getByLabel('Search').fill('social security')
    await expectCount(page, 'main .item', 1)
    expect(new URL(page.url()).searchParams.get('q')).toBe('social security')
    await page.reload()
    await settled(page)
    await expectCount(page, 'main .item', 1)
    await page.getByLabel('Search').fill('nothing like it')
    await page.getByRole('button', { name: 'Clear all filters' }).click()
    expect(await page.locator('main .item').count()).toBeGreaterThan(5)
  })

  it('finds resources, keeps bookmark, rating and note, and takes “not interested” for an answer', async () => {
    await go('/learn')
    await page.getByLabel('Search').fill('inequality')
    await page.locator('main .item h3 a').first().click()
    await page.getByLabel('Private note').fill('Read it again.')
    await page.getByRole('button', { name: 'Save note' }).click()
    await page.getByRole('button', { name: 'Rate 4 of 5' }).click()
    await page.getByRole('button', { name: 'Bookmark' }).click()
    await page.getByRole('button', { name: 'Not interested' }).click()
    await page.getByText('You said that you are not interested.').waitFor()
    await page.reload()
    await settled(page)
    expect(await page.getByLabel('Private note').inputValue()).toBe('Read it again.')
    await expectPressed(page.getByRole('button', { name: 'Rate 4 of 5' }))
    await expectPressed(page.getByRole('button', { name: 'Bookmarked' }))
    expect(await page.getByText('You said that you are not interested.').count()).toBe(1)
  })

  it('shows who votes as the person does, and the votes that this rests on', async () => {
    await go('/civic/agreement')
    const first = page.locator('main .item').first()
    expect(await first.textContent()).toMatch(/Agrees on \d+ of \d+ · \d+\s?% \(\d+\s?% to \d+\s?%\)/)
    const [, agreed, all] = (await first.textContent())?.match(/Agrees on (\d+) of (\d+)/) ?? []
    await first.getByRole('link').click()
    await page.getByText('The votes this rests on').waitFor()
    expect(await page.locator('main .item').getByText('Agree', { exact: true }).count()).toBe(Number(agreed))
    const disagreed = await page.locator('main .item').getByText('Disagree', { exact: true }).count()
    expect(disagreed).toBe(Number(all) - Number(agreed))
  })

  it('[O21] finds representatives from a ZIP code without telling the server which, and asks where a border runs through it', async () => {
    const asked: string[] = []
    page.on('request', request => asked.push(request.url() + (request.postData() ?? '')))
    await go('/civic/representatives')
    await page.getByLabel('ZIP code').fill('99999')
    await page.getByRole('button', { name: 'Find my representatives' }).click()
    await page.getByText(/a sample of \d+ ZIP codes only, and not this one/).waitFor()
    await page.getByLabel('ZIP code').fill('98103')
    await page.getByRole('button', { name: 'Find my representatives' }).click()
    await page.getByRole('link', { name: 'Pramila Jayapal' }).waitFor()
    await page.getByLabel('ZIP code').fill('11101-2345')
    await page.getByRole('button', { name: 'Find my representatives' }).click()
    await page.getByText('11101-2345 lies in 2 districts').waitFor()
    await page.getByRole('button', { name: /district 7/ }).click()
    await page.getByRole('link', { name: 'Alexandria Ocasio-Cortez' }).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: /district 14\s*Alexandria Ocasio-Cortez/ }).click()
    await page.getByRole('link', { name: 'Alexandria Ocasio-Cortez' }).waitFor()
    expect(asked.filter(each => each.includes('/api/civic/districts'))).toHaveLength(1)
    expect(asked.filter(each => each.includes('11101'))).toEqual([])
  })

  it('shows agreement by topic, notes with what they are on, achievements with their day, and the history of consents', async () => {
    await go('/civic/agreement')
    await page.locator('main .item').first().getByRole('link').click()
    await page
      .getByRole('list', { name: 'By topic' })
      .getByText(/Agrees on \d+ of \d+/)
      .first()
      .waitFor()
    await go('/learn/saved')
    await page.getByRole('list', { name: 'Private notes' }).getByText('Read it again.').waitFor()
    await go('/')
    const achievement = page.getByRole('listitem').filter({ hasText: 'First resource finished' })
    expect(await achievement.textContent()).toContain(String(new Date().getFullYear()))
    await go('/me/privacy')
    await page.getByLabel('Recommendations', { exact: true }).selectOption('device')
    await until(async () => {
      await go('/me/privacy')
      return (await page.getByRole('region', { name: 'History of your choices' }).count()) === 1
    })
  })

  it('finds places near by, rates one, and takes one that is missing', async () => {
    await go('/local')
    expect(await page.locator('main .item').count()).toBe(3)
    await page.getByLabel('City or postcode').fill('941')
    await page.getByText('1 result', { exact: true }).waitFor()
    await page.getByRole('link', { name: 'Rainbow Grocery Cooperative' }).click()
    await page.getByRole('button', { name: 'Rate 4 of 5' }).click()
    await page.getByText('Rated.').waitFor()
    await page.reload()
    await page.locator('[data-key="star-4"][aria-pressed="true"]').waitFor()
    await go('/local/submit')
    await page.getByRole('button', { name: 'Send it' }).click()
    await page.locator('[aria-invalid]').waitFor()
    await page.getByLabel('Name').fill('A Made-up Bakery')
    await page.getByLabel('City').fill('Sampleton')
    await page.getByLabel('Worker-owned').check()
    await page.getByRole('button', { name: 'Send it' }).click()
    await page.getByText('Waiting to be looked at').waitFor()
    await go('/local?where=sampleton')
    await page.getByText('No place fits').waitFor()
  })

  it('brings everything back from its export file', async () => {
    await go('/me/data')
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save the file' }).click(),
    ])
    const path = await download.path()
    await using other = await browser.newProfile()
    const fresh = await begin(other, server.url)
    await fresh.getByText('Recommended for you').waitFor()
    expect(await fresh.getByText('Not here yet').count()).toBe(0)
    await visit(fresh, `${server.url}/me/data`)
    await fresh.getByLabel('Export file').setInputFiles(path)
    await fresh.getByRole('button', { name: 'Import' }).click()
    await fresh.getByText(/were new here/).waitFor()
    await visit(fresh, `${server.url}/civic/votes`)
    await go('/civic/votes')
    expect(await fresh.locator('main .item').count()).toBe(await page.locator('main .item').count())
  })

  it('[W3] works without network once it has been here', async () => {
    await go('/')
    await page.evaluate(async () => void (await navigator.serviceWorker.ready))
    await page.reload()
    await settled(page)
    await profile.context.setOffline(true)
    try {
      await go('/civic/votes')
      expect(await page.locator('main .item').count()).toBeGreaterThan(3)
      await go('/')
      expect(await page.getByText('Recommended for you').count()).toBe(1)
    } finally {
      await profile.context.setOffline(false)
    }
  })

  it('speaks Spanish, and goes on doing so', async () => {
    await go('/')
    await page.getByRole('button', { name: 'Español' }).click()
    await page.getByRole('link', { name: 'Aprender' }).click()
    await page.getByRole('heading', { name: 'Aprender', level: 1 }).waitFor()
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('es')
    await page.getByRole('button', { name: 'English' }).click()
    await page.getByRole('heading', { name: 'Learn', level: 1 }).waitFor()
  })

  it('[W7] lets those look after the library who have the role, in pages of their own, and writes it down', async () => {
    await visit(page, `${server.url}/admin`)
    await page.getByText('This account does not have the role').waitFor()
    await withAdmins(server, admins => admins.grant('ada-example'))
    await go('/admin/resources/new')
    await page.getByLabel('Title').fill('A made-up guide')
    await page.getByLabel('Address of the original').fill('https://example.org/guide')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'Resources', level: 1 }).waitFor()
    await go('/admin/places')
    await page.getByRole('link', { name: 'A Made-up Bakery' }).click()
    await page.getByRole('button', { name: 'Approve' }).click()
    await page.getByText('Nothing is waiting to be looked at.').waitFor()
    await go('/admin/paths/new')
    await page.getByLabel('Title').fill('A made-up path')
    await page.getByLabel('Id').fill('made-up-path')
    await page.getByLabel('Add a resource').selectOption({ label: 'A made-up guide' })
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'Learning paths', level: 1 }).waitFor()
    await page.getByRole('link', { name: 'Audit log' }).click()
    await page.getByRole('heading', { name: 'A resource was added' }).waitFor()
    await page.getByRole('link', { name: 'Imports' }).click()
    await page.getByRole('heading', { name: 'Postcodes and districts: zip-districts.csv' }).waitFor()
    await page.getByText('1 not as documented').click()
    await page.getByText('line 5: state_abbr').waitFor()
    const found: string[] = []
    for (const path of [
      'resources',
      'resources/new',
      'paths',
      'paths/made-up-path',
      'places',
      'imports',
      'audit-log',
    ]) {
      await go(`/admin/${path}`)
      await page.evaluate(axe.source)
      found.push(...(await violations(page)).map(each => `${path}: ${each}`))
    }
    expect(found).toEqual([])
    // In the language that was chosen in the app.
    await page.evaluate(() => localStorage.setItem('language', 'es'))
    await go('/admin/imports')
    await page.getByRole('heading', { name: 'Importaciones', level: 1 }).waitFor()
    await page.evaluate(() => localStorage.setItem('language', 'en'))
    // The catalog is published a moment later.
    await until(async () => {
      await go('/learn?q=made-up')
      return (await page.locator('main .item').count()) === 1
    })
  })

  it('[W1] shows a video in the player of its site once it is asked to, and tells that site no page', async () => {
    await using watcher = await browser.newProfile()
    const asked: string[] = []
    await watcher.context.route(
      url => url.origin !== server.url,
      async route => {
        const { referer } = await route.request().allHeaders()
        asked.push(`${route.request().url()} from ${referer}`)
        await route.fulfill({ contentType: 'text/html', body: '<title>Made-up player</title>' })
      },
    )
    const watching = await begin(watcher, server.url)
    await visit(watching, `${server.url}/learn?q=crash+course`)
    await watching.getByRole('link', { name: /Crash Course/ }).click()
    await watching.getByText('YouTube then learns your network address').waitFor()
    expect(asked).toEqual([])
    await watching.getByRole('button', { name: 'Show the video here' }).click()
    const player = watching.locator('iframe')
    await player.contentFrame().locator('html').waitFor()
    expect(asked).toHaveLength(1)
    expect(asked[0]).toMatch(/^https:\/\/www\.youtube-nocookie\.com\/embed\/videoseries\?list=[\w-]+ from /)
    expect(asked[0]).toMatch(new RegExp(` from ${server.url}/$`))
    expect(await player.getAttribute('sandbox')).toBe('allow-scripts allow-same-origin allow-presentation')
    expect(watcher.watched.violations).toEqual([])
  })

  it('[W1] has asked nothing of any other origin, and met no error and no bar of its policy', async () => {
    const asked = (path: string) => fetch(`${server.url}${path}`, { headers: { accept: 'text/html' } })
    for (const path of ['/', '/civic/votes', '/admin/paths']) {
      const { status, headers } = await asked(path)
      expect(status).toBe(200)
      expect(headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval';/,
      )
      expect(headers.get('cache-control')).toBe('no-cache')
    }
    const framing = async (path: string, videoFrames = true) => {
      await using context = await createContext({ ...server.config, videoFrames }, pino({ level: 'silent' }))
      const { headers } = await createApp(context).request(path, { headers: { accept: 'text/html' } })
      return /frame-src [^;]*/.exec(headers.get('content-security-policy') ?? '')?.[0]
    }
    expect(await framing('/')).toBe('frame-src https://www.youtube-nocookie.com https://player.vimeo.com')
    expect([await framing('/', false), await framing('/admin/paths')]).toEqual([undefined, undefined])
    expect((await asked('/api/nothing')).status).toBe(404)
    expect([...originsOf(profile)]).toEqual([server.url])
    const offline = /ERR_INTERNET_DISCONNECTED|Failed to load resource/
    expect(errors().filter(text => !offline.test(text))).toEqual([])
  })
})

declare global {
  interface Window {
    /** How far things have moved by themselves (CLS). */
    shift: number
  }
}

function watchShifts(): void {
  window.shift = 0
  const add = (list: PerformanceObserverEntryList) => {
    for (const entry of list.getEntries() as (PerformanceEntry & {
      value: number
      hadRecentInput: boolean
    })[])
      if (!entry.hadRecentInput) window.shift += entry.value
  }
  new PerformanceObserver(add).observe({ type: 'layout-shift', buffered: true })
}

const focusedText = (page: Page) => page.evaluate(() => document.activeElement?.textContent?.trim())

async function expectPressed(button: ReturnType<Page['getByRole']>): Promise<void> {
  await button.and(button.page().locator('[aria-pressed=true]')).waitFor()
}

async function expectCount(page: Page, selector: string, count: number): Promise<void> {
  await page.waitForFunction(wanted => document.querySelectorAll(wanted.selector).length === wanted.count, {
    selector,
    count,
  })
}

/** What axe finds, as lines. */
async function violations(page: Page, rules?: readonly string[]): Promise<string[]> {
  return await page.evaluate(async only => {
    const { axe: tool } = window as unknown as { axe: typeof axe }
    const options = only ? { runOnly: { type: 'rule' as const, values: [...only] } } : {}
    // Of a long list a few items show what there is to find.
    const { violations: found } = await tool.run({ exclude: ['.list > li:nth-child(n + 4)'] }, options)
    return found.flatMap(({ id, nodes }) => nodes.map(node => `${id}: ${node.target.join(' ')}`))
  }, rules)
}
