// How long Hocuspocus takes from an update, which it acknowledges at once, to the row that holds it.
import type { Bench } from './bench.ts'
import { DOCUMENTS } from './ladder.ts'
import { type Latency, latencyOf } from './statistics.ts'
import { hocuspocus } from './subjects.ts'

const RATE = 2_000

/** Measures with Hocuspocus's own defaults of when to store. */
export async function measureStored(bench: Bench): Promise<Latency> {
  const { generator, postgres, size } = bench
  await using running = await hocuspocus.start(bench)
  const documents = await running.makeDocuments(DOCUMENTS, 'text')
  await generator.call('openDocuments', { targets: documents.map(running.targetOf), kind: 'text' })
  const storedMs = await generator.call('untilStored', {
    ...{ rate: RATE, warmUpMs: 0, measuredMs: size.storedMs, drainMs: 30_000 },
    databaseUrl: postgres.databaseUrl,
    documentName: documents[0]?.name ?? '',
  })
  await generator.call('closeAll', undefined)
  return latencyOf(storedMs)
}
