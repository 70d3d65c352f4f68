// The web app, built from the sources unless it is already.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Builds it, so that servers started from now on serve it. */
export async function buildWebApp(): Promise<void> {
  const build = ['--import', 'tsx', 'client-sdk/example/build.ts']
  await promisify(execFile)(process.execPath, build, { cwd: ROOT })
}
