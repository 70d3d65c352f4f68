// A disk that is soon full: a tmpfs of its own, where this process may mount one.
import { execFile } from 'node:child_process'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createTemporaryDirectory } from './temporary-directory.ts'

const execute = promisify(execFile)

/** A small disk; gone with all that is on it when the test is done. */
export interface SmallDisk extends AsyncDisposable {
  readonly path: string
  /** Takes all the room that is left. */
  fill(): Promise<void>
  /** Gives that room back. */
  makeRoom(): Promise<void>
}

/** Mounts a disk; `undefined` where the system refuses, as it does to all but root. */
export async function mountSmallDisk(sizeBytes: number): Promise<SmallDisk | undefined> {
  const directory = await createTemporaryDirectory()
  const { path } = directory
  try {
    await execute('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes},mode=755`, 'tmpfs', path])
  } catch {
    await directory[Symbol.asyncDispose]()
    return undefined
  }
  const filler = join(path, 'filler')
  return {
    path,
    async fill() {
      const file = await open(filler, 'a')
      try {
        for (;;) await file.write(Buffer.alloc(64 * 1024))
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
      } finally {
        await file.close()
      }
    },
    makeRoom: () => rm(filler, { force: true }),
    async [Symbol.asyncDispose]() {
      await execute('umount', [path])
      await directory[Symbol.asyncDispose]()
    },
  }
}
