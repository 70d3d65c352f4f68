// Long runs are ended by hand more often than not: nothing of theirs may be left.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { processStart } from '../../server/src/postgres/process-identity.ts'
import { builtFileNow } from '../support/built.ts'
import { createTemporaryDirectory } from '../support/temporary-directory.ts'
import { until } from '../support/until.ts'

test.concurrent.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)(
  'a long run that is ended by %s stops its Postgres, and leaves no file',
  async (signal, code) => {
    await using directory = await createTemporaryDirectory()
    const run = spawn(process.execPath, [builtFileNow(new URL('run.ts', import.meta.url))], {
      env: { ...process.env, TMPDIR: directory.path },
      stdio: 'ignore',
    })
    const ended = once(run, 'exit')
    const pid = await until(() => postmasterIn(directory.path), 30_000)
    run.kill(signal)
    expect(await ended).toEqual([code, null])
    expect(await processStart(pid)).toBe(undefined)
    expect(await readdir(directory.path)).toEqual([])
  },
  60_000,
)

/** The process of the Postgres that has its files below a directory, once it takes connections. */
async function postmasterIn(directory: string): Promise<number | undefined> {
  const names = await readdir(directory, { recursive: true }).catch(() => [])
  const name = names.find(each => each.endsWith('postmaster.pid'))
  const lines = name && (await readFile(join(directory, name), 'utf8').catch(() => '')).split('\n')
  return lines?.[7]?.trim() === 'ready' ? Number(lines[0]) : undefined
}
