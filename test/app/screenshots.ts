// Pictures of every page: three widths, light and dark. `npm run screenshots -- --to DIR [--url URL] [--only learn,me]`
import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import type { Page } from 'playwright-core'
import { startBrowser } from '../support/browser/browser.ts'
import { builtFile } from '../support/built.ts'
import { buildWebApp } from '../support/built-web-app.ts'
import { startServerProcess } from '../support/server-process.ts'
import { createTemporaryDirectory } from '../support/temporary-directory.ts'
import { allPaths, begin, settled, signUp, useApp, visit, writeToServer } from './used-profile.ts'

const { values } = parseArgs({
  options: {
    to: { type: 'string', default: 'node_modules/.cache/screenshots' },
    url: { type: 'string' },
    only: { type: 'string', default: '' },
    widths: { type: 'string', default: '360,768,1280' },
  },
})

/** What stands at the lower edge of a narrow window would cover the middle of a picture of the whole page. */
const UNCOVERED = '@media (width < 56rem) { body { position: relative } .tabs { position: absolute } }'

const directory = resolve(values.to)
const only = values.only.split(',').filter(Boolean)
const widths = values.widths.split(',').map(Number)

await mkdir(directory, { recursive: true })
let stop: (() => Promise<void>) | undefined
let dataDir: string | undefined
const url = values.url ?? (await startOwn())
await using browser = await startBrowser()
const page = await begin(await browser.newProfile(), url)
page.setDefaultTimeout(15_000)
await useApp(page, url)
// A server that is not our own may know the short name already.
const username = values.url ? `ada-example-${Date.now()}` : 'ada-example'
await signUp(page, url, username)
await writeToServer(page, url)
const paths = { ...(await allPaths(url)), ...(await adminPaths(url)) }
for (const [name, path] of Object.entries(paths)) {
  if (only.length > 0 && !only.includes(name)) continue
  for (const theme of ['light', 'dark'] as const) await shoot(page, name, `${url}${path}`, theme)
}
console.log(`Pictures are in ${directory}`)
await stop?.()

async function shoot(page: Page, name: string, address: string, colorScheme: 'light' | 'dark') {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
  const resize = (width: number) => page.setViewportSize({ width, height: width < 700 ? 780 : 900 })
  // What a page scrolls to when it is drawn depends on how wide it is.
  await resize(widths[0] ?? 1280)
  await visit(page, address)
  await page.evaluate(uncover, UNCOVERED)
  for (const width of widths) {
    await resize(width)
    await settled(page)
    await page.screenshot({ path: join(directory, `${name}-${width}-${colorScheme}.png`), fullPage: true })
  }
}

/** The policy of the pages lets no style in that is written into them. */
async function uncover(css: string): Promise<void> {
  const sheet = new CSSStyleSheet()
  document.adoptedStyleSheets = [await sheet.replace(css)]
}

async function startOwn(): Promise<string> {
  await buildWebApp()
  const data = await createTemporaryDirectory()
  dataDir = data.path
  const server = await startServerProcess({ dataDir })
  stop = async () => {
    await server[Symbol.asyncDispose]()
    await data[Symbol.asyncDispose]()
  }
  return server.url
}

/** The pages of admins, where the server is our own and gives the role. */
async function adminPaths(url: string): Promise<Readonly<Record<string, string>>> {
  if (dataDir === undefined) return {}
  const cli = await builtFile(new URL('../../server/src/cli.ts', import.meta.url))
  const env = { PATH: process.env.PATH, DATA_DIR: dataDir }
  const run = (...words: readonly string[]) => promisify(execFile)(process.execPath, [cli, ...words], { env })
  await run('admin', 'grant', username)
  const zips = join(dataDir, 'zip-districts.csv')
  await writeFile(zips, 'state_abbr,zcta,cd\nNY,11101,7\nNY,11101,14\nNew York,1,x\n')
  // It ends with 2, as one line is none.
  await run('import', 'districts', '--from', zips).catch((error: { code?: unknown }) => {
    if (error.code !== 2) throw error
  })
  await visit(page, `${url}/admin/places`)
  const place = await page.locator('main .item a').first().getAttribute('href')
  const names = ['resources', 'resources/new', 'paths', 'paths/new', 'places', 'imports', 'audit-log']
  return {
    ...Object.fromEntries(names.map(name => [`admin-${name.replace('/', '-')}`, `/admin/${name}`])),
    'admin-path': '/admin/paths/rights-at-work',
    ...(place !== null && { 'admin-place': place }),
  }
}
