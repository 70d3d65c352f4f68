// Where the logs of documents stand, with the chain of hashes of what was committed to them.
import type { Db } from './database.ts'
import type { DocumentRef } from './documents.ts'

/** A document's head, and the chain up to it. */
export interface DocumentChain extends DocumentRef {
  readonly generation: number
  readonly head: number
  /** 32 bytes. */
  readonly chain: Buffer
}

/** The chains of documents; local ones have none. */
export async function listChains(db: Db, refs: readonly DocumentRef[]): Promise<readonly DocumentChain[]> {
  const { rows } = await db.query<DocumentChain>(
    `select person_id as "personId", document, generation, head::float8 as head, chain
     from documents
     join unnest($1::uuid[], $2::text[]) as r (person_id, document) using (person_id, document)`,
    [refs.map(({ personId }) => personId), refs.map(({ document }) => document)],
  )
  return rows
}
