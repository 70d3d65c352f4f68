// Projected rows of open documents: a keyed hash of what it is about, and one encrypted value.
import type { DocumentMode, OpenableDocument } from '@workforce-democracy/shared'
import type { Db } from './database.ts'
import type { DocumentRef } from './documents.ts'

/** A projected register. */
export interface ProjectedRow {
  readonly hash: Buffer
  readonly generation: number
  readonly value: Buffer
}

/** How far the projection of a document has come. */
export interface ProjectionCursor {
  readonly generation: number
  readonly position: number
}

/** Table and hash column of each document's rows; the table of bookmarks and progress also names the document. */
const TABLES = {
  profile: { table: 'user_profiles', hash: 'field_hash', shared: false },
  votes: { table: 'civic_votes', hash: 'bill_hash', shared: false },
  bookmarks: { table: 'user_learning_activity', hash: 'activity_hash', shared: true },
  progress: { table: 'user_learning_activity', hash: 'activity_hash', shared: true },
} as const satisfies Record<OpenableDocument, { table: string; hash: string; shared: boolean }>

/** The rows of the projection `p` of person $1, in whichever table they are. */
const ROWS_OF_PROJECTION = Object.entries(TABLES)
  .map(
    ([document, { table, hash, shared }]) =>
      `select ${hash} as hash, generation, value from ${table}
       where user_id = $1 and p.document = '${document}' ${shared ? 'and document = p.document' : ''}`,
  )
  .join(' union all ')

/** Name of the table that a document is projected into. */
export const projectionTable = (document: OpenableDocument): string => TABLES[document].table

/** Makes sure that there is a cursor to lock. */
export async function ensureCursor(db: Db, ref: DocumentRef, generation: number): Promise<void> {
  await db.query(
    `insert into document_projections (person_id, document, generation, position) values ($1, $2, $3, 0)
     on conflict (person_id, document) do nothing`,
    [ref.personId, ref.document, generation],
  )
}

/** The cursor, locked until the transaction ends: one projection of a document at a time. */
export async function lockCursor(db: Db, ref: DocumentRef): Promise<ProjectionCursor | undefined> {
  const { rows } = await db.query<ProjectionCursor>(
    `select generation, position::float8 as position from document_projections
     where person_id = $1 and document = $2 for update`,
    [ref.personId, ref.document],
  )
  return rows[0]
}

/** Moves the cursor on. */
export async function moveCursor(db: Db, ref: DocumentRef, cursor: ProjectionCursor): Promise<void> {
  await db.query(
    `update document_projections set generation = $3, position = $4 where person_id = $1 and document = $2`,
    [ref.personId, ref.document, cursor.generation, cursor.position],
  )
}

/** Documents of a person whose projection is behind their log. */
export async function listBehind(db: Db, personId: string): Promise<readonly OpenableDocument[]> {
  const { rows } = await db.query<{ document: OpenableDocument }>(
    `select d.document from documents d
     left join document_projections p on p.person_id = d.person_id and p.document = d.document
     where d.person_id = $1 and d.mode = 'open'
       and (p.position is null or p.position < d.head or p.generation <> d.generation)
     order by d.document`,
    [personId],
  )
  return rows.map(({ document }) => document)
}

/** A document as it is projected. */
export interface ProjectedDocument {
  readonly document: OpenableDocument
  readonly mode: DocumentMode
  /** Whether the log holds what is not projected yet. */
  readonly isBehind: boolean
  /** All of its rows; `undefined` where it is not projected at all. */
  readonly rows: readonly ProjectedRow[] | undefined
}

/** Those of a person's documents that are synced, with their rows. One statement, so that no move falls in between. */
export async function listProjected(
  db: Db,
  personId: string,
  documents: readonly OpenableDocument[],
): Promise<readonly ProjectedDocument[]> {
  const { rows } = await db.query<
    Omit<ProjectedDocument, 'rows'> & { isProjected: boolean } & {
      [K in keyof ProjectedRow]: ProjectedRow[K] | null
    }
  >({
    name: 'list-projected',
    text: `select d.document, d.mode, p.document is not null as "isProjected",
             (p.position is null or p.position < d.head or p.generation <> d.generation) as "isBehind",
             r.hash, r.generation, r.value
           from documents d
           left join document_projections p using (person_id, document)
           left join lateral (${ROWS_OF_PROJECTION}) r on true
           where d.person_id = $1 and d.document = any ($2)`,
    values: [personId, documents],
  })
  const found = new Map<OpenableDocument, ProjectedDocument & { rows: ProjectedRow[] | undefined }>()
  for (const { document, mode, isBehind, isProjected, hash, generation, value } of rows) {
    const entry = found.get(document) ?? { document, mode, isBehind, rows: isProjected ? [] : undefined }
    found.set(document, entry)
    if (hash && generation !== null && value) entry.rows?.push({ hash, generation, value })
  }
  return [...found.values()]
}

/** Deletes all that was made of one document, and the cursor: if it is open, it is projected anew. */
export async function deleteProjection(db: Db, personId: string, document: OpenableDocument): Promise<void> {
  const { table, shared } = TABLES[document]
  await db.query(
    `delete from ${table} where user_id = $1 ${shared ? 'and document = $2' : ''}`,
    shared ? [personId, document] : [personId],
  )
  for (const statement of [
    `delete from user_topic_engagement where user_id = $1 and document = $2`,
    `delete from document_projections where person_id = $1 and document = $2`,
  ])
    await db.query(statement, [personId, document])
}

/** Writes rows of one document over what is there. */
export async function upsertProjected(
  db: Db,
  personId: string,
  document: OpenableDocument,
  rows: readonly ProjectedRow[],
): Promise<void> {
  const { table, hash, shared } = TABLES[document]
  const key = shared ? `user_id, document, ${hash}` : `user_id, ${hash}`
  await db.query({
    name: `upsert-projected-${document}`,
    text: `insert into ${table} (${key}, generation, value)
           select $1, ${shared ? '$2,' : ''} r.hash, r.generation, r.value
           from unnest(${shared ? '$3::bytea[], $4::int[], $5::bytea[]' : '$2::bytea[], $3::int[], $4::bytea[]'})
             as r (hash, generation, value)
           on conflict (${key}) do update set generation = excluded.generation, value = excluded.value`,
    values: [
      personId,
      ...(shared ? [document] : []),
      rows.map(row => row.hash),
      rows.map(row => row.generation),
      rows.map(row => row.value),
    ],
  })
}

/** Replaces what one document says about topics. */
export async function replaceTopicEngagement(
  db: Db,
  personId: string,
  document: OpenableDocument,
  rows: readonly ProjectedRow[],
): Promise<void> {
  await db.query(`delete from user_topic_engagement where user_id = $1 and document = $2`, [
    personId,
    document,
  ])
  await db.query(
    `insert into user_topic_engagement (user_id, document, topic_hash, generation, value)
     select $1, $2, r.hash, r.generation, r.value
     from unnest($3::bytea[], $4::int[], $5::bytea[]) as r (hash, generation, value)`,
    [
      personId,
      document,
      rows.map(row => row.hash),
      rows.map(row => row.generation),
      rows.map(row => row.value),
    ],
  )
}
