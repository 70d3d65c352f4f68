// Shapes of /api/civic.
import * as z from 'zod/mini'
import { GOVERNMENT_LEVELS, VOTE_CHOICES } from '../documents/values.ts'
import { listQuerySchema } from './lists.ts'

const text = (max: number) => z.string().check(z.maxLength(max))

/** `POST /api/civic/vote` → 200 {@link VoteItem} */
export const voteRequestSchema = z.object({
  billId: text(100),
  choice: z.enum(VOTE_CHOICES),
  billName: z.optional(text(500)),
  billType: z.optional(text(100)),
  governmentLevel: z.optional(z.enum(GOVERNMENT_LEVELS)),
})
export type VoteRequest = z.infer<typeof voteRequestSchema>

/** Item of `GET /api/civic/votes`. */
export interface VoteItem {
  readonly billId: string
  readonly choice: (typeof VOTE_CHOICES)[number]
  readonly billName: string | null
  readonly billType: string | null
  readonly governmentLevel: string | null
  /** ISO 8601. */
  readonly votedAt: string
}

/** Query of `GET /api/civic/bills` → `Page<Bill>`, the latest deciding vote first. */
export const billListQuerySchema = z.extend(listQuerySchema, {
  level: z.optional(z.enum(GOVERNMENT_LEVELS)),
  /** `us`, `us-ny`, `gb`, … */
  jurisdiction: z.optional(z.string().check(z.regex(/^[a-z]{2}(?:-[a-z0-9]{1,8})?$/))),
  congress: z.optional(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(999))),
})
export type BillListQuery = z.infer<typeof billListQuerySchema>
