// The SDK in a browser beside y-indexeddb in the same page: `npm run bench:client -- [--writes 500] [--rounds 5] [--json FILE]`.
import { readdir, stat, writeFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Page } from 'playwright-core'
import { startBrowserIn } from '../../support/browser/browser.ts'
import { bundlePage } from '../../support/browser/page-bundle.ts'
import { serveSite } from '../../support/browser/site.ts'
import { createTemporaryDirectory } from '../../support/temporary-directory.ts'
import { latencyOf, median } from '../sync/statistics.ts'
import type { SubjectName } from './page.ts'

const { values } = parseArgs({
  options: {
    writes: { type: 'string', default: '500' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'string' },
  },
})
const [writes, rounds] = [Number(values.writes), Number(values.rounds)]
const SUBJECTS: readonly SubjectName[] = ['ours', 'y-indexeddb']
const REGISTERS = 10_000
const OVERWRITTEN_KEYS = 100
/** What is to be reached: ours against theirs. */
const BOUNDS = { writeRate: 0.7, opening: 1.5, disk: 0.5, longTaskMs: 50 }

await using directory = await createTemporaryDirectory()
const files = await bundlePage('../../bench/client/page.ts')
/** One origin each, so that each has a directory of its own on the disk. */
await using ours = await serveSite(files)
await using theirs = await serveSite(files)
const originOf = { ours: ours.origin, 'y-indexeddb': theirs.origin }

async function onPage<T>(subject: SubjectName, work: (page: Page) => Promise<T>): Promise<T> {
  const page = await browser.open(originOf[subject])
  const result = await work(page)
  await page.close()
  return result
}

async function bytesOnDisk(subject: SubjectName): Promise<number> {
  const { port } = new URL(originOf[subject])
  let bytes = 0
  for (const entry of await readdir(directory.path, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile() && path.includes(`_${port}.indexeddb`)) bytes += (await stat(path)).size
  }
  return bytes
}

let browser = await startBrowserIn(directory.path)
const overwriteMs = { ours: 0, 'y-indexeddb': 0 }
for (const subject of SUBJECTS)
  overwriteMs[subject] = await onPage(subject, page =>
    page.evaluate(([name, keys, times]) => window.bench.fill(name, 'overwritten', keys, times), [
      subject,
      OVERWRITTEN_KEYS,
      REGISTERS / OVERWRITTEN_KEYS,
    ] as const),
  )
// Once more from the start: what a browser clears away it clears away then.
await browser[Symbol.asyncDispose]()
browser = await startBrowserIn(directory.path)
const held = { ours: 0, 'y-indexeddb': 0 }
for (const subject of SUBJECTS)
  held[subject] = await onPage(subject, async page => {
    await page.evaluate(name => window.bench.open(name, 'overwritten'), subject)
    return page.evaluate(() => window.bench.heldBytes('overwritten'))
  })
await browser[Symbol.asyncDispose]()
const disk = { ours: await bytesOnDisk('ours'), 'y-indexeddb': await bytesOnDisk('y-indexeddb') }

browser = await startBrowserIn(directory.path)
const writeTimes: Record<SubjectName, number[]> = { ours: [], 'y-indexeddb': [] }
for (let round = 0; round < rounds; round++)
  for (const subject of SUBJECTS)
    writeTimes[subject].push(
      ...(await onPage(subject, page =>
        page.evaluate(([name, count]) => window.bench.writes(name, count), [subject, writes] as const),
      )),
    )
for (const subject of SUBJECTS)
  await onPage(subject, page =>
    page.evaluate(([name, keys]) => window.bench.fill(name, 'large', keys, 1), [subject, REGISTERS] as const),
  )
const openings: Record<SubjectName, number[]> = { ours: [], 'y-indexeddb': [] }
const longTasks: Record<SubjectName, number[]> = { ours: [], 'y-indexeddb': [] }
for (let round = 0; round < 2 * rounds; round++)
  for (const subject of SUBJECTS) {
    const opening = await onPage(subject, page =>
      page.evaluate(name => window.bench.open(name, 'large'), subject),
    )
    if (opening.size !== REGISTERS) throw new Error(`${subject} opened ${opening.size} values.`)
    openings[subject].push(opening.ms)
    longTasks[subject].push(...opening.longTasks)
  }
await browser[Symbol.asyncDispose]()

const [own, other] = SUBJECTS.map(subject => ({
  write: latencyOf(writeTimes[subject]),
  writesPerSecond: (1000 * writeTimes[subject].length) / writeTimes[subject].reduce((sum, ms) => sum + ms, 0),
  overwritesPerSecond: (1000 * REGISTERS) / overwriteMs[subject],
  openingMs: median(openings[subject]),
  heldBytes: held[subject],
  diskBytes: disk[subject],
  longestTaskMs: Math.max(0, ...longTasks[subject]),
  longTasks: longTasks[subject].length,
})) as [Figures, Figures]
interface Figures {
  readonly write: { readonly p50: number; readonly p99: number }
  readonly writesPerSecond: number
  readonly overwritesPerSecond: number
  readonly openingMs: number
  readonly heldBytes: number
  readonly diskBytes: number
  readonly longestTaskMs: number
  readonly longTasks: number
}

const checks = [
  ['writes a second', own.writesPerSecond / other.writesPerSecond, 'at least', BOUNDS.writeRate],
  ['opening', own.openingMs / other.openingMs, 'at most', BOUNDS.opening],
  ['bytes held after overwriting', own.heldBytes / other.heldBytes, 'at most', BOUNDS.disk],
  ['bytes on disk after overwriting', own.diskBytes / other.diskBytes, 'at most', BOUNDS.disk],
  ['longest task while opening, ms', own.longestTaskMs, 'at most', BOUNDS.longTaskMs],
] as const
console.log({ load: loadavg(), rounds, writes, ours: own, 'y-indexeddb': other })
for (const [what, figure, relation, bound] of checks) {
  const holds = relation === 'at least' ? figure >= bound : figure <= bound
  if (!holds) process.exitCode = 1
  console.log(`${holds ? 'holds' : 'FALLS SHORT'}: ${what} ${figure.toFixed(2)}, ${relation} ${bound}`)
}
if (values.json) await writeFile(values.json, JSON.stringify({ ours: own, 'y-indexeddb': other }, null, 2))
