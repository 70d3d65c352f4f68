// What the values of each document look like, checked when read. A malformed value is skipped and counted.
import * as z from 'zod/mini'
import type { JsonValue } from '../registers/json.ts'

const text = (max: number) => z.string().check(z.maxLength(max))
const instant = z.iso.datetime()

/** Skill level of a person and difficulty of a resource, easiest first. */
export const LEVELS = ['beginner', 'intermediate', 'advanced'] as const
export const levelSchema = z.enum(LEVELS)
export type Level = z.infer<typeof levelSchema>

export const VOTE_CHOICES = ['yes', 'no', 'abstain'] as const
export const GOVERNMENT_LEVELS = ['federal', 'state', 'local'] as const

/** `votes`: key `<bill id>`. */
export const voteSchema = z.object({
  choice: z.enum(VOTE_CHOICES),
  billName: z.optional(text(500)),
  billNumber: z.optional(text(50)),
  /** As a person gives it, such as `labor`. */
  billType: z.optional(text(100)),
  governmentLevel: z.optional(z.enum(GOVERNMENT_LEVELS)),
  votedAt: instant,
})
export type VoteValue = z.infer<typeof voteSchema>

/** `bookmarks`: key `<kind>/<id>`. */
export const bookmarkSchema = z.object({ addedAt: instant, folder: z.optional(text(100)) })
export type BookmarkValue = z.infer<typeof bookmarkSchema>

/** `progress`: key `seen/<resource>/<device>`; each device writes only its own. */
export const seenSchema = z.object({
  percent: z.number().check(z.minimum(0), z.maximum(100)),
  seconds: z.int().check(z.minimum(0)),
  viewedAt: instant,
  completedAt: z.optional(instant),
})
export type SeenValue = z.infer<typeof seenSchema>

/** `progress`: key `rating/<resource>`. */
export const ratingSchema = z.object({ rating: z.int().check(z.minimum(1), z.maximum(5)), ratedAt: instant })
export type RatingValue = z.infer<typeof ratingSchema>

/** `progress`: keys `dismissed/resource/<resource>` and `dismissed/topic/<topic>`. */
export const dismissedSchema = z.object({ dismissedAt: instant })

/** `progress`: key `day/<local date>/<device>`; for streaks and charts. */
export const daySchema = z.object({
  seconds: z.int().check(z.minimum(0)),
  resources: z.int().check(z.minimum(0)),
})
export type DayValue = z.infer<typeof daySchema>

/** `progress`: key `achievement/<id>/<device>`. */
export const achievementSchema = z.object({ earnedAt: instant })

/** `notes`: key `<kind>/<id>`. */
export const noteSchema = z.object({ text: text(20_000), editedAt: instant })
export type NoteValue = z.infer<typeof noteSchema>

/** `profile`: one register a field; `interest/<topic>` beside them. */
export const profileFieldSchemas = {
  displayName: text(100),
  skillLevel: levelSchema,
  goals: z.array(text(200)).check(z.maxLength(20)),
  country: text(3),
  state: text(100),
  district: text(100),
  postcode: text(20),
  occupation: text(100),
  timeZone: text(60),
  language: text(35),
  theme: z.enum(['light', 'dark', 'system']),
} as const
export type ProfileField = keyof typeof profileFieldSchemas
export type ProfileFields = { [F in ProfileField]?: z.infer<(typeof profileFieldSchemas)[F]> }
export const interestSchema = z.object({ addedAt: instant })

/** `settings`: key `mode/<document>`. */
export const modeSchema = z.enum(['open', 'sealed'])

/** The value if it has the form of `schema`, `undefined` for a removal, an absent or a malformed one. */
export function readValue<T>(schema: z.ZodMiniType<T>, value: JsonValue | undefined): T | undefined {
  if (value === null || value === undefined) return undefined
  const parsed = z.safeParse(schema, value)
  return parsed.success ? parsed.data : undefined
}
