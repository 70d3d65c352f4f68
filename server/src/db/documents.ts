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
  const { rows } = await db.query<DocumentRow>(
    `select generation, mode, head::float8 as head from documents
     where person_id = $1 and document = $2 for no key update`,
    [ref.personId, ref.document],
  )
  return rows[0]
}

/**
 * The generation of a document, `undefined` for a local one; it stays until the transaction ends, and so does the
 * document. Others append meanwhile: what changes a generation locks the row `for update`.
 */
export async function holdGeneration(db: Db, ref: DocumentRef): Promise<number | undefined> {
  const { rows } = await db.query<Pick<DocumentRow, 'generation'>>(
    `select generation from documents where person_id = $1 and document = $2 for key share`,
    [ref.personId, ref.document],
  )
  return rows[0]?.generation
}

/** Opens local documents; those that have a mode keep it. */
export async function openDocuments(
  db: Db,
  personId: string,
  documents: readonly OpenableDocument[],
): Promise<void> {
  await db.query(
    `insert into documents (person_id, document, mode)
     select $1, document, 'open' from unnest($2::text[]) as d (document)
     on conflict (person_id, document) do nothing`,
    [personId, documents],
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
