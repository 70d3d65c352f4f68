// The SDK as it is published, installed into an empty directory: packed by npm, unpacked by hand, since nothing else of it
// comes from here. What it depends on is linked from this project.
import { execFile } from 'node:child_process'
import { copyFile, cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { buildBrowserFiles } from '../../../client-sdk/build/browser-files.ts'
import { builtFile } from '../built.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const WORKSPACES = ['shared', 'client-sdk'] as const
const run = promisify(execFile)

/** Packs both packages, and installs them into `directory`. Returns where the client lies. */
export async function installPacked(directory: string): Promise<string> {
  const scope = join(directory, 'node_modules/@workforce-democracy')
  await mkdir(scope, { recursive: true })
  await Promise.all(WORKSPACES.map(workspace => installWorkspace(workspace, directory)))
  return join(scope, 'client')
}

async function installWorkspace(workspace: (typeof WORKSPACES)[number], directory: string): Promise<void> {
  const place = join(directory, 'packing', workspace)
  const compiled = await builtFile(new URL(`../../../${workspace}/src/index.ts`, import.meta.url))
  await cp(dirname(compiled), join(place, 'dist'), { recursive: true })
  await copyFile(join(ROOT, workspace, 'package.json'), join(place, 'package.json'))
  if (workspace === 'client-sdk')
    for (const { name, contents } of await buildBrowserFiles())
      await writeFile(join(place, 'dist/browser', name), contents)
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts'], { cwd: place })
  const [{ filename, name }] = JSON.parse(stdout) as [{ filename: string; name: string }]
  const installed = join(directory, 'node_modules', name)
  await mkdir(installed, { recursive: true })
  await run('tar', ['-xzf', join(place, filename), '--strip-components=1', '-C', installed])
  const { dependencies } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>
  }
  for (const dependency of Object.keys(dependencies)) {
    if (dependency.startsWith('@workforce-democracy/')) continue
    const link = symlink(join(ROOT, 'node_modules', dependency), join(directory, 'node_modules', dependency))
    // Both packages may need it.
    await link.catch((error: { code?: string }) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
}
