// Which data keys have to be destroyed, in the database of the data that they sealed.
import type { KeyScope } from './data-keys.ts'
import type { Db } from './database.ts'
import type { DocumentRef } from './documents.ts'

/** An order is kept so long after it was carried out: every server has to hear of it. */
const KEPT = '1 hour'
/** An order may show so long after the time that it carries: that of the beginning of its transaction. */
const SHOWS_WITHIN = '1 minute'

/** Orders that a server may not know of yet. */
export interface DestructionNews {
  /** Time of this look, for the next one, as Postgres writes it. */
  readonly lookedAt: string
  /** Whether orders may have been purged since the last look. */
  readonly incomplete: boolean
  readonly orders: readonly (KeyScope & { readonly done: boolean })[]
}

/** Orders that a data key be destroyed, in the transaction that deletes what it sealed. */
export async function orderDestruction(db: Db, scope: KeyScope): Promise<void> {
  await db.query(
    `insert into data_key_destructions (person_id, document, generation) values ($1, $2, $3)
     on conflict (person_id, document, generation) do update set ordered_at = now(), done_at = null`,
    [scope.personId, scope.document, scope.generation],
  )
}

/** Orders for the keys of one document that are not carried out. */
export async function listOpenOrders(db: Db, ref: DocumentRef): Promise<readonly KeyScope[]> {
  const { rows } = await db.query<KeyScope>(
    `select person_id as "personId", document, generation from data_key_destructions
     where person_id = $1 and document = $2 and done_at is null`,
    [ref.personId, ref.document],
  )
  return rows
}

/** Every order that is not carried out, and those given since an earlier look (`undefined`: the server has just begun). */
export async function listOrders(db: Db, since: string | undefined): Promise<DestructionNews> {
  const { rows } = await db.query<
    { lookedAt: string; incomplete: boolean; done: boolean | null } & Partial<KeyScope>
  >(
    `select now()::text as "lookedAt",
       coalesce($1::timestamptz < now() - $2::interval / 2, false) as incomplete,
       o.person_id as "personId", o.document, o.generation, o.done_at is not null as done
     from (select 1) one
     left join data_key_destructions o
       on o.done_at is null or o.ordered_at > coalesce($1::timestamptz, now()) - $3::interval`,
    [since ?? null, KEPT, SHOWS_WITHIN],
  )
  const [first] = rows
  return {
    lookedAt: first?.lookedAt ?? since ?? '',
    incomplete: first?.incomplete ?? false,
    orders: rows.flatMap(({ personId, document, generation, done }) =>
      personId && document && generation !== undefined
        ? [{ personId, document, generation, done: done === true }]
        : [],
    ),
  }
}

/** Takes note that orders were carried out. */
export async function markDone(db: Db, scopes: readonly KeyScope[]): Promise<void> {
  await db.query(
    `update data_key_destructions o set done_at = now()
     from (
       select person_id, document, generation from data_key_destructions
       join unnest($1::uuid[], $2::text[], $3::int[]) as s (person_id, document, generation)
         using (person_id, document, generation)
       where done_at is null
       order by person_id, document, generation
       for update of data_key_destructions
     ) s
     where o.person_id = s.person_id and o.document = s.document and o.generation = s.generation`,
    [
      scopes.map(scope => scope.personId),
      scopes.map(scope => scope.document),
      scopes.map(scope => scope.generation),
    ],
  )
}

/** Deletes orders that every server has heard of. */
export async function purgeOrders(db: Db): Promise<void> {
  await db.query(`delete from data_key_destructions where done_at < now() - $1::interval`, [KEPT])
}
