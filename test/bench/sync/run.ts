// The benchmark of sync: `npm run bench:sync -- [--quick] [--json FILE] [--only PART]`.
import { writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { type Bench, FULL, QUICK } from './bench.ts'
import { type ColdLoad, HISTORIES, type History, measureColdLoad } from './cold-load.ts'
import { type CompactionBlock, measureCompactionBlock } from './compaction-block.ts'
import { measureFloor } from './floor.ts'
import { climb, type Ladder } from './ladder.ts'
import { measureMemory } from './memory.ts'
import { load, openBench } from './open-bench.ts'
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
await using bench = await openBench(size)
const { say } = bench
await bench.data.query('create table hocuspocus_documents (name text primary key, data bytea not null)')
const results = values.only ? await measurePart(bench, values.only) : await measureAll(bench)
console.log(isWhole(results) ? toMarkdown(results) : results)
if (values.json) await writeFile(values.json, `${JSON.stringify(results, undefined, 2)}\n`)

async function measureAll(bench: Bench): Promise<Results> {
  const loadBefore = load()
  const results = {
    ladders: await climbAll(bench),
    stored: await told('stored', () => measureStored(bench)),
    memory: await measureMemories(bench),
    wal: await both('wal', subject => measureWal(bench, subject)),
    coldLoad: await measureColdLoads(bench),
    floor: await told('floor', () => measureFloor(bench)),
    compactionBlocks: await measureCompactionBlocks(bench),
  }
  return { machine: { ...machine(), loadBefore, loadAfter: load() }, ...results }
}

type Part = Results['coldLoad'] | Results['memory'] | readonly CompactionBlock[]

function isWhole(results: Results | Part): results is Results {
  return 'ladders' in results
}

/** One part of it: `cold-load`, `compaction` or `memory`. */
async function measurePart(bench: Bench, part: string): Promise<Part> {
  if (part === 'cold-load') return await measureColdLoads(bench)
  if (part === 'compaction') return await measureCompactionBlocks(bench)
  if (part === 'memory') return await measureMemories(bench)
  throw new Error('The parts are cold-load, compaction and memory.')
}

function measureMemories(bench: Bench): Promise<Results['memory']> {
  return both('memory', subject => measureMemory(bench, subject))
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
