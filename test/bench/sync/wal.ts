// What one small edit of a large document writes to Postgres's log.
import type { Bench } from './bench.ts'
import { createPayload, proseUpdate } from './payloads.ts'
import { mean, median } from './statistics.ts'
import type { BenchDocument, Subject } from './subjects.ts'

const DOCUMENT_BYTES = 123_000

/** Bytes of WAL an edit. */
export interface Wal {
  readonly median: number
  /** With compactions in it, where there are any. */
  readonly mean: number
}

/**
 * Makes one edit after the other, each stored before the next. Hocuspocus is told not to wait before it stores:
 * edits that come less often than its debounce each cost that.
 */
export async function measureWal(bench: Bench, subject: Subject): Promise<Wal> {
  const { admin, generator, size } = bench
  await using running = await subject.start(bench, { debounceMs: 0, unlimited: true })
  const [document] = (await running.makeDocuments(1, 'text')) as [BenchDocument]
  const isStored = storedCheck(bench, subject, document)
  await generator.call('write', {
    target: running.targetOf(document),
    updates: [proseUpdate(DOCUMENT_BYTES)],
  })
  await isStored()
  await admin.query('checkpoint')
  const payload = createPayload('text')
  const bytes: number[] = []
  let before = await walPosition(bench)
  for (let n = 0; n < size.walEdits; n++) {
    await generator.call('writeOn', { updates: [payload.update(n)], perSecond: 1_000 })
    await isStored()
    const after = await walPosition(bench)
    bytes.push(after - before)
    before = after
  }
  await generator.call('closeAll', undefined)
  return { median: median(bytes), mean: mean(bytes) }
}

/** An acknowledged edit is stored in ours; in Hocuspocus when its row has another version. */
function storedCheck({ data }: Bench, subject: Subject, { name }: BenchDocument): () => Promise<void> {
  if (subject.name !== 'hocuspocus') return async () => undefined
  let version: string | undefined
  return async () => {
    for (;;) {
      const { rows } = await data.query<{ version: string }>({
        name: 'version',
        text: 'select xmin::text as version from hocuspocus_documents where name = $1',
        values: [name],
      })
      const found = rows[0]?.version
      if (found !== version) {
        version = found
        return
      }
    }
  }
}

/** How much was ever written to Postgres's log, in bytes. */
export async function walPosition({ admin }: Bench): Promise<number> {
  const { rows } = await admin.query<{ bytes: number }>(
    `select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 as bytes`,
  )
  return rows[0]?.bytes ?? Number.NaN
}
