// The benchmark of sync: `npm run bench:sync -- [--quick] [--json FILE] [--only PART]`.
import { writeFile } from 'node:fs/promises'
import { cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { migrateAll } from '../../../server/src/db/migrate.ts'
import { startEmbeddedPostgres } from '../../../server/src/postgres/embedded-postgres.ts'
import { createTemporaryDirectory } from '../../support/temporary-directory.ts'
import { type Bench, FULL, QUICK } from './bench.ts'
import { startProcess } from './calls.ts'
import { type ColdLoad, HISTORIES, type History, measureColdLoad } from './cold-load.ts'
import { type CompactionBlock, measureCompactionBlock } from './compaction-block.ts'
import { measureFloor } from './floor.ts'
import type { GeneratorHandlers } from './generator-child.ts'
import { climb, type Ladder } from './ladder.ts'
import { measureMemory } from './memory.ts'
import { untilQuiet } from './quiet.ts'
import { toMarkdown } from './report.ts'
import { CLIMBERS, type Climber, type Pair, type Results } from './results.ts'
import { measureStored } from './stored.ts'
import { hocuspocus, type Subject, workforceDemocracy, yWebsocket } from './subjects.ts'
import { measureWal } from './wal.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    only: { type: 'string' },
  },
})

const SUBJECT_BY_CLIMBER: Readonly<Record<Climber, Subject>> = {
  'workforce-democracy': workforceDemocracy,
  'workforce-democracy votes': workforceDemocracy,
  hocuspocus,
  'y-websocket': yWebsocket,
}

const size = values.quick ? QUICK : FULL
const startMs = performance.now()
const say = (line: string) =>
  console.error(
    `${((performance.now() - startMs) / 1000).toFixed(0).padStart(4)} s  ${line} (load ${load()})`,
  )
const load = () => (loadavg()[0] ?? 0).toFixed(1)

await using directory = await createTemporaryDirectory()
const dataDir = join(directory.path, 'data')
await using postgres = await startEmbeddedPostgres({
  dataDir,
  elsewhere: [join(directory.path, 'elsewhere')],
  log: () => undefined,
  settings: { wal_compression: 'on', synchronous_commit: 'on' },
})
await migrateAll(postgres)
const admin = new pg.Client({ connectionString: postgres.adminUrl })
const data = new pg.Client({ connectionString: postgres.databaseUrl })
await Promise.all([admin.connect(), data.connect()])
await data.query('create table hocuspocus_documents (name text primary key, data bytea not null)')
try {
  await using generator = await startProcess<GeneratorHandlers>('generator-child.ts')
  const bench: Bench = { ...{ size, postgres, admin, data, dataDir, generator, say } }
  const results = values.only ? await measurePart(bench, values.only) : await measureAll(bench)
  console.log(isWhole(results) ? toMarkdown(results) : results)
  if (values.json) await writeFile(values.json, `${JSON.stringify(results, undefined, 2)}\n`)
} finally {
  await Promise.all([admin.end(), data.end()])
}

async function measureAll(bench: Bench): Promise<Results> {
  const loadBefore = load()
  const results = {
    ladders: await climbAll(bench),
    stored: await told('stored', () => measureStored(bench)),
    memory: await both('memory', subject => measureMemory(bench, subject)),
    wal: await both('wal', subject => measureWal(bench, subject)),
    coldLoad: await measureColdLoads(bench),
    floor: await told('floor', () => measureFloor(bench)),
    compactionBlocks: await measureCompactionBlocks(bench),
  }
  return { machine: { ...machine(), loadBefore, loadAfter: load() }, ...results }
}

type Part = Results['coldLoad'] | readonly CompactionBlock[]

function isWhole(results: Results | Part): results is Results {
  return 'ladders' in results
}

/** One part of it: `cold-load` or `compaction`. */
async function measurePart(bench: Bench, part: string): Promise<Part> {
  if (part === 'cold-load') return await measureColdLoads(bench)
  if (part === 'compaction') return await measureCompactionBlocks(bench)
  throw new Error('The parts are cold-load and compaction.')
}

async function measureColdLoads(bench: Bench): Promise<Results['coldLoad']> {
  const pairs: [History, Pair<ColdLoad>][] = []
  for (const history of HISTORIES) {
    const measure = (subject: Subject) => measureColdLoad(bench, subject, history)
    pairs.push([history, await both(`cold load, ${history}`, measure)])
  }
  return Object.fromEntries(pairs) as Results['coldLoad']
}

async function measureCompactionBlocks(bench: Bench): Promise<CompactionBlock[]> {
  const blocks: CompactionBlock[] = []
  for (const votes of size.compactedVotes)
    blocks.push(await told('compaction', () => measureCompactionBlock(bench, votes)))
  return blocks
}

/** One server after the other, then all of them again. */
async function climbAll(bench: Bench): Promise<Record<Climber, Ladder[]>> {
  const ladders: Record<Climber, Ladder[]> = {
    'workforce-democracy': [],
    'workforce-democracy votes': [],
    hocuspocus: [],
    'y-websocket': [],
  }
  for (let run = 1; run <= bench.size.runs; run++) {
    for (const climber of CLIMBERS) {
      const kind = climber === 'workforce-democracy votes' ? 'votes' : 'text'
      const idle = await untilQuiet(bench.size.quietMs)
      const ladder = await climb(bench, SUBJECT_BY_CLIMBER[climber], kind)
      ladders[climber].push(ladder)
      say(`run ${run}: ${climber} holds ${ladder.highestRate}/s (${idle.toFixed(1)} cores idle before)`)
    }
  }
  return ladders
}

async function both<T>(what: string, measure: (subject: Subject) => Promise<T>): Promise<Pair<T>> {
  return {
    'workforce-democracy': await told(what, () => measure(workforceDemocracy)),
    hocuspocus: await told(what, () => measure(hocuspocus)),
  }
}

async function told<T>(what: string, measure: () => Promise<T>): Promise<T> {
  const idle = await untilQuiet(size.quietMs)
  const found = await measure()
  say(`${what} (${idle.toFixed(1)} cores idle before): ${JSON.stringify(found)}`)
  return found
}

function machine() {
  return {
    processors: cpus().length,
    processor: cpus()[0]?.model ?? 'unknown',
    memoryGib: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  }
}
