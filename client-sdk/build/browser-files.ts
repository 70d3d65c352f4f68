// The files for pages that have no bundler: `wd.js` for a script tag, and what it loads from beside it when it is needed.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { deflateRawSync, gzipSync } from 'node:zlib'
import { type BuildOptions, build, type Plugin } from 'esbuild'

/** A built file. */
export interface BrowserFile {
  readonly name: string
  readonly contents: Uint8Array
  readonly gzipBytes: number
  /** For the `integrity` attribute. */
  readonly integrity: string
}

/** What all of them may weigh, compressed as a server does. */
export const MAX_GZIP_BYTES = 260_000

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Builds them; nothing is written. */
export async function buildBrowserFiles(): Promise<BrowserFile[]> {
  const built = await Promise.all([
    bundle('wd', {
      entryPoints: { wd: 'src/browser.ts' },
      format: 'iife',
      globalName: 'WorkforceDemocracy',
      plugins: [loadedFromBeside],
      // A classic script finds what lies beside it by its own URL.
      logOverride: { 'empty-import-meta': 'silent' },
    }),
    bundle('wd-worker', {
      entryPoints: { 'wd-worker': 'src/browser/wd-worker.ts' },
      format: 'iife',
    }),
    bundle('wd-argon2', { entryPoints: { 'wd-argon2': 'src/keys/argon2-program.ts' }, format: 'esm' }),
    bundle('wd-sodium', {
      stdin: { contents: `export { default } from 'libsodium-wrappers'`, resolveDir: ROOT },
      format: 'esm',
      plugins: [compressedSodium],
    }),
  ])
  return built.map(([name, contents]) => ({
    name,
    contents,
    gzipBytes: gzipSync(contents, { level: 9 }).length,
    integrity: `sha384-${createHash('sha384').update(contents).digest('base64')}`,
  }))
}

async function bundle(name: string, options: BuildOptions): Promise<[string, Uint8Array]> {
  const { outputFiles: [file] = [] } = await build({
    ...options,
    absWorkingDir: ROOT,
    outdir: 'dist/browser',
    bundle: true,
    minify: true,
    write: false,
    target: 'es2022',
    conditions: ['wd-source', 'browser'],
    logLevel: 'error',
    legalComments: 'none',
  })
  if (!file) throw new Error(`Nothing came of ${name}.`)
  return [`${name}.js`, file.contents]
}

/** A classic script has no parts of its own: what is loaded lazily are modules beside it. */
const loadedFromBeside: Plugin = {
  name: 'loaded-from-beside',
  setup({ onResolve }) {
    onResolve({ filter: /^libsodium-wrappers$/ }, () => ({ path: './wd-sodium.js', external: true }))
    onResolve({ filter: /\/argon2-program\.ts$/ }, () => ({ path: './wd-argon2.js', external: true }))
  },
}

/**
 * libsodium's program lies in its module in base64, which a server hardly compresses: a third more bytes than compressed
 * before that.
 */
const compressedSodium: Plugin = {
  name: 'compressed-sodium',
  setup({ onLoad }) {
    onLoad({ filter: /libsodium\.mjs$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8')
      const found = /"AGFzbQ[A-Za-z0-9+/]+=*"\)/.exec(source)
      const [program, index] = [found?.[0] ?? '', found?.index ?? 0]
      // What decodes it stands before it.
      const decoding = source.slice(source.lastIndexOf('??=', index), index)
      if (!program || !decoding.startsWith('??=(') || decoding.length > 500)
        throw new Error(`${basename(path)} does not have the known form.`)
      const bytes = deflateRawSync(Buffer.from(program.slice(1, -2), 'base64'), { level: 9 })
      return {
        contents: `${source.replace(decoding + program, '??=wasmProgram')}
          const packed = Uint8Array.from(atob('${bytes.toString('base64')}'), each => each.charCodeAt(0))
          const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'))
          const wasmProgram = new Uint8Array(await new Response(unpacked).arrayBuffer())`,
        resolveDir: ROOT,
      }
    })
  },
}
