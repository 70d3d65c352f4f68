// How far an import has come, and the revisions by which servers notice that the catalog changed.
import type { Db } from './database.ts'

export type ImportKind = 'legislators' | 'rollcalls' | 'resources' | 'districts' | 'local'
export type CatalogKind = 'resources' | 'civic' | 'districts' | 'local'

/**
 * Begins an import, or takes up the one of the same file that was interrupted. Another file's progress is forgotten:
 * what it had stored may be overwritten now.
 *
 * @returns how many entries of the file are stored
 */
export async function beginImport(db: Db, kind: ImportKind, fingerprint: Buffer): Promise<number> {
  const { rows } = await db.query<{ entries_done: number }>(
    `insert into import_progress as p (kind, fingerprint, entries_done) values ($1, $2, 0)
     on conflict (kind) do update
     set fingerprint = excluded.fingerprint,
         entries_done = case when p.fingerprint = excluded.fingerprint then p.entries_done else 0 end,
         updated_at = now()
     returning entries_done::float8 as entries_done`,
    [kind, fingerprint],
  )
  return rows[0]?.entries_done ?? 0
}

/** Moves on from `from` to `to` entries; `false` when another import of this kind has come in between. */
export async function advanceImport(
  db: Db,
  kind: ImportKind,
  fingerprint: Buffer,
  from: number,
  to: number,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update import_progress set entries_done = $4, updated_at = now()
     where kind = $1 and fingerprint = $2 and entries_done = $3`,
    [kind, fingerprint, from, to],
  )
  return rowCount === 1
}

/** Forgets the progress of an import that has come to its end. */
export async function endImport(db: Db, kind: ImportKind, fingerprint: Buffer): Promise<void> {
  await db.query('delete from import_progress where kind = $1 and fingerprint = $2', [kind, fingerprint])
}

/** Tells servers that what they hold of this catalog is old. In the transaction of the change. */
export async function bumpRevision(db: Db, kind: CatalogKind): Promise<void> {
  await db.query('update catalog_revisions set revision = revision + 1 where kind = $1', [kind])
}

/** The current revisions, all in one cheap query. */
export async function readRevisions(db: Db): Promise<Readonly<Record<CatalogKind, number>>> {
  const { rows } = await db.query<Record<CatalogKind, number>>({
    name: 'read-catalog-revisions',
    text: `select max(revision) filter (where kind = 'resources')::float8 as resources,
                  max(revision) filter (where kind = 'civic')::float8 as civic,
                  max(revision) filter (where kind = 'districts')::float8 as districts,
                  max(revision) filter (where kind = 'local')::float8 as local
           from catalog_revisions`,
  })
  const [row] = rows
  if (!row) throw new Error('catalog_revisions is empty')
  return row
}
