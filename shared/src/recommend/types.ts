// What the recommender works on and what it answers.
import type { Level } from '../documents/values.ts'

export const RESOURCE_TYPES = ['videos', 'articles', 'studies', 'interactive'] as const
export type ResourceType = (typeof RESOURCE_TYPES)[number]

/** A learning resource as the public catalog has it. */
export interface Resource {
  /** UUID. */
  readonly id: string
  /** Other ids it is known by, such as the existing site's `video1`. */
  readonly aliases: readonly string[]
  readonly type: ResourceType
  readonly title: string
  readonly description: string | null
  readonly contentUrl: string | null
  readonly thumbnailUrl: string | null
  readonly durationMinutes: number | null
  readonly difficulty: Level | null
  readonly topics: readonly string[]
  readonly author: string | null
  readonly sourceOrganization: string | null
  /** ISO date. */
  readonly publishedOn: string | null
  readonly verified: boolean
  /** Mean of the ratings, `null` under 20 people. */
  readonly ratingMean: number | null
  /** Rounded to 10. */
  readonly ratingCount: number
  /** Rounded to 10. */
  readonly viewCount: number
}

/** What ranking rests on, whole: the same version gives the same ranking anywhere. */
export interface ResourceCatalog {
  /** Hash of the content. */
  readonly version: string
  readonly resources: readonly Resource[]
  /** Topics of the bills in the civic catalog, by bill id. */
  readonly billTopics: Readonly<Record<string, readonly string[]>>
}
