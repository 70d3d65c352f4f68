// How long a compaction of a large document keeps the server's event loop.
import type { Bench } from './bench.ts'
import { createPayload, votesUpdate } from './payloads.ts'
import { workforceDemocracy } from './subjects.ts'

/** Beyond the 500 at which it is compacted. */
const EDITS = 520
const PER_SECOND = 400

/** Longest blocks of the event loop, in milliseconds. */
export interface CompactionBlock {
  readonly votes: number
  readonly documentBytes: number
  /** While so many edits came in that it was compacted. */
  readonly compactingMs: number
  /** While as many came in without. */
  readonly otherwiseMs: number
  readonly compactions: number
}

/** Writes into a large document until it is compacted. */
export async function measureCompactionBlock(bench: Bench, votes: number): Promise<CompactionBlock> {
  const { generator } = bench
  await using running = await workforceDemocracy.start(bench, { unlimited: true })
  const [large, small] = await running.makeDocuments(2, 'votes')
  if (!large || !small) throw new Error('There are no documents.')
  const content = votesUpdate(votes)
  await generator.call('write', { target: running.targetOf(large), updates: [content] })
  await settle()
  const payload = createPayload('votes')
  const edits = (count: number) => Array.from({ length: count }, (_, n) => payload.update(n))
  const longestBlockMs = () => running.process.call('longestBlockMs', undefined)
  const before = await compactions(running.url)
  await longestBlockMs()
  await generator.call('writeOn', { updates: edits(EDITS), perSecond: PER_SECOND })
  await settle()
  const compactingMs = await longestBlockMs()
  const after = await compactions(running.url)
  await generator.call('write', { target: running.targetOf(small), updates: [] })
  await longestBlockMs()
  await generator.call('writeOn', { updates: edits(400), perSecond: PER_SECOND })
  const otherwiseMs = await longestBlockMs()
  await generator.call('closeAll', undefined)
  return { votes, documentBytes: content.length, compactingMs, otherwiseMs, compactions: after - before }
}

const settle = () => new Promise(resolve => setTimeout(resolve, 1_500))

async function compactions(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(/^wd_compactions_total (\d+)$/m.exec(text)?.[1] ?? 0)
}
