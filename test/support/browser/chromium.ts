// The Chromium that tests drive: the one of the npm package `@sparticuz/chromium`, unpacked once, or CHROMIUM_PATH.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const run = promisify(execFile)

/** The package is for 64-bit Linux; elsewhere CHROMIUM_PATH names a browser, or the tests in browsers are skipped. */
export const hasChromium =
  process.env.CHROMIUM_PATH !== undefined || (process.platform === 'linux' && process.arch === 'x64')

/** A browser to start. */
export interface ChromiumProgram {
  readonly path: string
  /** Where it finds libraries that the machine lacks. */
  readonly env: Readonly<Record<string, string>>
}

/** Finds or unpacks it. Several processes may ask at once. */
export async function chromiumProgram(): Promise<ChromiumProgram> {
  if (process.env.CHROMIUM_PATH) return { path: process.env.CHROMIUM_PATH, env: {} }
  const directory = await unpacked()
  const path = join(directory, 'chromium')
  const { stdout } = await run('ldd', [path])
  const libraries: Record<string, string> = stdout.includes('not found')
    ? { LD_LIBRARY_PATH: join(directory, 'al2023/lib') }
    : {}
  return { path, env: { FONTCONFIG_FILE: await fontsFile(directory), ...libraries } }
}

/** Names the package's fonts where they are here, and the machine's: without any there is no text, and a canvas crashes. */
async function fontsFile(directory: string): Promise<string> {
  const path = join(directory, 'fonts-here.conf')
  const places = [join(directory, 'fonts/fonts'), '/usr/share/fonts'].map(place => `<dir>${place}</dir>`)
  const cache = `<cachedir>${join(directory, 'fonts-cache')}</cachedir>`
  const sans =
    '<alias binding="strong"><family>system-ui</family><prefer><family>Open Sans</family></prefer></alias>'
  const text = `<?xml version="1.0"?><fontconfig>${places.join('')}${cache}${sans}</fontconfig>`
  await writeFile(path, text)
  return path
}

async function unpacked(): Promise<string> {
  const entry = createRequire(import.meta.url).resolve('@sparticuz/chromium')
  const manifest = await readFile(join(dirname(entry), '../../package.json'), 'utf8')
  const { version } = JSON.parse(manifest) as { version: string }
  const parent = join(ROOT, 'node_modules/.cache')
  const directory = join(parent, `chromium-${version}`)
  if (existsSync(directory)) return directory
  await mkdir(parent, { recursive: true })
  // The package unpacks into the directory for temporary files, and its libraries only where it takes itself to be on AWS.
  const fresh = await mkdtemp(join(parent, 'chromium-new-'))
  const script = `import chromium from '@sparticuz/chromium'
    chromium.setGraphicsMode = false
    await chromium.executablePath()`
  await run(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: ROOT,
    env: { ...process.env, TMPDIR: fresh, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' },
  })
  try {
    await rename(fresh, directory)
  } catch (error) {
    // Another process was first.
    if (!existsSync(directory)) throw error
    await rm(fresh, { recursive: true })
  }
  return directory
}
