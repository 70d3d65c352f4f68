// Shapes of /api/learning/paths.
import * as z from 'zod/mini'
import { levelSchema } from '../documents/values.ts'
import type { PathProgress } from '../learning/paths.ts'
import type { LearningPath } from '../recommend/types.ts'
import { lineSchema, textSchema } from './plain-text.ts'

/** The id of a path: words of small letters and digits, joined by hyphens. */
const pathIdSchema = z.string().check(z.maxLength(100), z.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/))

/** Parameters of a route about one path. */
export const pathParamSchema = z.object({ id: pathIdSchema })

/** Answer of `GET /api/learning/paths/:id`. */
export interface PathAnswer {
  readonly path: LearningPath
  /** The person's; `null` without a token, and where `progress` is not open to the server. */
  readonly progress: PathProgress | null
}

/** Body of `PUT /api/learning/paths/:id`: all of it. */
export const pathChangeSchema = z.object({
  title: lineSchema(500),
  description: z.nullable(textSchema(5_000)),
  level: z.nullable(levelSchema),
  estimatedMinutes: z.nullable(z.int().check(z.minimum(1), z.maximum(1_000_000))),
  steps: z
    .array(
      z.object({
        /** UUID or alias of a resource in the catalog. */
        resourceId: z.string().check(z.minLength(1), z.maxLength(200)),
        required: z.boolean(),
      }),
    )
    .check(z.minLength(1), z.maxLength(100)),
})
export type PathChange = z.infer<typeof pathChangeSchema>

/** Body of `POST /api/learning/paths`. */
export const pathInputSchema = z.extend(pathChangeSchema, { id: pathIdSchema })
