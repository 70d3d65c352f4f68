// Pages of tests as a browser loads them: bundled from the sources, as modules.
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build } from 'esbuild'
import type { SiteFiles } from './site.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const OUTPUT = join(ROOT, 'dist')

/** What else a page is made of. */
export interface PageOptions {
  /** A `node_modules` for what this project does not depend on. */
  readonly modules?: string
  /** Workers that libraries of it look for beside the page: name to file. */
  readonly workers?: Readonly<Record<string, string>>
}

/** The bundle of a file in `test/browser/pages`, with the SDK's worker beside it. */
export async function bundlePage(
  name: string,
  { modules, workers = {} }: PageOptions = {},
): Promise<SiteFiles> {
  const nodePaths = modules ? [modules] : []
  const built = await Promise.all([
    bundle({
      entryPoints: { page: join(ROOT, 'test/browser/pages', name) },
      ...{ splitting: true, format: 'esm', nodePaths },
    }),
    bundle({
      entryPoints: { 'wd-worker': join(ROOT, 'client-sdk/src/browser/wd-worker.ts') },
      format: 'iife',
    }),
    bundle({ entryPoints: workers, format: 'esm', nodePaths }),
  ])
  return new Map(built.flat())
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
