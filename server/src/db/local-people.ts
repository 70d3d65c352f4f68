// What people have submitted and rated near by: rows that only their own account's key opens.
import type { Db } from './database.ts'

/** A sealed row of a person. */
export interface SealedSubmission {
  readonly id: string
  readonly value: Buffer
}

export interface SealedRating {
  readonly resourceHash: Buffer
  readonly value: Buffer
}

/** Notes a submission. */
export async function insertSubmission(
  db: Db,
  personId: string,
  { id, value }: SealedSubmission,
): Promise<void> {
  await db.query('insert into local_submissions (person_id, id, value) values ($1, $2, $3)', [
    ...[personId, id, value],
  ])
}

/** Everything that a person has submitted. */
export async function listSubmissions(db: Db, personId: string): Promise<readonly SealedSubmission[]> {
  const { rows } = await db.query<SealedSubmission>(
    'select id, value from local_submissions where person_id = $1 order by id',
    [personId],
  )
  return rows
}

/** Notes a rating; another one of the same place takes its place. */
export async function upsertRating(
  db: Db,
  personId: string,
  { resourceHash, value }: SealedRating,
): Promise<void> {
  await db.query(
    `insert into local_ratings (person_id, resource_hash, value) values ($1, $2, $3)
     on conflict (person_id, resource_hash) do update set value = excluded.value`,
    [personId, resourceHash, value],
  )
}

/** Everything that a person has rated. */
export async function listRatings(db: Db, personId: string): Promise<readonly SealedRating[]> {
  const { rows } = await db.query<SealedRating>(
    `select resource_hash as "resourceHash", value from local_ratings where person_id = $1 order by resource_hash`,
    [personId],
  )
  return rows
}

/** Up to `limit` people who have rated anything, behind one. */
export async function listRatingPeople(
  db: Db,
  { after, limit }: { readonly after: string | undefined; readonly limit: number },
): Promise<readonly string[]> {
  const { rows } = await db.query<{ person_id: string }>(
    `select distinct person_id from local_ratings where $1::uuid is null or person_id > $1
     order by person_id limit $2`,
    [after ?? null, limit],
  )
  return rows.map(row => row.person_id)
}

/** How a place was rated, each person once. */
export interface LocalRatingCount {
  readonly resourceId: string
  readonly mean: number
  readonly count: number
}

/**
 * Writes how places were rated: not at all, where nothing is given.
 *
 * @returns how many places that changed
 */
export async function updateLocalRatings(db: Db, counts: readonly LocalRatingCount[]): Promise<number> {
  const { rowCount } = await db.query(
    `with counted as (
       select l.id, round(coalesce(c.mean, 0), 2) as mean, coalesce(c.count, 0) as count
       from local_resources l
       left join unnest($1::uuid[], $2::numeric[], $3::integer[]) as c (id, mean, count) on c.id = l.id
       where l.rating_count > 0 or c.count > 0
     )
     update local_resources l set rating_avg = counted.mean, rating_count = counted.count
     from counted
     where l.id = counted.id and (l.rating_avg, l.rating_count) is distinct from (counted.mean, counted.count)`,
    [
      counts.map(({ resourceId }) => resourceId),
      counts.map(({ mean }) => mean),
      counts.map(({ count }) => count),
    ],
  )
  return rowCount ?? 0
}
