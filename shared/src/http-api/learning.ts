// Shapes of /api/learning, paths aside.
import * as z from 'zod/mini'
import type { ResourceProgress } from '../documents/progress-state.ts'

const resourceId = z.string().check(z.minLength(1), z.maxLength(200))

/** `POST /api/learning/view` and `/complete` → 200 {@link HistoryItem}. UUID or alias of a resource. */
export const resourceRequestSchema = z.object({ resourceId })

/** `POST /api/learning/progress` → 200 {@link HistoryItem}. `seconds` is added; `percent` never goes back. */
export const progressRequestSchema = z.object({
  resourceId,
  percent: z.optional(z.number().check(z.minimum(0), z.maximum(100))),
  seconds: z.int().check(z.minimum(0), z.maximum(86_400)),
})

/** `POST /api/learning/rate` → 200 {@link HistoryItem} */
export const rateRequestSchema = z.object({ resourceId, rating: z.int().check(z.minimum(1), z.maximum(5)) })

/** `POST /api/learning/bookmark` → 200 {@link BookmarkItem} */
export const bookmarkRequestSchema = z.object({
  resourceId,
  folder: z.optional(z.string().check(z.maxLength(100))),
})

/** Parameters of `DELETE /api/learning/bookmark/:id`: UUID or alias of a resource. */
export const bookmarkParamSchema = z.object({ id: resourceId })

/** A bookmarked resource. */
export interface BookmarkItem {
  readonly resourceId: string
  /** ISO 8601. */
  readonly addedAt: string
  readonly folder: string | null
}

/** Item of `GET /api/learning/history`: what was done with a resource over all devices. Times are ISO 8601. */
export interface HistoryItem {
  readonly resourceId: string
  /** `null` for one that the catalog lacks. */
  readonly title: string | null
  readonly percent: number
  readonly seconds: number
  readonly viewedAt: string | null
  readonly completedAt: string | null
  readonly rating: number | null
  readonly bookmarked: boolean
}

/** The item of a resource. */
export function toHistoryItem(
  { viewedAt, completedAt, rating, ...progress }: Omit<ResourceProgress, 'ratedAt'>,
  { title, bookmarked }: { readonly title: string | undefined; readonly bookmarked: boolean },
): HistoryItem {
  return {
    resourceId: progress.resourceId,
    title: title ?? null,
    percent: progress.percent,
    seconds: progress.seconds,
    viewedAt: viewedAt ?? null,
    completedAt: completedAt ?? null,
    rating: rating ?? null,
    bookmarked,
  }
}
