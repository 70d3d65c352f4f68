// The published package in the pages that it is for: a plain one with a script tag, and one that Vite bundles.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildBrowserFiles, MAX_GZIP_BYTES } from '../../client-sdk/build/browser-files.ts'
import { startBrowser } from '../support/browser/browser.ts'
import { hasChromium } from '../support/browser/chromium.ts'
import { installPacked } from '../support/browser/packed-package.ts'
import { type SiteFiles, serveSite } from '../support/browser/site.ts'
import { createTemporaryDirectory } from '../support/temporary-directory.ts'

const PASSPHRASE = 'correct horse battery staple'

describe.skipIf(!hasChromium)('the packed package', () => {
  let browser: Awaited<ReturnType<typeof startBrowser>>
  let directory: Awaited<ReturnType<typeof createTemporaryDirectory>>
  let client: string

  beforeAll(async () => {
    ;[browser, directory] = await Promise.all([startBrowser(), createTemporaryDirectory()])
    client = await installPacked(directory.path)
  })
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]()
    await directory?.[Symbol.asyncDispose]()
  })

  /** Opens a store with a passphrase on the page, which has `openClient`; returns what it asked of the site. */
  async function visit(files: SiteFiles, run: (page: Page) => Promise<unknown>) {
    await using site = await serveSite(files)
    await using profile = await browser.newProfile()
    const page = await profile.open(site.origin)
    const before = profile.watched.requests.length
    const outcome = await run(page)
    expect(profile.watched).toMatchObject({ violations: [], errors: [] })
    const asked = profile.watched.requests.map(url => url.replace(site.origin, ''))
    return { outcome, first: asked.slice(0, before), later: asked.slice(before) }
  }

  it('works in a plain page with one script tag, and loads worker and libsodium when they are needed', async () => {
    const directoryOfFiles = join(client, 'dist/browser')
    const names = ['wd.js', 'wd-worker.js', 'wd-sodium.js', 'wd-argon2.js']
    const files = new Map<string, string | Uint8Array>([
      ['/index.html', '<!doctype html><title>Plain</title><script src="/sdk/wd.js"></script>'],
    ])
    for (const name of names) files.set(`/sdk/${name}`, await readFile(join(directoryOfFiles, name)))
    const { outcome, first, later } = await visit(files, page =>
      page.evaluate(async passphrase => {
        const { WorkforceDemocracy: sdk } = window as unknown as {
          WorkforceDemocracy: typeof import('@workforce-democracy/client/browser')
        }
        const own = await sdk.openClient({ passphrase })
        await own.votes.cast('hr8-118', 'yes')
        return own.votes.get('hr8-118')?.choice
      }, PASSPHRASE),
    )
    expect(outcome).toBe('yes')
    expect(first).toEqual(['/', '/sdk/wd.js'])
    expect(later.sort()).toEqual(['/sdk/wd-sodium.js', '/sdk/wd-worker.js'])
  })

  it('works in an empty Vite page, with its worker', async () => {
    const root = join(directory.path, 'site')
    await writeSite(root)
    await build({ root, logLevel: 'silent', build: { outDir: 'built' } })
    const files = new Map<string, string | Uint8Array>()
    for (const name of await readdir(join(root, 'built'), { recursive: true }))
      if (/\.\w+$/.test(name)) files.set(`/${name}`, await readFile(join(root, 'built', name)))
    const { outcome, later } = await visit(files, page =>
      page.evaluate(async passphrase => {
        const { openClient } = window as unknown as typeof import('@workforce-democracy/client/browser')
        const own = await openClient({ passphrase })
        await own.bookmarks.add('faq', 'how-a-bill-becomes-law')
        return own.bookmarks.has('faq', 'how-a-bill-becomes-law')
      }, PASSPHRASE),
    )
    expect(outcome).toBe(true)
    expect(later).toContainEqual(expect.stringMatching(/^\/assets\/wd-worker-[\w-]+\.js$/))
  })

  it('weighs at most 260 KB gzip, all together', async () => {
    const weights = (await buildBrowserFiles()).map(({ gzipBytes }) => gzipBytes)
    expect(weights.reduce((sum, each) => sum + each)).toBeLessThanOrEqual(MAX_GZIP_BYTES)
  })
})

async function writeSite(root: string): Promise<void> {
  await mkdir(root)
  await writeFile(join(root, 'index.html'), '<!doctype html><script type="module" src="/main.js"></script>')
  await writeFile(
    join(root, 'main.js'),
    `import { openClient } from '@workforce-democracy/client/browser'\nwindow.openClient = openClient\n`,
  )
}
