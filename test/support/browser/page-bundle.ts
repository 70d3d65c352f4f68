// Pages of tests as a browser loads them: bundled from the sources, as modules.
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build } from 'esbuild'
import type { SiteFiles } from './site.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const OUTPUT = join(ROOT, 'dist')

/** The bundle of a file in `test/browser/pages`, with the SDK's worker beside it. */
export async function bundlePage(name: string): Promise<SiteFiles> {
  const [page, worker] = await Promise.all([
    bundle({ entryPoints: { page: join(ROOT, 'test/browser/pages', name) }, splitting: true, format: 'esm' }),
    bundle({
      entryPoints: { 'wd-worker': join(ROOT, 'client-sdk/src/browser/wd-worker.ts') },
      format: 'iife',
    }),
  ])
  return new Map([...page, ...worker])
}

async function bundle(options: BuildOptions): Promise<[string, Uint8Array][]> {
  const { outputFiles = [] } = await build({
    ...options,
    outdir: OUTPUT,
    bundle: true,
    write: false,
    target: 'es2022',
    conditions: ['wd-source', 'browser'],
    logLevel: 'silent',
  })
  return outputFiles.map(({ path, contents }) => [`/${relative(OUTPUT, path)}`, contents])
}
