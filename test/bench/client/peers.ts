// Libraries to measure beside the SDK, installed where the caller says: the project itself does without their packages.
import { execFile } from 'node:child_process'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { bundlePage } from '../../support/browser/page-bundle.ts'
import type { SiteFiles } from '../../support/browser/site.ts'

const PACKAGES = ['rxdb@17.6.0', 'rxjs@7.8.2', '@evolu/common@7.4.1', '@evolu/web@2.4.0']
const run = promisify(execFile)

/** Installs them into `directory`, and bundles their pages. */
export async function peerSites(directory: string): Promise<Record<'rxdb' | 'evolu', SiteFiles>> {
  await mkdir(directory, { recursive: true })
  // Nothing of theirs runs while they are installed, and what they merely may be used with stays away.
  const options = ['--no-save', '--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund']
  await run('npm', ['install', '--prefix', directory, ...options, ...PACKAGES])
  const modules = join(directory, 'node_modules')
  const [rxdb, evolu] = await Promise.all([
    bundlePage('../../bench/client/rxdb-page.ts', { modules }),
    bundlePage('../../bench/client/evolu-page.ts', {
      modules,
      workers: { 'Db.worker': join(modules, '@evolu/web/dist/src/local-first/Db.worker.js') },
    }),
  ])
  const sqlite = await readFile(join(modules, '@evolu/sqlite-wasm/sqlite-wasm/jswasm/sqlite3.wasm'))
  return { rxdb, evolu: new Map([...evolu, ['/sqlite3.wasm', sqlite]]) }
}
