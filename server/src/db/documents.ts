// Documents: their mode, generation and head.
import type { DocumentMode, DocumentName, OpenableDocument } from '@workforce-democracy/shared'
import type { Db } from './database.ts'

/** A person's document. */
export interface DocumentRef {
  readonly personId: string
  readonly document: DocumentName
}

/** Where a document stands. Positions count its updates from 1, on across generations. */
export interface DocumentRow {
  readonly generation: number
  readonly mode: DocumentMode
  readonly head: number
}

/** The document's row, `undefined` for a local one. */
export async function findDocument(db: Db, ref: DocumentRef): Promise<DocumentRow | undefined> {
  const { rows } = await db.query<DocumentRow>(
    `select generation, mode, head::float8 as head from documents where person_id = $1 and document = $2`,
    [ref.personId, ref.document],
  )
  return rows[0]
}

/** The same, locked until the transaction ends: nobody else appends meanwhile. */
export async function lockDocument(db: Db, ref: DocumentRef): Promise<DocumentRow | undefined> {
  const { rows } = await db.query<DocumentRow>({
    name: 'lock-document',
    text: `select generation, mode, head::float8 as head from documents
           where person_id = $1 and document = $2 for no key update`,
    values: [ref.personId, ref.document],
  })
  return rows[0]
}

/**
 * The document's row, which stays as it is until the transaction ends. Others append meanwhile, so its head may be behind;
 * what changes a generation locks the row `for update`.
 */
export async function holdDocument(db: Db, ref: DocumentRef): Promise<DocumentRow | undefined> {
  const { rows } = await db.query<DocumentRow>(
    `select generation, mode, head::float8 as head from documents
     where person_id = $1 and document = $2 for key share`,
    [ref.personId, ref.document],
  )
  return rows[0]
}

/** Opens local documents; those that have a mode keep it. */
export async function openDocuments(
  db: Db,
  personId: string,
  documents: readonly OpenableDocument[],
): Promise<void> {
  await addDocuments(db, personId, documents, 'open')
}

/** Gives local documents a mode; those that have one keep it. */
export async function addDocuments(
  db: Db,
  personId: string,
  documents: readonly DocumentName[],
  mode: DocumentMode,
): Promise<void> {
  await db.query(
    `insert into documents (person_id, document, mode)
     select $1, document, $3 from unnest($2::text[]) as d (document)
     on conflict (person_id, document) do nothing`,
    [personId, documents, mode],
  )
}

/** Every synced document of a person. */
export async function listDocuments(
  db: Db,
  personId: string,
): Promise<readonly (DocumentRow & { readonly document: DocumentName })[]> {
  const { rows } = await db.query<DocumentRow & { document: DocumentName }>(
    `select document, generation, mode, head::float8 as head from documents where person_id = $1 order by document`,
    [personId],
  )
  return rows
}

/** A document that is not where somebody thought it to be. */
export interface DocumentChange extends DocumentRef {
  /** 0 when there is no such document. */
  readonly generation: number
  readonly head: number
}

/** Those of the documents that have another generation, or that have moved on from the position given. */
export async function listChanges(
  db: Db,
  seen: readonly (DocumentRef & { readonly generation: number; readonly position: number })[],
): Promise<readonly DocumentChange[]> {
  const { rows } = await db.query<DocumentChange>({
    name: 'list-changes',
    text: `select s.person_id as "personId", s.document,
             coalesce(d.generation, 0) as generation, coalesce(d.head, 0)::float8 as head
           from unnest($1::uuid[], $2::text[], $3::int[], $4::bigint[])
             as s (person_id, document, generation, position)
           left join documents d using (person_id, document)
           where coalesce(d.generation, 0) <> s.generation or d.head > s.position`,
    values: [
      seen.map(each => each.personId),
      seen.map(each => each.document),
      seen.map(each => each.generation),
      seen.map(each => each.position),
    ],
  })
  return rows
}
