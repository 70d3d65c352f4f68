// Pictures of every page: three widths, light and dark. `npm run screenshots -- --to DIR [--url URL] [--only learn,me]`
import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import type { Page } from 'playwright-core'
import { startBrowser } from '../support/browser/browser.ts'
import { builtFile } from '../support/built.ts'
import { buildWebApp } from '../support/built-web-app.ts'
import { startServerProcess } from '../support/server-process.ts'
import { createTemporaryDirectory } from '../support/temporary-directory.ts'
import { allPaths, begin, settled, signUp, useApp, visit } from './used-profile.ts'

const { values } = parseArgs({
  options: {
    to: { type: 'string', default: 'node_modules/.cache/screenshots' },
    url: { type: 'string' },
    only: { type: 'string', default: '' },
    widths: { type: 'string', default: '360,768,1280' },
  },
})

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
const username = `ada-example-${Date.now()}`
await signUp(page, url, username)
const paths = { ...(await allPaths(url)), ...(await adminPaths()) }
for (const [name, path] of Object.entries(paths)) {
  if (only.length > 0 && !only.includes(name)) continue
  for (const theme of ['light', 'dark'] as const) await shoot(page, name, `${url}${path}`, theme)
}
console.log(`Pictures are in ${directory}`)
await stop?.()

async function shoot(page: Page, name: string, address: string, colorScheme: 'light' | 'dark') {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
  await visit(page, address)
  for (const width of widths) {
    await page.setViewportSize({ width, height: width < 700 ? 780 : 900 })
    await settled(page)
    await page.screenshot({ path: join(directory, `${name}-${width}-${colorScheme}.png`), fullPage: true })
  }
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
async function adminPaths(): Promise<Readonly<Record<string, string>>> {
  if (dataDir === undefined) return {}
  const cli = await builtFile(new URL('../../server/src/cli.ts', import.meta.url))
  await promisify(execFile)(process.execPath, [cli, 'admin', 'grant', username], {
    env: { PATH: process.env.PATH, DATA_DIR: dataDir },
  })
  const names = ['resources', 'resources/new', 'paths', 'paths/new', 'places', 'imports', 'audit-log']
  return Object.fromEntries(names.map(name => [`admin-${name.replace('/', '-')}`, `/admin/${name}`]))
}
