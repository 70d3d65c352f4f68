// Learning resources, as imported and as published.
import type { Level, ResourceType } from '@workforce-democracy/shared'
import type { Db } from './database.ts'

/** A resource as imported. */
export interface ImportedResource {
  readonly id: string
  /** What the id is made from. */
  readonly sourceKey: string
  /** Who may overwrite it by importing again. */
  readonly origin: string
  readonly aliases: readonly string[]
  readonly type: ResourceType
  readonly title: string
  readonly description: string | null
  readonly contentUrl: string | null
  readonly durationMinutes: number | null
  readonly difficulty: Level | null
  readonly topics: readonly string[]
  readonly author: string | null
  readonly sourceOrganization: string | null
  /** ISO date. */
  readonly publishedOn: string | null
  /** Of YouTube. */
  readonly videoId: string | null
  readonly verified: boolean
}

/** A resource with its exact counts: not for publishing as it is. */
export interface ResourceRow extends Omit<ImportedResource, 'sourceKey' | 'origin' | 'videoId'> {
  readonly thumbnailUrl: string | null
  readonly viewCount: number
  readonly ratingAverage: number
  readonly ratingCount: number
}

/**
 * Adds resources and brings those of the same origin up to date. Whether one is verified is said once, when it is
 * added; after that it is for the people who look after the catalog.
 *
 * @returns how many were new and how many changed
 */
export async function upsertResources(
  db: Db,
  resources: readonly ImportedResource[],
): Promise<{ readonly added: number; readonly updated: number }> {
  const { rows } = await db.query<{ added: boolean }>(
    `insert into learning_resources as r
       (id, source_key, origin, aliases, type, title, description, content_url, duration_minutes, difficulty_level,
        topics, author, source_organization, publication_date, video_id, is_verified)
     select id, source_key, origin, string_to_array(aliases, ' '), type, title, description, content_url,
       duration_minutes, difficulty_level, string_to_array(topics, ' '), author, source_organization,
       publication_date, video_id, is_verified
     from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
       $9::integer[], $10::text[], $11::text[], $12::text[], $13::text[], $14::date[], $15::text[], $16::boolean[])
       as u (id, source_key, origin, aliases, type, title, description, content_url, duration_minutes,
         difficulty_level, topics, author, source_organization, publication_date, video_id, is_verified)
     on conflict (id) do update
     set aliases = excluded.aliases, type = excluded.type, title = excluded.title,
         description = excluded.description, content_url = excluded.content_url,
         duration_minutes = excluded.duration_minutes, difficulty_level = excluded.difficulty_level,
         topics = excluded.topics, author = excluded.author, source_organization = excluded.source_organization,
         publication_date = excluded.publication_date, video_id = excluded.video_id, updated_at = now()
     where r.origin = excluded.origin
       and (r.aliases, r.type, r.title, r.description, r.content_url, r.duration_minutes, r.difficulty_level,
            r.topics, r.author, r.source_organization, r.publication_date, r.video_id)
         is distinct from (excluded.aliases, excluded.type, excluded.title, excluded.description,
            excluded.content_url, excluded.duration_minutes, excluded.difficulty_level, excluded.topics,
            excluded.author, excluded.source_organization, excluded.publication_date, excluded.video_id)
     returning xmax = 0 as added`,
    [
      resources.map(resource => resource.id),
      resources.map(resource => resource.sourceKey),
      resources.map(resource => resource.origin),
      resources.map(resource => resource.aliases.join(' ')),
      resources.map(resource => resource.type),
      resources.map(resource => resource.title),
      resources.map(resource => resource.description),
      resources.map(resource => resource.contentUrl),
      resources.map(resource => resource.durationMinutes),
      resources.map(resource => resource.difficulty),
      resources.map(resource => resource.topics.join(' ')),
      resources.map(resource => resource.author),
      resources.map(resource => resource.sourceOrganization),
      resources.map(resource => resource.publishedOn),
      resources.map(resource => resource.videoId),
      resources.map(resource => resource.verified),
    ],
  )
  const added = rows.filter(row => row.added).length
  return { added, updated: rows.length - added }
}

const RESOURCE_COLUMNS = `id, aliases, type, title, description, content_url as "contentUrl",
  thumbnail_url as "thumbnailUrl", duration_minutes as "durationMinutes", difficulty_level as difficulty, topics,
  author, source_organization as "sourceOrganization", publication_date::text as "publishedOn",
  is_verified as verified, view_count as "viewCount", rating_avg::float8 as "ratingAverage",
  rating_count as "ratingCount"`

/** Every resource that is shown, by id. */
export async function listResources(db: Db): Promise<readonly ResourceRow[]> {
  const { rows } = await db.query<ResourceRow>(
    `select ${RESOURCE_COLUMNS} from learning_resources where status = 'active' order by id`,
  )
  return rows
}

/** A resource as those see it who look after the catalog. */
export interface KeptResourceRow extends ResourceRow {
  readonly status: 'active' | 'archived'
  readonly origin: string
}

/** Up to `limit` resources behind one, by id, also archived ones. */
export async function listKeptResources(
  db: Db,
  options: {
    readonly limit: number
    readonly after?: string | undefined
    readonly status?: string | undefined
  },
): Promise<readonly KeptResourceRow[]> {
  const { rows } = await db.query<KeptResourceRow>(
    `select ${RESOURCE_COLUMNS}, status, origin from learning_resources
     where ($2::uuid is null or id > $2) and ($3::text is null or status = $3)
     order by id limit $1`,
    [options.limit, options.after ?? null, options.status ?? null],
  )
  return rows
}

/** One resource, also an archived one, locked until the transaction ends. */
export async function lockResource(db: Db, id: string): Promise<KeptResourceRow | undefined> {
  const { rows } = await db.query<KeptResourceRow>(
    `select ${RESOURCE_COLUMNS}, status, origin from learning_resources where id = $1 for update`,
    [id],
  )
  return rows[0]
}

/** Of a resource what an admin writes. */
export type WrittenResource = Omit<ImportedResource, 'sourceKey' | 'origin'> & {
  readonly thumbnailUrl: string | null
}

/** What an admin has written no import writes over. */
const ADMIN_ORIGIN = 'admin'

const writtenValues = (resource: WrittenResource): unknown[] => [
  resource.id,
  resource.aliases,
  resource.type,
  resource.title,
  resource.description,
  resource.contentUrl,
  resource.thumbnailUrl,
  resource.durationMinutes,
  resource.difficulty,
  resource.topics,
  resource.author,
  resource.sourceOrganization,
  resource.publishedOn,
  resource.videoId,
  resource.verified,
]

/** Adds a resource of an admin's; `false` where there is one of this id. */
export async function insertResource(db: Db, resource: WrittenResource, sourceKey: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `insert into learning_resources (id, aliases, type, title, description, content_url, thumbnail_url,
       duration_minutes, difficulty_level, topics, author, source_organization, publication_date, video_id,
       is_verified, source_key, origin)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
     on conflict do nothing`,
    [...writtenValues(resource), sourceKey, ADMIN_ORIGIN],
  )
  return rowCount === 1
}

/** Writes over a resource. From then on it is an admin's. */
export async function updateResource(
  db: Db,
  resource: WrittenResource,
  status: 'active' | 'archived',
): Promise<void> {
  await db.query(
    `update learning_resources
     set aliases = $2, type = $3, title = $4, description = $5, content_url = $6, thumbnail_url = $7,
       duration_minutes = $8, difficulty_level = $9, topics = $10, author = $11, source_organization = $12,
       publication_date = $13, video_id = $14, is_verified = $15, status = $16, origin = $17, updated_at = now()
     where id = $1`,
    [...writtenValues(resource), status, ADMIN_ORIGIN],
  )
}

/** Takes a resource out of the catalog. The row stays: people have learned with it. */
export async function archiveResource(db: Db, id: string): Promise<void> {
  await db.query(`update learning_resources set status = 'archived', updated_at = now() where id = $1`, [id])
}

/** What people have done with a resource, each of them once. */
export interface CommunityCount {
  readonly resourceId: string
  readonly views: number
  /** Mean of the ratings, 0 without any. */
  readonly ratingMean: number
  readonly ratings: number
}

/**
 * Writes what people have done with each resource: nothing, where nothing is given.
 *
 * @returns how many resources that changed
 */
export async function updateCommunityCounts(db: Db, counts: readonly CommunityCount[]): Promise<number> {
  const { rowCount } = await db.query(
    `with counted as (
       select r.id, coalesce(c.views, 0) as views, round(coalesce(c.mean, 0), 2) as mean,
         coalesce(c.ratings, 0) as ratings
       from learning_resources r
       left join unnest($1::uuid[], $2::integer[], $3::numeric[], $4::integer[]) as c (id, views, mean, ratings)
         on c.id = r.id
     )
     update learning_resources r
     set view_count = counted.views, rating_avg = counted.mean, rating_count = counted.ratings
     from counted
     where r.id = counted.id
       and (r.view_count, r.rating_avg, r.rating_count)
         is distinct from (counted.views, counted.mean, counted.ratings)`,
    [
      counts.map(({ resourceId }) => resourceId),
      counts.map(({ views }) => views),
      counts.map(({ ratingMean }) => ratingMean),
      counts.map(({ ratings }) => ratings),
    ],
  )
  return rowCount ?? 0
}

/** Whether there is any resource at all. */
export async function hasResources(db: Db): Promise<boolean> {
  const { rows } = await db.query<{ found: boolean }>(
    'select exists (select from learning_resources) as found',
  )
  return rows[0]?.found ?? false
}
