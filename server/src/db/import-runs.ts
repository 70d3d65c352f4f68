// What each run of `import` has come to, for those who run the server.
import { uuidv7 } from 'uuidv7'
import type { Db } from './database.ts'
import type { ImportKind } from './imports.ts'

/** As many runs are kept. */
const KEPT_RUNS = 100

/** How far a run is. */
export interface ImportCounts {
  /** Of the file as it lies on the disk. */
  readonly bytesRead: number
  readonly entriesRead: number
  readonly added: number
  readonly updated: number
  readonly unchanged: number
  readonly rejected: number
  /** How many entries were left out on purpose, by reason. */
  readonly skipped: Readonly<Record<string, number>>
  /** The first of those that were rejected, each with its place and why. */
  readonly rejectedLines: readonly string[]
}

/** A run. */
export interface ImportRunRow extends ImportCounts {
  readonly id: string
  readonly kind: string
  readonly fileName: string
  readonly startedAt: Date
  readonly updatedAt: Date
  /** `null` while it runs, and for ever where it was killed. */
  readonly finishedAt: Date | null
  readonly sizeBytes: number
  /** What is wrong with the file where it could not be read to its end. */
  readonly damage: string | null
}

/** Notes that a run begins, and forgets the oldest; returns its id. */
export async function startRun(
  db: Db,
  {
    kind,
    fileName,
    sizeBytes,
  }: { readonly kind: ImportKind; readonly fileName: string; readonly sizeBytes: number },
): Promise<string> {
  const id = uuidv7()
  await db.query('insert into import_runs (id, kind, file_name, size_bytes) values ($1, $2, $3, $4)', [
    ...[id, kind, fileName.slice(-255), sizeBytes],
  ])
  await db.query(
    'delete from import_runs where id in (select id from import_runs order by id desc offset $1)',
    [KEPT_RUNS],
  )
  return id
}

/** Notes how far a run is, and that it has ended where `end` is given. */
export async function noteRun(
  db: Db,
  id: string,
  counts: ImportCounts,
  end?: { readonly damage: string | undefined },
): Promise<void> {
  await db.query(
    `update import_runs
     set updated_at = now(), finished_at = case when $2 then now() end, damage = $3, bytes_read = $4, entries_read = $5,
         added = $6, updated = $7, unchanged = $8, rejected = $9, skipped = $10, rejected_lines = $11
     where id = $1`,
    [
      ...[id, end !== undefined, end?.damage ?? null, counts.bytesRead, counts.entriesRead],
      ...[counts.added, counts.updated, counts.unchanged, counts.rejected],
      ...[counts.skipped, counts.rejectedLines],
    ],
  )
}

/** The last runs, the latest first. */
export async function listRuns(db: Db): Promise<readonly ImportRunRow[]> {
  const { rows } = await db.query<ImportRunRow>(
    `select id, kind, file_name as "fileName", started_at as "startedAt", updated_at as "updatedAt",
       finished_at as "finishedAt", size_bytes::float8 as "sizeBytes", bytes_read::float8 as "bytesRead",
       entries_read::float8 as "entriesRead", added::float8 as added, updated::float8 as updated,
       unchanged::float8 as unchanged, rejected::float8 as rejected, skipped, rejected_lines as "rejectedLines", damage
     from import_runs order by id desc limit $1`,
    [KEPT_RUNS],
  )
  return rows
}
