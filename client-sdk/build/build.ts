// Writes the files for pages without a bundler to `dist/browser`, says what each weighs, and fails when they are too heavy.
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildBrowserFiles, MAX_GZIP_BYTES } from './browser-files.ts'

const output = fileURLToPath(new URL('../dist/browser', import.meta.url))
const files = await buildBrowserFiles()
await mkdir(output, { recursive: true })
// Of the worker's form for bundlers, which this one takes the place of.
await rm(join(output, 'wd-worker.js.map'), { force: true })
for (const { name, contents, gzipBytes, integrity } of files) {
  await writeFile(join(output, name), contents)
  console.log(`${name.padEnd(14)} ${String(gzipBytes).padStart(8)} bytes gzip  ${integrity}`)
}
const total = files.reduce((sum, { gzipBytes }) => sum + gzipBytes, 0)
console.log(`${'together'.padEnd(14)} ${String(total).padStart(8)} bytes gzip, of ${MAX_GZIP_BYTES}`)
if (total > MAX_GZIP_BYTES) process.exit(1)
