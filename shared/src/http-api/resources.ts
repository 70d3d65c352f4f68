// Shapes of /api/resources.
import * as z from 'zod/mini'
import { levelSchema } from '../documents/values.ts'
import { RESOURCE_TYPES } from '../recommend/types.ts'
import { listQuerySchema } from './lists.ts'

/** Orders of `GET /api/resources`: by title, or the newest, best rated or most viewed first. */
export const RESOURCE_SORTS = ['title', 'newest', 'rating', 'popularity'] as const
export type ResourceSort = (typeof RESOURCE_SORTS)[number]

/** Query of `GET /api/resources` → `Page<Resource>` */
export const resourceListQuerySchema = z.extend(listQuerySchema, {
  type: z.optional(z.enum(RESOURCE_TYPES)),
  /** A topic of the published vocabulary. */
  topic: z.optional(z.string().check(z.maxLength(100))),
  difficulty: z.optional(levelSchema),
  verified: z.optional(z.enum(['true', 'false'])),
  sort: z._default(z.enum(RESOURCE_SORTS), 'title'),
})
export type ResourceListQuery = z.infer<typeof resourceListQuerySchema>
