// Builds the web app and the admin pages, unless nothing has changed since: `npm run build:app`, and before `npm start`.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { InlineConfig } from 'vite'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const APP = join(ROOT, 'client-sdk/example')
const OUTPUT = join(APP, 'dist')
const ADMIN = join(ROOT, 'server/admin')
const STAMP = join(ROOT, 'node_modules/.cache/web-app-inputs')
const LOCK = join(ROOT, 'node_modules/.cache/web-app-lock')
const LOCK_MS = 60_000
/** What the build depends on. */
const INPUTS = ['client-sdk/example', 'server/admin', 'client-sdk/src', 'shared/src', 'package-lock.json']
/** Of the app's JavaScript besides the SDK, gzipped; charts and all pages counted. */
const LIMIT_BYTES = 120 * 1024
const COMPRESSIBLE = /\.(js|css|html|svg|webmanifest)$/

/** The files of the SDK and what it is made of, apart from the app that is written with it. */
const SDK_GROUPS = [
  { name: 'sodium', test: /node_modules\/libsodium/ },
  { name: 'argon2', test: /node_modules\/hash-wasm/ },
  { name: 'sdk', test: /\/(client-sdk\/src|shared\/src)\/|node_modules\/(?!chart\.js|@kurkle)/ },
] as const

await alone(buildIfChanged)

async function buildIfChanged(): Promise<void> {
  const inputs = await hashOf(INPUTS)
  const built = await readFile(STAMP, 'utf8').catch(() => '')
  if (built === inputs && existsSync(join(OUTPUT, 'index.html'))) return
  const vite = await import('vite').catch(() => undefined)
  if (!vite) {
    console.log('The web app is not built: that takes the development dependencies (npm ci).')
    return
  }
  await build(vite)
  await writeFile(STAMP, inputs)
}

/** Several may ask at once, as tests do: one builds, and the others find it built. */
async function alone(work: () => Promise<void>): Promise<void> {
  await mkdir(join(LOCK, '..'), { recursive: true })
  const taken = () =>
    mkdir(LOCK).then(
      () => true,
      () => false,
    )
  const deadlineMs = Date.now() + LOCK_MS
  while (!(await taken())) {
    // Whoever held it was killed.
    if (Date.now() > deadlineMs) await rm(LOCK, { recursive: true, force: true })
    else await pause(50)
  }
  try {
    await work()
  } finally {
    await rm(LOCK, { recursive: true })
  }
}

async function build(vite: typeof import('vite')): Promise<void> {
  await vite.build(optionsFor(APP, '/'))
  await dropSources(OUTPUT)
  await addWorkers()
  await checkSize()
  await compress(OUTPUT)
  await vite.build(optionsFor(ADMIN, '/admin/'))
  await dropSources(join(ADMIN, 'dist'))
  await compress(join(ADMIN, 'dist'))
}

function optionsFor(root: string, base: string): InlineConfig {
  return {
    ...{ root, base },
    configFile: false,
    logLevel: 'warn',
    resolve: { conditions: ['wd-source', 'browser', 'module', 'import', 'default'] },
    build: {
      target: 'es2023',
      cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
      outDir: join(root, 'dist'),
      emptyOutDir: true,
      modulePreload: { polyfill: false },
      // Nothing is put into pages that their Content-Security-Policy would have to allow.
      assetsInlineLimit: 0,
      reportCompressedSize: false,
      chunkSizeWarningLimit: 4096,
      rolldownOptions: { output: { codeSplitting: { groups: [...SDK_GROUPS] } } },
    },
  }
}

/** The bundler takes the default address of the SDK's worker for a file to copy; the app names another. */
async function dropSources(output: string): Promise<void> {
  const sources = (await filesBelow(output)).filter(name => name.endsWith('.ts'))
  await Promise.all(sources.map(name => rm(join(output, name))))
}

/** What runs beside the pages: the SDK's worker, and the service worker, which names every other file. */
async function addWorkers(): Promise<void> {
  const { build: bundle } = await import('esbuild')
  const options = { bundle: true, minify: true, format: 'iife', target: 'es2022', outdir: OUTPUT } as const
  await bundle({
    ...options,
    entryPoints: { 'wd-worker': join(ROOT, 'client-sdk/src/browser/wd-worker.ts') },
    conditions: ['wd-source', 'browser'],
  })
  const names = await filesBelow(OUTPUT)
  const paths = names.map(name => `/${name}`).map(path => (path === '/index.html' ? '/' : path))
  const version = (await hashOf([relative(ROOT, OUTPUT)])).slice(0, 16)
  await bundle({
    ...options,
    entryPoints: [join(APP, 'src/service-worker.ts')],
    define: { FILES: JSON.stringify(paths), VERSION: JSON.stringify(version) },
  })
}

/** Prints what the app's JavaScript takes, and fails over the limit. */
async function checkSize(): Promise<void> {
  const names = (await filesBelow(OUTPUT)).filter(name => name.endsWith('.js'))
  const sizes = await Promise.all(
    names.map(async name => {
      const { byteLength } = await promisify(gzip)(await readFile(join(OUTPUT, name)), { level: 9 })
      return { byteLength, isSdk: isOfSdk(name) }
    }),
  )
  const total = (isSdk: boolean) =>
    sizes.reduce((sum, size) => sum + (size.isSdk === isSdk ? size.byteLength : 0), 0)
  const kib = (bytes: number) => `${(bytes / 1024).toFixed(1)} KiB`
  console.log(
    `Web app: ${kib(total(false))} of JavaScript (gzip; at most ${kib(LIMIT_BYTES)}), and the SDK ${kib(total(true))}.`,
  )
  if (total(false) > LIMIT_BYTES) {
    await rm(OUTPUT, { recursive: true })
    throw new Error('The app has grown over its limit.')
  }
}

function isOfSdk(name: string): boolean {
  return name === 'wd-worker.js' || SDK_GROUPS.some(group => name.startsWith(`assets/${group.name}-`))
}

/** Puts compressed forms beside the files, so that the server compresses none of them. */
async function compress(output: string): Promise<void> {
  const names = (await filesBelow(output)).filter(name => COMPRESSIBLE.test(name))
  await Promise.all(
    names.map(async name => {
      const path = join(output, name)
      const content = await readFile(path)
      const best = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }
      await writeFile(`${path}.br`, await promisify(brotliCompress)(content, best))
      await writeFile(`${path}.gz`, await promisify(gzip)(content, { level: 9 }))
    }),
  )
}

async function hashOf(places: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const place of places) {
    const names = place.includes('.') ? [''] : (await filesBelow(join(ROOT, place))).sort()
    for (const name of names) {
      if (/(^|\/)dist\//.test(name)) continue
      hash.update(`${place}/${name}\n`).update(await readFile(join(ROOT, place, name)))
    }
  }
  return hash.digest('hex')
}

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  return entries
    .filter(entry => entry.isFile())
    .map(entry => relative(directory, join(entry.parentPath, entry.name)).split(sep).join('/'))
}
