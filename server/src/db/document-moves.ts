// Moves of documents to new generations, and the claims that say when a server must not make one or compact.
import type { DocumentMode, DocumentName } from '@workforce-democracy/shared'
import type { Db } from './database.ts'
import type { DocumentRef, DocumentRow } from './documents.ts'

/** A document's row as a mover finds it. */
export interface MovableRow extends DocumentRow {
  /** Whether a stock client is connected to it, on any server. */
  readonly hasStock: boolean
}

/** The document's row, locked until the transaction ends: no append, compaction, projection or other move meanwhile. */
export async function lockForMove(db: Db, ref: DocumentRef): Promise<MovableRow | undefined> {
  const { rows } = await db.query<MovableRow>(
    `select generation, mode, head::float8 as head, coalesce(stock_until > now(), false) as "hasStock"
     from documents where person_id = $1 and document = $2 for update`,
    [ref.personId, ref.document],
  )
  return rows[0]
}

/**
 * The next generation of a document, in that mode, with one more position and `link` in its chain. {@link lockForMove} has
 * locked its row.
 */
export async function startGeneration(
  db: Db,
  ref: DocumentRef,
  mode: DocumentMode,
  link: Buffer,
): Promise<DocumentRow> {
  const { rows } = await db.query<DocumentRow>(
    `update documents set generation = generation + 1, mode = $3, head = head + 1, chain = sha256(chain || $4),
       stock_until = null, fold_since = null
     where person_id = $1 and document = $2
     returning generation, mode, head::float8 as head`,
    [ref.personId, ref.document, mode, link],
  )
  const [row] = rows
  if (!row) throw new Error('The document was locked and is gone.')
  return row
}

/** The first generation of a local document, with one position; `undefined` where somebody else has given it a mode. */
export async function startFirstGeneration(
  db: Db,
  ref: DocumentRef,
  mode: DocumentMode,
  link: Buffer,
): Promise<DocumentRow | undefined> {
  const { rows } = await db.query<DocumentRow>(
    `insert into documents (person_id, document, mode, head, chain)
     values ($1, $2, $3, 1, sha256(decode(repeat('00', 32), 'hex') || $4))
     on conflict (person_id, document) do nothing
     returning generation, mode, head::float8 as head`,
    [ref.personId, ref.document, mode, link],
  )
  return rows[0]
}

/** How long what a server says of its stock clients holds; it says it again well before. */
const STOCK_LEASE = '60 seconds'

/**
 * Takes note that stock clients are connected to documents, in order, so that two servers never deadlock.
 *
 * @returns those that are still of the generation given
 */
export async function leaseForStock(
  db: Db,
  documents: readonly (DocumentRef & { readonly generation: number })[],
): Promise<readonly DocumentRef[]> {
  const { rows } = await db.query<{ personId: string; document: DocumentName }>(
    `with locked as (
       select d.person_id, d.document
       from documents d
       join unnest($1::uuid[], $2::text[], $3::int[]) as s (person_id, document, generation)
         using (person_id, document)
       where d.generation = s.generation
       order by d.person_id, d.document
       for no key update of d
     )
     update documents d set stock_until = now() + $4::interval from locked l
     where d.person_id = l.person_id and d.document = l.document
     returning d.person_id as "personId", d.document`,
    [
      documents.map(({ personId }) => personId),
      documents.map(({ document }) => document),
      documents.map(({ generation }) => generation),
      STOCK_LEASE,
    ],
  )
  return rows
}

/** When nobody's stock client counts as connected to the document any more, in milliseconds from now; 0 for now. */
export async function readStockLeaseMs(db: Db, ref: DocumentRef): Promise<number> {
  const { rows } = await db.query<{ ms: number }>(
    `select greatest(0, coalesce(extract(epoch from stock_until - now()) * 1000, 0))::float8 as ms
     from documents where person_id = $1 and document = $2`,
    [ref.personId, ref.document],
  )
  return rows[0]?.ms ?? 0
}

/** How long a server may compact before others do it too. */
const COMPACTION_CLAIM = '30 seconds'

/** Where a document stands that a server wants to compact. */
export interface CompactionClaim {
  readonly claimed: boolean
  /** Position and size of the snapshot, 0 if there is none. */
  readonly snapshot: number
  readonly snapshotBytes: number
}

/** Claims the compaction of a document; one server at a time. `undefined` for a local one. */
export async function claimCompaction(db: Db, ref: DocumentRef): Promise<CompactionClaim | undefined> {
  const { rows } = await db.query<CompactionClaim>(
    `with claimed as (
       update documents set compacting_until = now() + $3::interval
       where person_id = $1 and document = $2 and coalesce(compacting_until <= now(), true)
       returning 1
     )
     select exists (select from claimed) as claimed, coalesce(s.position, 0)::float8 as snapshot,
       coalesce(octet_length(s.data), 0) as "snapshotBytes"
     from documents d left join document_snapshots s using (person_id, document)
     where d.person_id = $1 and d.document = $2`,
    [ref.personId, ref.document, COMPACTION_CLAIM],
  )
  return rows[0]
}

/**
 * Gives a claim back.
 *
 * @param folded whether all is folded in that was there when it was claimed: what is left is younger
 */
export async function releaseCompaction(db: Db, ref: DocumentRef, folded: boolean): Promise<void> {
  await db.query(
    `update documents d set compacting_until = null,
       fold_since = case
         when not $3 or d.fold_since is null then d.fold_since
         when d.head > coalesce((select s.position from document_snapshots s
           where s.person_id = d.person_id and s.document = d.document), 0) then now()
       end
     where d.person_id = $1 and d.document = $2`,
    [ref.personId, ref.document, folded],
  )
}

/** How long servers have for what they have open themselves. */
const LEFT_AFTER = '12 minutes'

/** Documents whose log should have been folded in by now, those that have waited longest first. */
export async function listLeftToCompact(db: Db, limit: number): Promise<readonly DocumentRef[]> {
  const { rows } = await db.query<DocumentRef>(
    `select person_id as "personId", document from documents
     where fold_since < now() - $1::interval order by fold_since limit $2`,
    [LEFT_AFTER, limit],
  )
  return rows
}

/** Has a document that could not be compacted wait, so that it does not hold up others. */
export async function postponeCompaction(db: Db, ref: DocumentRef): Promise<void> {
  await db.query(
    `update documents set fold_since = now() where person_id = $1 and document = $2 and fold_since is not null`,
    [ref.personId, ref.document],
  )
}
