// How long the first person waits for a document of 10,000 edits after the server was started again.
import * as Y from 'yjs'
import type { Bench } from './bench.ts'
import { createPayload, scatteredUpdates } from './payloads.ts'
import { median } from './statistics.ts'
import type { Subject } from './subjects.ts'

const EDITS = 10_000

/** What the edits are: of a text at random places, or votes that supersede each other. */
export const HISTORIES = ['scattered text', 'votes'] as const
export type History = (typeof HISTORIES)[number]

/** One kind of document. */
export interface ColdLoad {
  /** From connecting to having the content, in milliseconds; median. */
  readonly ms: number
  /** What was sent to the client. */
  readonly bytes: number
}

/** Writes a document, then starts the server anew for each load. */
export async function measureColdLoad(bench: Bench, subject: Subject, history: History): Promise<ColdLoad> {
  const { generator, size } = bench
  const updates = editsOf(history)
  const document = await prepare(bench, subject, updates)
  const expected = docOf(updates)
  const times: number[] = []
  let bytes = 0
  for (let n = 0; n < size.runs; n++) {
    await using running = await subject.start(bench)
    const { ms, content } = await generator.call('coldLoad', running.targetOf(document))
    if (!isSame(docOf(content), expected)) throw new Error(`${subject.name} gave another document back.`)
    times.push(ms)
    bytes = content.reduce((sum, update) => sum + update.length, 0)
  }
  return { ms: median(times), bytes }
}

async function prepare(bench: Bench, subject: Subject, updates: readonly Uint8Array[]) {
  await using running = await subject.start(bench, { unlimited: true })
  const [document] = await running.makeDocuments(1, 'votes')
  if (!document) throw new Error('There is no document.')
  await bench.generator.call('write', { target: running.targetOf(document), updates })
  // Hocuspocus stores when the last one leaves; the order to stop waits for that.
  await bench.generator.call('closeAll', undefined)
  return document
}

function editsOf(history: History): Uint8Array[] {
  if (history === 'scattered text') return scatteredUpdates(EDITS)
  const payload = createPayload('votes')
  return Array.from({ length: EDITS }, (_, n) => payload.update(n))
}

function docOf(updates: readonly Uint8Array[]): Y.Doc {
  const doc = new Y.Doc()
  doc.transact(() => {
    for (const update of updates) Y.applyUpdate(doc, update)
  })
  return doc
}

const isSame = (a: Y.Doc, b: Y.Doc): boolean =>
  a.getText('text').toString() === b.getText('text').toString() &&
  JSON.stringify(a.getArray('registers')) === JSON.stringify(b.getArray('registers'))
