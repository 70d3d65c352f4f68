// Places near by, and how they are searched.
import {
  type Around,
  foldedWords,
  foldPostcode,
  foldText,
  type LocalQuery,
  type LocalResource,
  type LocalStatus,
  localWords,
} from '@workforce-democracy/shared'
import type { Db } from './database.ts'

/** What is written of a place; ratings are counted. */
export type WrittenLocalResource = Omit<LocalResource, 'ratingMean' | 'ratingCount'>

/** A place as stored: with the count of everybody's ratings, whether it may be told or not. */
export interface LocalResourceRow extends WrittenLocalResource {
  readonly ratingAverage: number
  readonly ratingCount: number
  readonly status: LocalStatus
  readonly reason: string | null
}

/** Where a place comes from that a list has. */
export interface ImportedLocalResource extends WrittenLocalResource {
  /** What its id is made from. */
  readonly sourceKey: string
  /** The list. */
  readonly origin: string
}

const COLUMNS = `id, name, type, description, address, city, state, zip_code as "zipCode", country, phone, email, website,
  is_worker_owned as "workerOwned", is_cooperative as cooperative, is_union_shop as "unionShop", unions,
  is_verified as verified, latitude, longitude, rating_avg::float8 as "ratingAverage", rating_count as "ratingCount",
  status, rejection_reason as reason`

/** Values of the columns that are written, in the order of {@link WRITTEN}. */
function writtenValues(resource: WrittenLocalResource): unknown[] {
  const { city, state, zipCode } = resource
  return [
    ...[resource.id, resource.name, resource.type, resource.description, resource.address, city, state],
    ...[zipCode, resource.country, resource.phone, resource.email, resource.website, resource.workerOwned],
    ...[resource.cooperative, resource.unionShop, [...resource.unions], resource.verified],
    ...[resource.latitude, resource.longitude, foldText(resource.name), city && foldText(city)],
    ...[state && foldText(state), zipCode && foldPostcode(zipCode), localWords(resource)],
  ]
}

const WRITTEN = `id, name, type, description, address, city, state, zip_code, country, phone, email, website,
  is_worker_owned, is_cooperative, is_union_shop, unions, is_verified, latitude, longitude, name_key, city_key, state_key,
  zip_key, search`

/** A place that somebody submits: it waits for an admin. */
export async function insertSubmitted(db: Db, resource: WrittenLocalResource): Promise<LocalResourceRow> {
  const { rows } = await db.query<LocalResourceRow>(
    `insert into local_resources (${WRITTEN}, origin)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
       array_to_tsvector($24::text[]), 'person')
     returning ${COLUMNS}`,
    writtenValues(resource),
  )
  const [row] = rows
  if (!row) throw new Error('an insert gives its row')
  return row
}

/** Writes over a place, as an admin does: no import writes over it from then on. */
export async function updateLocalResource(
  db: Db,
  resource: WrittenLocalResource,
  { status, reason }: Pick<LocalResourceRow, 'status' | 'reason'>,
): Promise<void> {
  await db.query(
    `update local_resources
     set (${WRITTEN}) = row($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
         $21, $22, $23, array_to_tsvector($24::text[])),
       status = $25, rejection_reason = $26, origin = 'admin', updated_at = now()
     where id = $1`,
    [...writtenValues(resource), status, reason],
  )
}

/** Columns that the first list that has a place fills, and others only where it has left them empty. */
const FILLED = [
  ...[
    'address',
    'city',
    'city_key',
    'state',
    'state_key',
    'zip_code',
    'zip_key',
    'country',
    'phone',
    'email',
  ],
  ...['website', 'latitude', 'longitude'],
]

/**
 * Adds places of a list, or what has changed of them. What another list has of the same place is joined to it: flags and
 * unions of both, and the fields that the first one lacks. What an admin has written stays.
 */
export async function upsertLocalResources(
  db: Db,
  resources: readonly ImportedLocalResource[],
): Promise<{ added: number; updated: number }> {
  const { rows } = await db.query<{ added: boolean }>({
    name: 'upsert-local-resources',
    text: `insert into local_resources as l (${WRITTEN}, source_key, origin, status)
     select id, name, type, description, address, city, state, zip_code, country, phone, email, website,
       is_worker_owned, is_cooperative, is_union_shop, unions, is_verified, latitude, longitude, name_key, city_key,
       state_key, zip_key, array_to_tsvector(words), source_key, origin, 'approved'
     from jsonb_to_recordset($1) as given (
       id uuid, name text, type text, description text, address text, city text, state text, zip_code text,
       country text, phone text, email text, website text, is_worker_owned boolean, is_cooperative boolean,
       is_union_shop boolean, unions text[], is_verified boolean, latitude float8, longitude float8, name_key text,
       city_key text, state_key text, zip_key text, words text[], source_key text, origin text)
     on conflict (source_key) do update
     set (name, name_key, description, ${FILLED.join(', ')}, is_worker_owned, is_cooperative, is_union_shop, unions,
         search, updated_at) = (
       select case when is_newer then excluded.name else l.name end,
         case when is_newer then excluded.name_key else l.name_key end,
         case when is_newer then coalesce(excluded.description, l.description)
           else coalesce(l.description, excluded.description) end,
         ${FILLED.map(column => `coalesce(l.${column}, excluded.${column})`).join(', ')},
         l.is_worker_owned or excluded.is_worker_owned, l.is_cooperative or excluded.is_cooperative,
         l.is_union_shop or excluded.is_union_shop,
         array(select distinct u from unnest(l.unions || excluded.unions) as u order by u),
         array_to_tsvector(tsvector_to_array(l.search) || tsvector_to_array(excluded.search)), now()
       -- entries of one shop spell its name as they like: the first one stands
       from (select l.origin = excluded.origin and excluded.unions = '{}' as is_newer) as of)
     where l.origin <> 'admin'
       and (not l.unions @> excluded.unions
         or not tsvector_to_array(l.search) @> tsvector_to_array(excluded.search)
         or l.is_worker_owned < excluded.is_worker_owned or l.is_cooperative < excluded.is_cooperative
         or l.is_union_shop < excluded.is_union_shop
         or (l.origin = excluded.origin and excluded.unions = '{}' and (l.name <> excluded.name
           or (excluded.description is not null and l.description is distinct from excluded.description)))
         or num_nulls(l.description, ${FILLED.map(column => `l.${column}`).join(', ')}) > num_nulls(
           coalesce(l.description, excluded.description),
           ${FILLED.map(column => `coalesce(l.${column}, excluded.${column})`).join(', ')}))
     returning xmax = 0 as added`,
    values: [JSON.stringify(joined(resources).map(toRecord))],
  })
  const added = rows.filter(row => row.added).length
  return { added, updated: rows.length - added }
}

/** Each place once: of one that is there twice the first entry, with the unions of all. */
function joined(resources: readonly ImportedLocalResource[]): ImportedLocalResource[] {
  const byKey = new Map<string, ImportedLocalResource>()
  for (const each of resources) {
    const first = byKey.get(each.sourceKey)
    byKey.set(
      each.sourceKey,
      first ? { ...first, unions: [...new Set([...first.unions, ...each.unions])].sort() } : each,
    )
  }
  return [...byKey.values()]
}

function toRecord(resource: ImportedLocalResource): Record<string, unknown> {
  const columns = [...WRITTEN.replace(/\bsearch$/, 'words').split(/,\s*/), 'source_key', 'origin']
  const values = [...writtenValues(resource), resource.sourceKey, resource.origin]
  return Object.fromEntries(columns.map((column, index) => [column, values[index]]))
}

/** Whether there is any place at all. */
export async function hasLocalResources(db: Db): Promise<boolean> {
  const { rows } = await db.query<{ found: boolean }>('select exists (select from local_resources) as found')
  return rows[0]?.found ?? false
}

/** Every approved place of a country, and those of no one country, by id. */
export async function listLocalResources(db: Db, country: string): Promise<readonly LocalResourceRow[]> {
  const { rows } = await db.query<LocalResourceRow>(
    `select ${COLUMNS} from local_resources
     where status = 'approved' and (country = $1 or country is null) order by id`,
    [country],
  )
  return rows
}

/** One place, whatever its status. */
export async function readLocalResource(db: Db, id: string): Promise<LocalResourceRow | undefined> {
  return (await readLocalResources(db, [id]))[0]
}

/** Places by id, whatever their status. */
export async function readLocalResources(
  db: Db,
  ids: readonly string[],
): Promise<readonly LocalResourceRow[]> {
  const { rows } = await db.query<LocalResourceRow>(
    `select ${COLUMNS} from local_resources where id = any($1::uuid[]) order by id`,
    [ids],
  )
  return rows
}

/** One place, locked until the transaction ends. */
export async function lockLocalResource(db: Db, id: string): Promise<LocalResourceRow | undefined> {
  const { rows } = await db.query<LocalResourceRow>(
    `select ${COLUMNS} from local_resources where id = $1 for update`,
    [id],
  )
  return rows[0]
}

/** Up to `limit` places of a status behind one, by id. */
export async function listLocalByStatus(
  db: Db,
  {
    status,
    after,
    limit,
  }: { readonly status: LocalStatus; readonly after?: string | undefined; readonly limit: number },
): Promise<readonly LocalResourceRow[]> {
  const { rows } = await db.query<LocalResourceRow>(
    `select ${COLUMNS} from local_resources
     where status = $1 and ($2::uuid is null or id > $2) order by id limit $3`,
    [status, after ?? null, limit],
  )
  return rows
}

/** What to look for, and where a page begins. */
export interface LocalSearch extends LocalQuery {
  readonly limit: number
  /** The last one of the page before: its kilometres or its folded name, and its id. */
  readonly after?: { readonly key: number | string; readonly id: string } | undefined
}

/** A place that was found. */
export interface FoundLocalRow extends LocalResourceRow {
  readonly nameKey: string
  /** Kilometres, `null` where no point was given. */
  readonly km: number | null
}

/** The same that `searchLocal` finds on a device, in the same order. */
export async function searchLocalResources(db: Db, search: LocalSearch): Promise<readonly FoundLocalRow[]> {
  const { around, after, limit } = search
  const words = foldedWords(search.q ?? '')
  const box = around && boxOf(around)
  const { rows } = await db.query<FoundLocalRow>(
    `with found as (
       select ${COLUMNS}, name_key as "nameKey",
         case when $1::float8 is null then null else ${DISTANCE_KM} end as km
       from local_resources
       where status = 'approved'
         and ($3::text is null or type = $3) and ($4::text is null or country = $4)
         and ($5::text is null or state_key = $5) and ($6::text is null or city_key = $6)
         and ($7::text is null or zip_key like $7) and ($8::boolean is null or is_worker_owned = $8)
         and ($9::boolean is null or is_cooperative = $9) and ($10::boolean is null or is_union_shop = $10)
         and ($11::text is null or search @@ $11::tsquery)
         and ($12::float8 is null or (latitude between $12 and $13 and longitude between $14 and $15))
     )
     select * from found
     where ($1::float8 is null or km <= $16)
       and ($17::float8 is null or km > $17 or (km = $17 and id > $19::uuid))
       and ($18::text is null or ("nameKey" collate "C", id) > ($18, $19::uuid))
     order by km, "nameKey" collate "C", id limit $20`,
    [
      ...[around?.latitude ?? null, around?.longitude ?? null, search.type ?? null, search.country ?? null],
      ...[folded(search.state), folded(search.city), zipPattern(search.zip), search.workerOwned ?? null],
      ...[search.cooperative ?? null, search.unionShop ?? null, prefixQuery(words)],
      ...[box?.south ?? null, box?.north ?? null, box?.west ?? null, box?.east ?? null],
      around?.withinKm ?? null,
      typeof after?.key === 'number' ? after.key : null,
      typeof after?.key === 'string' ? after.key : null,
      after?.id ?? null,
      limit,
    ],
  )
  return rows
}

/** As `distanceKm` has it. $1 and $2 are the point. */
const DISTANCE_KM = `2 * 6371 * asin(least(1, sqrt(
  sin(radians(latitude - $1) / 2) ^ 2
  + cos(radians($1::float8)) * cos(radians(latitude)) * sin(radians(longitude - $2::float8) / 2) ^ 2)))`

const folded = (text: string | undefined): string | null => (text === undefined ? null : foldText(text))

function zipPattern(zip: string | undefined): string | null {
  return zip === undefined ? null : `${foldPostcode(zip).replace(/[\\%_]/g, '\\$&')}%`
}

/** Words hold letters and digits only, so that nothing in them is an operator. */
const prefixQuery = (words: readonly string[]): string | null =>
  words.length === 0 ? null : words.map(word => `'${word}':*`).join(' & ')

/** Kilometres of a degree, a little less than there are, so that the box is never too small. */
const KM_A_DEGREE = 111

/** What is around a point, and more; every longitude where that goes over a pole or the line of the date. */
function boxOf({ latitude, longitude, withinKm }: Around) {
  const height = withinKm / KM_A_DEGREE
  const [south, north] = [latitude - height, latitude + height]
  const nearPole = Math.max(Math.abs(south), Math.abs(north))
  const width = nearPole >= 89 ? 360 : height / Math.cos((nearPole * Math.PI) / 180)
  const [west, east] = [longitude - width, longitude + width]
  return west < -180 || east > 180 ? { south, north, west: -180, east: 180 } : { south, north, west, east }
}
