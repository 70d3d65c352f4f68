// What child processes and threads of tests run: the project, compiled once. To start from the sources through tsx takes
// several times the processor, and is what `npm start` does: a test of the command line goes that road.
import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** Where packages are found from. */
const PARENT = join(ROOT, 'node_modules/.cache')
/** Names the directory to the processes of a test run. */
const VARIABLE = 'WD_TEST_BUILD'
/** Workspaces, by the name of their package. */
const PACKAGES = { shared: 'shared', client: 'client-sdk' }

/** A compiled project. */
export interface Build {
  /** Compiles it again. */
  refresh(): Promise<void>
}

/**
 * Compiles the project for this process and those that it starts from now on; gone when this one ends. Types are not
 * checked.
 */
export async function buildProject(): Promise<Build> {
  await mkdir(PARENT, { recursive: true })
  const directory = await mkdtemp(join(PARENT, 'workforce-democracy-'))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  await compile(directory)
  await makePackages(directory)
  process.env[VARIABLE] = directory
  return { refresh: () => compile(directory) }
}

let own: Promise<Build> | undefined

/** The compiled file of a source file, which its URL names. Outside of test runs the first call compiles the project. */
export async function builtFile(source: string | URL): Promise<string> {
  if (!process.env[VARIABLE]) own ??= buildProject()
  await own
  return builtFileNow(source)
}

/** The same where the project is compiled already, as it is in test runs. */
export function builtFileNow(source: string | URL): string {
  const directory = process.env[VARIABLE]
  if (!directory) throw new Error('The project is not compiled.')
  return join(directory, relative(ROOT, fileURLToPath(source)).replace(/\.ts$/, '.js'))
}

async function compile(directory: string): Promise<void> {
  const tsc = join(createRequire(import.meta.url).resolve('typescript/package.json'), '../bin/tsc')
  const options = ['--noEmit', 'false', '--noCheck', '--rootDir', ROOT, '--outDir', directory]
  await promisify(execFile)(process.execPath, [tsc, '-p', join(ROOT, 'tsconfig.json'), ...options])
}

/** Gives them the places that the published packages have. */
async function makePackages(directory: string): Promise<void> {
  await copyFile(join(ROOT, 'package.json'), join(directory, 'package.json'))
  await symlink(join(ROOT, 'migrations'), join(directory, 'migrations'))
  const scope = join(directory, 'node_modules/@workforce-democracy')
  await mkdir(scope, { recursive: true })
  for (const [name, workspace] of Object.entries(PACKAGES)) {
    const place = join(directory, workspace)
    await copyFile(join(ROOT, workspace, 'package.json'), join(place, 'package.json'))
    await symlink('src', join(place, 'dist'))
    await symlink(place, join(scope, name))
  }
}
