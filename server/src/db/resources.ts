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

/** Every resource that is shown, by id. */
export async function listResources(db: Db): Promise<readonly ResourceRow[]> {
  const { rows } = await db.query<ResourceRow>(
    `select id, aliases, type, title, description, content_url as "contentUrl", thumbnail_url as "thumbnailUrl",
       duration_minutes as "durationMinutes", difficulty_level as difficulty, topics, author,
       source_organization as "sourceOrganization", publication_date::text as "publishedOn",
       is_verified as verified, view_count as "viewCount", rating_avg::float8 as "ratingAverage",
       rating_count as "ratingCount"
     from learning_resources where status = 'active' order by id`,
  )
  return rows
}

/** Whether there is any resource at all. */
export async function hasResources(db: Db): Promise<boolean> {
  const { rows } = await db.query<{ found: boolean }>(
    'select exists (select from learning_resources) as found',
  )
  return rows[0]?.found ?? false
}
