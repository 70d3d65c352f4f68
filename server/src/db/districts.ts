// Which electoral districts each postcode lies in.
import type { Db } from './database.ts'

/** A postcode in a district; another row for each other district that it lies in. */
export interface PostcodeDistrict {
  readonly jurisdiction: string
  /** In the normal form. */
  readonly postcode: string
  readonly state: string
  readonly district: string
}

/** Adds what is not known; returns how many rows were new. */
export async function addDistricts(db: Db, rows: readonly PostcodeDistrict[]): Promise<number> {
  const { rowCount } = await db.query(
    `insert into districts_by_postcode (jurisdiction, postcode, state, district)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::text[])
     on conflict do nothing`,
    columns(rows),
  )
  return rowCount ?? 0
}

/** Whether any district is known. */
export async function hasDistricts(db: Db): Promise<boolean> {
  const { rows } = await db.query<{ found: boolean }>(
    'select exists (select from districts_by_postcode) as found',
  )
  return rows[0]?.found ?? false
}

/** Deletes what is not among `rows`, of the jurisdictions that they are of; returns how many. */
export async function deleteDistrictsBut(db: Db, rows: readonly PostcodeDistrict[]): Promise<number> {
  const { rowCount } = await db.query(
    `delete from districts_by_postcode d
     where d.jurisdiction = any($1::text[])
       and (d.jurisdiction, d.postcode, d.state, d.district)
         not in (select * from unnest($1::text[], $2::text[], $3::text[], $4::text[]))`,
    columns(rows),
  )
  return rowCount ?? 0
}

function columns(rows: readonly PostcodeDistrict[]): string[][] {
  return [
    rows.map(row => row.jurisdiction),
    rows.map(row => row.postcode),
    rows.map(row => row.state),
    rows.map(row => row.district),
  ]
}

/** Each district with its postcodes in order, one blank between two. */
export async function listDistricts(
  db: Db,
): Promise<readonly (Omit<PostcodeDistrict, 'postcode'> & { readonly postcodes: string })[]> {
  const { rows } = await db.query<Omit<PostcodeDistrict, 'postcode'> & { postcodes: string }>(
    `select jurisdiction, state, district, string_agg(postcode, ' ' order by postcode collate "C") as postcodes
     from districts_by_postcode
     group by jurisdiction, state, district
     order by jurisdiction collate "C", state collate "C", length(district), district collate "C"`,
  )
  return rows
}
