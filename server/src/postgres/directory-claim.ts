// One process at a time owns a directory; a process that is killed owns nothing any more.
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CodedError } from '@workforce-democracy/shared'
import { processStart } from './process-identity.ts'

const CLAIMS = 'owner'
const CLAIM = /^(\d+)-([0-9a-f]{16})-[0-9a-f]{8}$/
const TRIES = 8

/**
 * Claims a directory for this process until disposed.
 *
 * Each claimant writes a file named by its process id and start, then looks for others: whoever wrote later sees
 * the earlier one, so two never both own it. Those who see each other step back for a random time and try again.
 * Files of ended processes are removed. (Node has no flock; a lock file that is taken over when stale has a gap.)
 *
 * @throws CodedError `data-directory-in-use` when another living process owns it
 */
export async function claimDirectory(directory: string): Promise<AsyncDisposable> {
  const claims = join(directory, CLAIMS)
  await mkdir(claims, { recursive: true, mode: 0o700 })
  const own = await claimName(process.pid)
  const path = join(claims, own)
  for (let attempt = 1; ; attempt += 1) {
    await writeFile(path, '', { mode: 0o600 })
    const other = await livingClaimant(claims, own)
    if (other === undefined) return { [Symbol.asyncDispose]: () => rm(path, { force: true }) }
    await rm(path, { force: true })
    if (attempt === TRIES) throw new CodedError('data-directory-in-use', `${directory}, by process ${other}`)
    await sleep(20 + Math.random() * 100)
  }
}

async function claimName(pid: number): Promise<string> {
  return `${pid}-${await startDigest(pid)}-${randomBytes(4).toString('hex')}`
}

async function startDigest(pid: number): Promise<string | undefined> {
  const start = await processStart(pid)
  return start && createHash('sha256').update(start).digest('hex').slice(0, 16)
}

async function livingClaimant(claims: string, own: string): Promise<number | undefined> {
  for (const name of await readdir(claims)) {
    const [, pidText, digest] = CLAIM.exec(name) ?? []
    if (name === own || pidText === undefined) continue
    const pid = Number(pidText)
    if ((await startDigest(pid)) === digest) return pid
    await rm(join(claims, name), { force: true })
  }
  return undefined
}
