// Shapes of /api/civic.
import * as z from 'zod/mini'
import type { AgreementVote, Alignment, TopicAgreement } from '../civic/alignment.ts'
import { BILL_FORMS } from '../civic/bill-id.ts'
import type { Bill, Position, Representative, RollCall } from '../civic/types.ts'
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

/** `us`, `us-ny`, `gb`, … */
const jurisdiction = z.string().check(z.regex(/^[a-z]{2}(?:-[a-z0-9]{1,8})?$/))

/** Query of `GET /api/civic/bills` → `Page<BillItem>`, the latest deciding vote first. */
export const billListQuerySchema = z.extend(listQuerySchema, {
  /** Words, each of which is in the bill's name, number or id. */
  q: z.optional(text(200)),
  level: z.optional(z.enum(GOVERNMENT_LEVELS)),
  /** The congressional form. */
  type: z.optional(z.enum(BILL_FORMS)),
  jurisdiction: z.optional(jurisdiction),
  congress: z.optional(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(999))),
  /** Whether a chamber has decided on it. */
  status: z.optional(z.enum(['decided', 'undecided'])),
  /** Only those that I have voted on, or have not; takes a token. */
  voted: z.optional(z.enum(['true', 'false'])),
})
export type BillListQuery = z.infer<typeof billListQuerySchema>

/** Item of `GET /api/civic/bills`. */
export interface BillItem extends Bill {
  /** The person's; `null` without a token, without a vote, and where `votes` is not open to the server. */
  readonly myVote: (typeof VOTE_CHOICES)[number] | null
}

/** How one member voted. */
export interface MemberPosition {
  readonly representative: Pick<Representative, 'id' | 'name' | 'party' | 'state' | 'district' | 'chamber'>
  /** `not-voting` stands for present too. */
  readonly position: Exclude<Position, 'present'>
}

/** `GET /api/civic/bills/:id` */
export interface BillAnswer {
  readonly bill: BillItem
  /** Those that decided on the bill, the latest first, with the sitting members who had a part in them. */
  readonly rollCalls: readonly (Omit<RollCall, 'billId' | 'positions'> & {
    readonly positions: readonly MemberPosition[]
  })[]
}

/** Query of `GET /api/civic/representatives` → `Page<Representative>`, by state, chamber, district and name. */
export const representativeListQuerySchema = z.extend(listQuerySchema, {
  jurisdiction: z.optional(jurisdiction),
  state: z.optional(text(100)),
  district: z.optional(text(100)),
  chamber: z.optional(z.enum(['house', 'senate'])),
  /** A part of the name. */
  name: z.optional(text(200)),
})

/** Query of `GET /api/civic/districts` → `DistrictTable` */
export const districtsQuerySchema = z.object({ jurisdiction })

/** Parameters of a route about one representative. */
export const memberParamSchema = z.object({ id: z.string().check(z.minLength(1), z.maxLength(80)) })

/** Parameters of a route about one bill. */
export const billParamSchema = z.object({ id: z.string().check(z.minLength(1), z.maxLength(100)) })

/** `GET /api/civic/representatives/:id` */
export interface RepresentativeAnswer {
  readonly representative: Representative
  /** The last 50 of the votes that decided on a bill, the latest first. */
  readonly votes: readonly {
    readonly bill: Pick<Bill, 'id' | 'name'>
    readonly rollCallId: string
    readonly votedAt: string
    readonly position: MemberPosition['position']
  }[]
}

/** Query of `GET /api/civic/alignment` → `Page<Alignment>` */
export const alignmentQuerySchema = z.extend(listQuerySchema, {
  /** Only bills of this topic. */
  topic: z.optional(text(100)),
})

/** `GET /api/civic/alignment/:id` */
export interface AlignmentAnswer {
  readonly alignment: Alignment
  /** By each topic that any of the bills has, sorted by it. */
  readonly byTopic: readonly TopicAgreement[]
  /** What it rests on, by bill id. */
  readonly votes: readonly AgreementVote[]
}
