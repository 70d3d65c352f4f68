// The log of a document: committed updates and the snapshot that earlier ones were folded into.
import type { Db } from './database.ts'
import type { DocumentRef, DocumentRow } from './documents.ts'

interface Stored {
  readonly position: number
  readonly generation: number
  /** Encrypted. */
  readonly data: Buffer
}

/** What one commit brought to a document. Its position is that of the last of its updates. */
export interface StoredEntry extends Stored {
  /** How many there are: their positions are the last ones up to the entry's. */
  readonly updates: number
}

/** A snapshot as stored, with what a room has to know of it, encrypted too. */
export interface StoredSnapshot extends Stored {
  /** Absent in snapshots from before there were summaries. */
  readonly summary: Buffer | undefined
}

/** A document as stored, snapshot and tail read in one statement. */
export interface StoredDocument extends DocumentRow {
  readonly snapshot: StoredSnapshot | undefined
  /** Entries after the snapshot, in order of position. */
  readonly tail: readonly StoredEntry[]
}

interface LogRow {
  readonly generation: number
  readonly mode: DocumentRow['mode']
  readonly head: number
  readonly snapshot_position: number | null
  readonly snapshot_generation: number | null
  readonly snapshot_data: Buffer | null
  readonly snapshot_summary: Buffer | null
  readonly position: number | null
  readonly update_generation: number | null
  readonly updates: number | null
  readonly data: Buffer | null
}

/** The whole document, `undefined` for a local one. One statement, so that a compaction cannot fall in between. */
export async function readDocument(db: Db, ref: DocumentRef): Promise<StoredDocument | undefined> {
  const { rows } = await db.query<LogRow>({
    name: 'read-document',
    text: `select d.generation, d.mode, d.head::float8 as head,
             case when u.n is null or u.n = 1 then s.position::float8 end as snapshot_position,
             case when u.n is null or u.n = 1 then s.generation end as snapshot_generation,
             case when u.n is null or u.n = 1 then s.data end as snapshot_data,
             case when u.n is null or u.n = 1 then s.summary end as snapshot_summary,
             u.position::float8 as position, u.generation as update_generation, u.updates, u.data
           from documents d
           left join document_snapshots s on s.person_id = d.person_id and s.document = d.document
           left join lateral (
             select position, generation, updates, data, row_number() over (order by position) as n
             from document_updates
             where person_id = d.person_id and document = d.document and position > coalesce(s.position, 0)
           ) u on true
           where d.person_id = $1 and d.document = $2
           order by u.position`,
    values: [ref.personId, ref.document],
  })
  const [first] = rows
  if (!first) return undefined
  const snapshot = toStored(first.snapshot_position, first.snapshot_generation, first.snapshot_data)
  return {
    generation: first.generation,
    mode: first.mode,
    head: first.head,
    snapshot: snapshot && { ...snapshot, summary: first.snapshot_summary ?? undefined },
    tail: rows.flatMap(row => toEntry(row, row.update_generation)),
  }
}

function toStored(
  position: number | null,
  generation: number | null,
  data: Buffer | null,
): Stored | undefined {
  if (position === null || generation === null || data === null) return undefined
  return { position, generation, data }
}

function toEntry(
  { position, updates, data }: Pick<LogRow, 'position' | 'updates' | 'data'>,
  generation: number | null,
): StoredEntry[] {
  const stored = toStored(position, generation, data)
  return stored && updates ? [{ ...stored, updates }] : []
}

/** What the log holds after some position, and up to where a snapshot has swallowed it. */
export interface StoredEntries {
  readonly swallowed: number
  readonly entries: readonly StoredEntry[]
}

/** Entries after `position`, in order. One statement, so that a compaction cannot fall in between. */
export async function readEntriesAfter(db: Db, ref: DocumentRef, position: number): Promise<StoredEntries> {
  const { rows } = await db.query<
    Pick<LogRow, 'position' | 'updates' | 'data'> & { swallowed: number; generation: number | null }
  >({
    name: 'read-entries-after',
    text: `select coalesce(s.position, 0)::float8 as swallowed, u.position::float8 as position, u.generation,
             u.updates, u.data
           from (select $1::uuid as person_id, $2::text as document) d
           left join document_snapshots s using (person_id, document)
           left join document_updates u
             on u.person_id = d.person_id and u.document = d.document and u.position > $3
           order by u.position`,
    values: [ref.personId, ref.document, position],
  })
  return {
    swallowed: rows[0]?.swallowed ?? 0,
    entries: rows.flatMap(row => toEntry(row, row.generation)),
  }
}

/** What one group commit takes: per document an entry with the updates that arrived for it. */
export interface AppendBatch extends DocumentRef, Omit<StoredEntry, 'position'> {
  /** Whether some of it deletes. */
  readonly deletes: boolean
  /** What it adds to the document's chain, 32 bytes. */
  readonly link: Buffer
}

/** Updates after which a log has to be folded into a new snapshot. */
export const FOLD_UPDATES = 500

/**
 * Appends to many documents at once. Rows are locked in one order, so that two servers never deadlock.
 *
 * @returns per batch the position before its first update, `undefined` where the generation has moved
 */
export async function appendEntries(
  db: Db,
  batches: readonly AppendBatch[],
): Promise<readonly (number | undefined)[]> {
  const { rows } = await db.query<{ index: number; base: number }>({
    name: 'append-entries',
    text: `with batch as (
             select * from unnest($1::int[], $2::uuid[], $3::text[], $4::int[], $5::int[], $6::bytea[], $7::bool[],
                 $8::bytea[]) as b (index, person_id, document, generation, updates, data, deletes, link)
           ), locked as (
             select b.index, b.person_id, b.document, b.updates, b.deletes, b.link
             from documents d join batch b using (person_id, document)
             where d.generation = b.generation
             order by d.person_id, d.document
             for no key update of d
           ), advanced as (
             update documents d set head = d.head + l.updates, chain = sha256(d.chain || l.link),
               fold_since = case
                 when l.deletes or (d.head + l.updates) / ${FOLD_UPDATES} > d.head / ${FOLD_UPDATES}
                 then coalesce(d.fold_since, now()) else d.fold_since
               end
             from locked l
             where d.person_id = l.person_id and d.document = l.document
             returning l.index, d.head
           ), appended as (
             insert into document_updates (person_id, document, generation, position, updates, data)
             select b.person_id, b.document, b.generation, a.head, b.updates, b.data
             from batch b join advanced a using (index)
           )
           select a.index, (a.head - b.updates)::float8 as base from advanced a join batch b using (index)`,
    values: [
      batches.map((_, index) => index),
      batches.map(batch => batch.personId),
      batches.map(batch => batch.document),
      batches.map(batch => batch.generation),
      batches.map(batch => batch.updates),
      batches.map(batch => batch.data),
      batches.map(batch => batch.deletes),
      batches.map(batch => batch.link),
    ],
  })
  const bases: (number | undefined)[] = batches.map(() => undefined)
  for (const { index, base } of rows) bases[index] = base
  return bases
}

/**
 * Puts a snapshot in the place of the one at `replaces` (`undefined`: of none) and deletes exactly the updates that it
 * holds. Changes nothing where another snapshot is there. The document's generation is held by the caller.
 *
 * @returns whether it is there now
 */
export async function replaceSnapshot(
  db: Db,
  ref: DocumentRef,
  replaces: number | undefined,
  { generation, position, data, summary }: StoredSnapshot,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `insert into document_snapshots as s (person_id, document, generation, position, data, summary)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (person_id, document)
     do update set generation = excluded.generation, position = excluded.position, data = excluded.data,
       summary = excluded.summary
     where s.position = $7`,
    [ref.personId, ref.document, generation, position, data, summary ?? null, replaces ?? null],
  )
  if (rowCount === 0) return false
  await db.query(`delete from document_updates where person_id = $1 and document = $2 and position <= $3`, [
    ref.personId,
    ref.document,
    position,
  ])
  return true
}

/** Deletes all that the log holds of a document, and puts a snapshot there. The document's row is the caller's alone. */
export async function replaceLog(
  db: Db,
  ref: DocumentRef,
  { generation, position, data, summary }: StoredSnapshot,
): Promise<void> {
  await db.query(`delete from document_updates where person_id = $1 and document = $2`, [
    ref.personId,
    ref.document,
  ])
  await db.query(
    `insert into document_snapshots (person_id, document, generation, position, data, summary)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (person_id, document)
     do update set generation = excluded.generation, position = excluded.position, data = excluded.data,
       summary = excluded.summary`,
    [ref.personId, ref.document, generation, position, data, summary],
  )
}

/** Bytes that all documents of a person take, encrypted as they are; without those of `except`. */
export async function readPersonBytes(
  db: Db,
  personId: string,
  { except }: { readonly except?: DocumentRef['document'] } = {},
): Promise<number> {
  const { rows } = await db.query<{ bytes: number }>(
    `select (
       (select coalesce(sum(octet_length(data)), 0) from document_snapshots
        where person_id = $1 and document is distinct from $2) +
       (select coalesce(sum(octet_length(data)), 0) from document_updates
        where person_id = $1 and document is distinct from $2)
     )::float8 as bytes`,
    [personId, except ?? null],
  )
  return rows[0]?.bytes ?? 0
}
