// What an open document and a connection cost in resident memory.
import type { Bench } from './bench.ts'
import { votesUpdate } from './payloads.ts'
import type { Subject } from './subjects.ts'

/** About 5 KB of state, by many sessions: each brings a client id that Yjs keeps apart. */
const VOTES = 50
const VOTES_A_SESSION = 2

/** Bytes, garbage collected before each look. */
export interface Memory {
  /** Slope between the two numbers of documents, each with one connection. */
  readonly perDocument: number
  /** Slope of second connections to documents that are open already. */
  readonly perConnection: number
  /** Of one document's state. */
  readonly stateBytes: number
}

/** Opens documents, each with content of its own and one connection. */
export async function measureMemory(bench: Bench, subject: Subject): Promise<Memory> {
  const { generator, size } = bench
  const [few, many] = size.memoryDocuments
  const update = votesUpdate(VOTES, VOTES_A_SESSION)
  await using running = await subject.start(bench)
  const documents = await running.makeDocuments(many, 'text')
  const targets = documents.map(running.targetOf)
  const residentBytes = () => running.process.call('residentBytes', undefined)

  await generator.call('hold', { targets: targets.slice(0, few), update })
  await settle()
  const atFew = await residentBytes()
  await generator.call('hold', { targets: targets.slice(few), update })
  await settle()
  const atMany = await residentBytes()
  await generator.call('hold', { targets: targets.slice(0, few) })
  const withMore = await residentBytes()
  await generator.call('closeAll', undefined)
  return {
    perDocument: (atMany - atFew) / (many - few),
    perConnection: (withMore - atMany) / few,
    stateBytes: update.length,
  }
}

/** Hocuspocus stores 2 s after the last change, this project's server projects soon after: both are to be done. */
const settle = () => new Promise(resolve => setTimeout(resolve, 3_000))
