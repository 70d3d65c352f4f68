// The SDK in a browser beside y-indexeddb in the same page: `npm run bench:client -- [--writes 500] [--rounds 5] [--json FILE]`.
// With `--peers DIR` beside RxDB and Evolu, too, which are installed into that directory.
import { readdir, stat, writeFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Page } from 'playwright-core'
import { startBrowserIn } from '../../support/browser/browser.ts'
import { bundlePage } from '../../support/browser/page-bundle.ts'
import { type SiteFiles, serveSite } from '../../support/browser/site.ts'
import { createTemporaryDirectory } from '../../support/temporary-directory.ts'
import { latencyOf, median } from '../sync/statistics.ts'
import type { Timed } from './measures.ts'
import { peerSites } from './peers.ts'

const { values } = parseArgs({
  options: {
    writes: { type: 'string', default: '500' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'string' },
    peers: { type: 'string' },
  },
})
const [writes, rounds] = [Number(values.writes), Number(values.rounds)]
const REGISTERS = 10_000
const OVERWRITTEN_KEYS = 100
/** What is to be reached: ours against theirs. */
const BOUNDS = { writeRate: 0.7, opening: 1.5, disk: 0.5, longTaskMs: 50 }

await using directory = await createTemporaryDirectory()
const files = await bundlePage('../../bench/client/page.ts')
const sites: Readonly<Record<string, SiteFiles>> = {
  ours: files,
  'y-indexeddb': files,
  ...(values.peers && (await peerSites(values.peers))),
}
/** One origin each, so that each has a directory of its own on the disk. Evolu's worker fetches its program from there. */
const originOf: Record<string, string> = {}
const served: AsyncDisposable[] = []
for (const [subject, siteFiles] of Object.entries(sites)) {
  const site = await serveSite(siteFiles, () => originOf[subject])
  served.push(site)
  originOf[subject] = site.origin
}
const subjects = Object.keys(sites)
/** What a peer cannot do is missing from its figures. */
const isPeer = (subject: string) => subject !== 'ours' && subject !== 'y-indexeddb'

/** What `work` gives for each subject. */
async function ofEach<T>(work: (subject: string) => Promise<T>): Promise<Record<string, T>> {
  const results: Record<string, T> = {}
  for (const subject of subjects) results[subject] = await work(subject)
  return results
}

/** How long anything may take on a page: libraries have been seen to wait for ever. */
const PATIENCE_MS = 60_000

async function onPage<T>(subject: string, work: (page: Page) => Promise<T>): Promise<T> {
  const page = await browser.open(originOf[subject]!)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${subject} takes too long.`)), PATIENCE_MS)
  })
  try {
    return await Promise.race([work(page), late])
  } finally {
    clearTimeout(timer)
    await page.close()
  }
}

const fill = (subject: string, name: string, keys: number, times: number): Promise<Timed> =>
  onPage(subject, page =>
    page.evaluate(([of, options]) => window.bench.fill(of, options), [
      subject,
      { name, keys, rounds: times },
    ] as const),
  )

/** Bytes of its databases, and of the private file system, which only Evolu uses. */
async function bytesOnDisk(subject: string): Promise<number> {
  const { port } = new URL(originOf[subject]!)
  const place = subject === 'evolu' ? '/File System/' : `_${port}.indexeddb`
  let bytes = 0
  for (const entry of await readdir(directory.path, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile() && path.includes(place)) bytes += (await stat(path)).size
  }
  return bytes
}

let browser = await startBrowserIn(directory.path)
const overwriting = await ofEach(subject =>
  fill(subject, 'overwritten', OVERWRITTEN_KEYS, REGISTERS / OVERWRITTEN_KEYS),
)
// Once more from the start: what a browser clears away it clears away then.
await browser[Symbol.asyncDispose]()
browser = await startBrowserIn(directory.path)
const held = await ofEach(subject =>
  onPage(subject, async page => {
    const { size } = await page.evaluate(name => window.bench.open(name, 'overwritten'), subject)
    if (size !== OVERWRITTEN_KEYS) console.error(`${subject} opened ${size} values.`)
    // Of databases that hold bytes.
    if (isPeer(subject)) return undefined
    return page.evaluate(() => window.bench.heldBytes('overwritten'))
  }),
)
await browser[Symbol.asyncDispose]()
const disk = await ofEach(bytesOnDisk)

browser = await startBrowserIn(directory.path)
const writeTimes = await ofEach(async () => [] as number[])
for (let round = 0; round < rounds; round++)
  for (const subject of subjects)
    writeTimes[subject]!.push(
      ...(await onPage(subject, page =>
        page.evaluate(([name, count]) => window.bench.writes(name, count), [subject, writes] as const),
      )),
    )
const filling = await ofEach(subject => fill(subject, 'large', REGISTERS, 1))
const openings = await ofEach(async () => [] as Timed[])
for (let round = 0; round < 2 * rounds; round++)
  for (const subject of subjects)
    try {
      const opening = await onPage(subject, page =>
        page.evaluate(name => window.bench.open(name, 'large'), subject),
      )
      if (opening.size !== REGISTERS) throw new Error(`${subject} opened ${opening.size} values.`)
      openings[subject]!.push(opening)
    } catch (error) {
      if (!isPeer(subject)) throw error
      console.error(error)
    }
await browser[Symbol.asyncDispose]()
for (const site of served) await site[Symbol.asyncDispose]()

const longest = (timed: readonly Timed[]) => Math.max(0, ...timed.flatMap(({ longTasks }) => longTasks))
const figures = await ofEach(async subject => ({
  write: latencyOf(writeTimes[subject]!),
  writesPerSecond:
    (1000 * writeTimes[subject]!.length) / writeTimes[subject]!.reduce((sum, ms) => sum + ms, 0),
  overwritesPerSecond: (1000 * REGISTERS) / overwriting[subject]!.ms,
  fillingMs: filling[subject]!.ms,
  longestTaskFillingMs: longest([filling[subject]!]),
  openings: openings[subject]!.length,
  openingMs: median(openings[subject]!.map(({ ms }) => ms)),
  longestTaskOpeningMs: longest(openings[subject]!),
  heldBytes: held[subject],
  diskBytes: disk[subject]!,
}))
const [own, other] = [figures.ours!, figures['y-indexeddb']!]

const checks = [
  ['writes a second', own.writesPerSecond / other.writesPerSecond, 'at least', BOUNDS.writeRate],
  ['opening', own.openingMs / other.openingMs, 'at most', BOUNDS.opening],
  ['bytes held after overwriting', own.heldBytes! / other.heldBytes!, 'at most', BOUNDS.disk],
  ['bytes on disk after overwriting', own.diskBytes / other.diskBytes, 'at most', BOUNDS.disk],
  ['longest task while opening, ms', own.longestTaskOpeningMs, 'at most', BOUNDS.longTaskMs],
] as const
console.log({ load: loadavg(), rounds, writes, ...figures })
for (const [what, figure, relation, bound] of checks) {
  const holds = relation === 'at least' ? figure >= bound : figure <= bound
  if (!holds) process.exitCode = 1
  console.log(`${holds ? 'holds' : 'FALLS SHORT'}: ${what} ${figure.toFixed(2)}, ${relation} ${bound}`)
}
if (values.json) await writeFile(values.json, JSON.stringify(figures, null, 2))
