// Shapes of /api/sync/upload and /download: what pages without the SDK keep in a browser, as one object.
import * as z from 'zod/mini'
import { BILL_FORMS, parseBillId } from '../civic/bill-id.ts'
import { GOVERNMENT_LEVELS, profileFieldSchemas, VOTE_CHOICES } from '../documents/values.ts'

const text = (max: number) => z.string().check(z.maxLength(max))
const choice = z.enum(VOTE_CHOICES)
const id = z.string().check(z.minLength(1), z.maxLength(200))
/** Milliseconds since 1970, up to the end of the year 9999. */
const timestamp = z.int().check(z.minimum(0), z.maximum(253_402_300_799_999))

/** A vote in a browser's copy. */
export const copiedVoteSchema = z.object({
  vote: choice,
  timestamp: z.optional(timestamp),
  billName: z.optional(text(500)),
  billNumber: z.optional(text(50)),
  billType: z.optional(text(100)),
  level: z.optional(z.enum(GOVERNMENT_LEVELS)),
})
export type CopiedVote = z.infer<typeof copiedVoteSchema>

/** A bookmark in a browser's copy. `kind` is `resource` unless given. */
export const copiedBookmarkSchema = z.object({
  id,
  kind: z.optional(z.string().check(z.minLength(1), z.maxLength(50))),
  timestamp: z.optional(timestamp),
  folder: z.optional(text(100)),
})
export type CopiedBookmark = z.infer<typeof copiedBookmarkSchema>

const preferencesSchema = z.object(
  Object.fromEntries(
    Object.entries(profileFieldSchemas).map(([field, schema]) => [field, z.optional(schema)]),
  ) as { [F in keyof typeof profileFieldSchemas]: z.ZodMiniOptional<(typeof profileFieldSchemas)[F]> },
)

/**
 * `POST /api/sync/upload` → 200 {@link uploadResponseSchema}. Votes are by bill id, a bookmark is a resource's id or more,
 * and preferences are fields of the profile; others are left out.
 */
export const uploadRequestSchema = z.object({
  votes: z.optional(z.record(id, z.union([choice, copiedVoteSchema]))),
  bookmarks: z.optional(z.array(z.union([id, copiedBookmarkSchema])).check(z.maxLength(5_000))),
  preferences: z.optional(preferencesSchema),
})
export type UploadRequest = z.infer<typeof uploadRequestSchema>

const count = z.int().check(z.minimum(0))

/** How much was new to the documents. */
export const uploadResponseSchema = z.object({
  written: z.object({ votes: count, bookmarks: count, preferences: count }),
  /** Ids of bills that no bill can have. */
  skipped: z.array(z.string()),
})
export type UploadResponse = z.infer<typeof uploadResponseSchema>

/** `GET /api/sync/download`: the same shape, from what is open. */
export const downloadResponseSchema = z.object({
  votes: z.record(z.string(), copiedVoteSchema),
  bookmarks: z.array(copiedBookmarkSchema),
  preferences: preferencesSchema,
})
export type DownloadResponse = z.infer<typeof downloadResponseSchema>

/** The jurisdiction of what no legislature has: a person's own records. ISO 3166 leaves the code to users. */
const NOWHERE = 'xx'
const SHORT_US = new RegExp(`^(${BILL_FORMS.join('|')})\\.?\\s?([1-9]\\d{0,4})$`, 'i')

/**
 * The bill id of a copied vote: `HR14` is one of the Congress of its time (`us:HR14` where no time is given), what is of no
 * legislature is the person's own record. `undefined` for what no id can hold.
 */
export function billIdOfCopy(given: string, timestampMs: number | undefined): string | undefined {
  if (parseBillId(given)) return given
  const [, form, number] = SHORT_US.exec(given) ?? []
  const found =
    form === undefined
      ? `${NOWHERE}:${given}`
      : timestampMs === undefined
        ? `us:${given}`
        : `${form.toLowerCase()}${number}-${congressAt(timestampMs)}`
  return parseBillId(found) ? found : undefined
}

/** The Congress that sat: each has two years from the 3rd of January of an odd one, the 1st from 1789. */
function congressAt(ms: number): number {
  const date = new Date(ms)
  const isBefore = date.getUTCMonth() === 0 && date.getUTCDate() < 3
  return Math.floor((date.getUTCFullYear() - (isBefore ? 1 : 0) - 1789) / 2) + 1
}
