// The log of a document: committed updates and the snapshot that earlier ones were folded into.
import type { Db } from './database.ts'
import type { DocumentRef, DocumentRow } from './documents.ts'

/** One update as stored: encrypted. */
export interface StoredUpdate {
  readonly position: number
  readonly generation: number
  readonly data: Buffer
}

/** A document as stored, snapshot and tail read in one statement. */
export interface StoredDocument extends DocumentRow {
  readonly snapshot: StoredUpdate | undefined
  /** Updates after the snapshot, in order of position. */
  readonly tail: readonly StoredUpdate[]
}

interface LogRow {
  readonly generation: number
  readonly mode: DocumentRow['mode']
  readonly head: number
  readonly snapshot_position: number | null
  readonly snapshot_generation: number | null
  readonly snapshot_data: Buffer | null
  readonly position: number | null
  readonly update_generation: number | null
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
             u.position::float8 as position, u.generation as update_generation, u.data
           from documents d
           left join document_snapshots s on s.person_id = d.person_id and s.document = d.document
           left join lateral (
             select position, generation, data, row_number() over (order by position) as n
             from document_updates
             where person_id = d.person_id and document = d.document and position > coalesce(s.position, 0)
           ) u on true
           where d.person_id = $1 and d.document = $2
           order by u.position`,
    values: [ref.personId, ref.document],
  })
  const [first] = rows
  if (!first) return undefined
  return {
    generation: first.generation,
    mode: first.mode,
    head: first.head,
    snapshot: toStored(first.snapshot_position, first.snapshot_generation, first.snapshot_data),
    tail: rows.flatMap(row => toStored(row.position, row.update_generation, row.data) ?? []),
  }
}

function toStored(
  position: number | null,
  generation: number | null,
  data: Buffer | null,
): StoredUpdate | undefined {
  if (position === null || generation === null || data === null) return undefined
  return { position, generation, data }
}

/** Updates after `position`, in order; those that a snapshot has swallowed meanwhile are missing. */
export async function readUpdatesAfter(
  db: Db,
  ref: DocumentRef,
  position: number,
): Promise<readonly StoredUpdate[]> {
  const { rows } = await db.query<StoredUpdate>({
    name: 'read-updates-after',
    text: `select position::float8 as position, generation, data from document_updates
           where person_id = $1 and document = $2 and position > $3 order by position`,
    values: [ref.personId, ref.document, position],
  })
  return rows
}

/** What one group commit takes: per document the updates that arrived for it, encrypted. */
export interface AppendBatch extends DocumentRef {
  readonly generation: number
  readonly updates: readonly Buffer[]
}

/**
 * Appends to many documents at once. Rows are locked in one order, so that two servers never deadlock.
 *
 * @returns per batch the position before its first update, `undefined` where the generation has moved
 */
export async function appendUpdates(
  db: Db,
  batches: readonly AppendBatch[],
): Promise<readonly (number | undefined)[]> {
  const owner: number[] = []
  const ordinal: number[] = []
  const data: Buffer[] = []
  for (const [index, { updates }] of batches.entries()) {
    for (const [n, update] of updates.entries()) {
      owner.push(index)
      ordinal.push(n + 1)
      data.push(update)
    }
  }
  const { rows } = await db.query<{ index: number; base: number }>({
    name: 'append-updates',
    text: `with batch as (
             select * from unnest($1::int[], $2::uuid[], $3::text[], $4::int[], $5::int[])
               as b (index, person_id, document, generation, size)
           ), locked as (
             select b.* from documents d join batch b using (person_id, document)
             where d.generation = b.generation
             order by d.person_id, d.document
             for no key update of d
           ), advanced as (
             update documents d set head = d.head + l.size from locked l
             where d.person_id = l.person_id and d.document = l.document
             returning l.index, d.person_id, d.document, d.generation, d.head - l.size as base
           ), appended as (
             insert into document_updates (person_id, document, generation, position, data)
             select a.person_id, a.document, a.generation, a.base + u.ordinal, u.data
             from unnest($6::int[], $7::int[], $8::bytea[]) as u (index, ordinal, data)
             join advanced a using (index)
           )
           select index, base::float8 as base from advanced`,
    values: [
      batches.map((_, index) => index),
      batches.map(batch => batch.personId),
      batches.map(batch => batch.document),
      batches.map(batch => batch.generation),
      batches.map(batch => batch.updates.length),
      owner,
      ordinal,
      data,
    ],
  })
  const bases: (number | undefined)[] = batches.map(() => undefined)
  for (const { index, base } of rows) bases[index] = base
  return bases
}

/** Replaces the snapshot and deletes exactly the updates that it holds. The document's row is locked by the caller. */
export async function replaceSnapshot(db: Db, ref: DocumentRef, snapshot: StoredUpdate): Promise<void> {
  await db.query(
    `insert into document_snapshots (person_id, document, generation, position, data)
     values ($1, $2, $3, $4, $5)
     on conflict (person_id, document)
     do update set generation = excluded.generation, position = excluded.position, data = excluded.data`,
    [ref.personId, ref.document, snapshot.generation, snapshot.position, snapshot.data],
  )
  await db.query(`delete from document_updates where person_id = $1 and document = $2 and position <= $3`, [
    ref.personId,
    ref.document,
    snapshot.position,
  ])
}

/** Bytes that all documents of a person take, encrypted as they are. */
export async function readPersonBytes(db: Db, personId: string): Promise<number> {
  const { rows } = await db.query<{ bytes: number }>(
    `select (
       (select coalesce(sum(octet_length(data)), 0) from document_snapshots where person_id = $1) +
       (select coalesce(sum(octet_length(data)), 0) from document_updates where person_id = $1)
     )::float8 as bytes`,
    [personId],
  )
  return rows[0]?.bytes ?? 0
}
