// What the recommender works on and what it answers.
import type { Level } from '../documents/values.ts'
import type { ReadonlyState } from '../registers/state.ts'

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

/** Resources in an order, to be learned one after the other. */
export interface LearningPath {
  /** Such as `workplace-democracy-101`. */
  readonly id: string
  readonly title: string
  readonly description: string | null
  readonly level: Level | null
  readonly estimatedMinutes: number | null
  /** At least one, each resource once. */
  readonly steps: readonly PathStep[]
}

/** A resource of a path. */
export interface PathStep {
  /** UUID of a resource in the catalog. */
  readonly resourceId: string
  /** Whether the path is done only with it. */
  readonly required: boolean
}

/** What ranking rests on, whole: the same version gives the same ranking anywhere. */
export interface ResourceCatalog {
  /** Hash of the content. */
  readonly version: string
  readonly resources: readonly Resource[]
  /** By id. Nothing is ranked by them. */
  readonly paths: readonly LearningPath[]
  /** Topics of the bills in the civic catalog, by bill id. */
  readonly billTopics: Readonly<Record<string, readonly string[]>>
}

/** The documents that ranking reads, as joined registers. One that is absent counts as empty. */
export interface PersonDocuments {
  readonly profile?: ReadonlyState | undefined
  readonly votes?: ReadonlyState | undefined
  readonly bookmarks?: ReadonlyState | undefined
  readonly progress?: ReadonlyState | undefined
}

/** Points of each part, to two decimals: at most 50, 20, 15, 10 and 5. */
export interface ScoreParts {
  readonly relevance: number
  readonly difficulty: number
  readonly quality: number
  readonly recency: number
  readonly popularity: number
}

/** Why a resource is recommended. `text` is an English sentence; `evidence` is what it rests on. */
export type Reason =
  | {
      /** A stated interest, or what the person completed, bookmarked or rated well. */
      readonly kind: 'interest'
      readonly text: string
      readonly evidence: {
        readonly topic: string
        readonly stated: boolean
        readonly resourceIds: readonly string[]
      }
    }
  | {
      /** Votes on bills of this topic. */
      readonly kind: 'votes'
      readonly text: string
      readonly evidence: { readonly topic: string; readonly billIds: readonly string[] }
    }
  | {
      /** Completed resources of this topic: ready for the next level. */
      readonly kind: 'completion'
      readonly text: string
      readonly evidence: {
        readonly topic: string
        readonly level: Level
        readonly resourceIds: readonly string[]
      }
    }
  | {
      /** Rated or viewed well by others. */
      readonly kind: 'community'
      readonly text: string
      readonly evidence: {
        readonly ratingMean: number | null
        readonly ratingCount: number
        readonly viewCount: number
      }
    }
  | {
      /** A topic not yet explored; `null` when only the resource itself is new to the person. */
      readonly kind: 'gap'
      readonly text: string
      readonly evidence: { readonly topic: string | null }
    }

/** A ranked resource. `score` is exactly the sum of its parts, 0 to 100, two decimals. */
export interface Recommendation {
  readonly resource: Resource
  readonly score: number
  readonly parts: ScoreParts
  readonly reason: Reason
}
