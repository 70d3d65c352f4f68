// Files and directories whose modes or durability matter.
import { randomBytes } from 'node:crypto'
import { chmod, link, mkdir, open, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Makes a directory that others may pass through but not list, whatever the umask. */
export async function makePassable(directory: string): Promise<void> {
  const parent = dirname(directory)
  await mkdir(parent, { recursive: true, mode: 0o755 })
  await mkdir(directory, { recursive: true })
  await chmod(parent, 0o755)
  await chmod(directory, 0o711)
}

/**
 * Keeps the first text that anyone wrote to `path`: readable by us only, and whole or not there at all.
 *
 * @returns what the file holds now: `text`, or what was there before
 */
export async function keepFirst(path: string, text: () => string | Promise<string>): Promise<string> {
  const kept = await readIfThere(path)
  if (kept !== undefined) return kept
  const unfinished = `${path}.${randomBytes(4).toString('hex')}`
  try {
    const file = await open(unfinished, 'wx', 0o600)
    await file.writeFile(await text())
    await file.sync()
    await file.close()
    // Unlike a rename, a link does not replace what another process has kept meanwhile.
    await link(unfinished, path).catch(ignoreExisting)
    await syncDirectory(dirname(path))
  } finally {
    await rm(unfinished, { force: true })
  }
  return await readFile(path, 'utf8')
}

/** The text of a file, `undefined` when there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** Makes names in a directory survive a power failure. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory)
  await handle.sync()
  await handle.close()
}

function ignoreExisting(error: Error): void {
  if (!('code' in error) || error.code !== 'EEXIST') throw error
}
