// Shapes of /api/resources.
import * as z from 'zod/mini'
import { levelSchema } from '../documents/values.ts'
import { TOPICS } from '../recommend/topics.ts'
import { RESOURCE_TYPES, type Resource } from '../recommend/types.ts'
import { listQuerySchema, type Page } from './lists.ts'
import { lineSchema, textSchema } from './plain-text.ts'

/** Orders of `GET /api/resources`: by title, or the newest, best rated or most viewed first. */
export const RESOURCE_SORTS = ['title', 'newest', 'rating', 'popularity'] as const
export type ResourceSort = (typeof RESOURCE_SORTS)[number]

const filterShape = {
  type: z.optional(z.enum(RESOURCE_TYPES)),
  /** A topic of the published vocabulary. */
  topic: z.optional(lineSchema(100)),
  difficulty: z.optional(levelSchema),
  verified: z.optional(z.enum(['true', 'false'])),
}

/** Query of `GET /api/resources` → `Page<Resource>` */
export const resourceListQuerySchema = z.extend(listQuerySchema, {
  ...filterShape,
  sort: z._default(z.enum(RESOURCE_SORTS), 'title'),
})
export type ResourceListQuery = z.infer<typeof resourceListQuerySchema>

/** Longest query of a search, in characters. */
const MAX_QUERY_LENGTH = 200

/** Query of `GET /api/resources/search` → {@link ResourceSearchPage} */
export const resourceSearchQuerySchema = z.extend(listQuerySchema, {
  q: z.string().check(z.maxLength(MAX_QUERY_LENGTH)),
  ...filterShape,
})
export type ResourceSearchQuery = z.infer<typeof resourceSearchQuerySchema>

/** A part of a text, from the first character up to before the last, counted as JavaScript does (UTF-16). */
export type TextRange = readonly [start: number, end: number]

/** A resource that was found. */
export interface FoundResource {
  readonly resource: Resource
  /** Greater is better; comparable within one search only. */
  readonly score: number
  /** The words that were found, in the texts of `resource` as they are: nothing of them is markup. */
  readonly highlights: {
    readonly title: readonly TextRange[]
    readonly description: readonly TextRange[]
  }
}

/** Answer of `GET /api/resources/search`, the best first. */
export interface ResourceSearchPage extends Page<FoundResource> {
  /** Nothing has the words as they were typed: this has words that are written almost like them. */
  readonly similar: boolean
}

/** Parameters of a route about one resource: a UUID or an alias. */
export const resourceParamSchema = z.object({ id: z.string().check(z.minLength(1), z.maxLength(200)) })

/** Parameters of a route that changes a resource. */
export const resourceIdParamSchema = z.object({ id: z.uuid() })

const httpUrlSchema = z.nullable(
  lineSchema(2000).check(
    z.refine(url => /^https?:\/\//.test(url) && URL.canParse(url), 'not an http address'),
  ),
)

/** A resource as an admin writes it. */
export const resourceInputSchema = z.object({
  type: z.enum(RESOURCE_TYPES),
  title: lineSchema(500),
  description: z.nullable(textSchema(5_000)),
  contentUrl: httpUrlSchema,
  thumbnailUrl: httpUrlSchema,
  durationMinutes: z.nullable(z.int().check(z.minimum(1), z.maximum(1_000_000))),
  difficulty: z.nullable(levelSchema),
  /** Of the published vocabulary. */
  topics: z.array(z.enum(TOPICS as [string, ...string[]])).check(z.maxLength(20)),
  author: z.nullable(lineSchema(255)),
  sourceOrganization: z.nullable(lineSchema(255)),
  publishedOn: z.nullable(z.iso.date().check(z.refine(date => date >= '1000', 'before the year 1000'))),
  /** Other ids that it is known by: letters, digits, dots, hyphens and underscores. */
  aliases: z.array(z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/))).check(z.maxLength(20)),
  verified: z.boolean(),
})
export type ResourceInput = z.infer<typeof resourceInputSchema>

/** Body of `PUT /api/resources/:id`: all fields, and whether it is shown, which stays as it is unless given. */
export const resourceChangeSchema = z.extend(resourceInputSchema, {
  status: z.optional(z.enum(['active', 'archived'])),
})
export type ResourceChange = z.infer<typeof resourceChangeSchema>

/** A resource as admins see it. */
export interface AdminResource {
  readonly resource: Resource
  readonly status: 'active' | 'archived'
  /** Who may overwrite it by importing again; `admin`: nobody. */
  readonly origin: string
}

/** Query of `GET /api/admin/resources` → `Page<AdminResource>`, by id. */
export const adminResourceQuerySchema = z.extend(listQuerySchema, {
  cursor: z.optional(z.uuid()),
  status: z.optional(z.enum(['active', 'archived'])),
})
