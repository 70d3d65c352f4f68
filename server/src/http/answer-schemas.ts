// Shapes of answers, for the document of the API. The compiler holds them against the types that devices use.
import {
  type AdminResource,
  type Alignment,
  type AlignmentAnswer,
  BILL_FORMS,
  type Bill,
  type BillAnswer,
  type BillItem,
  type BookmarkItem,
  type CivicCatalog,
  type Dashboard,
  type DistrictTable,
  type FoundLocalResource,
  GOVERNMENT_LEVELS,
  type HistoryItem,
  LEVELS,
  type LearningPath,
  LOCAL_STATUSES,
  LOCAL_TYPES,
  type LocalCatalog,
  type LocalRating,
  type LocalResource,
  type LocalSubmission,
  type PathAnswer,
  type ProgressStats,
  RESOURCE_TYPES,
  type Recommendation,
  type Representative,
  type RepresentativeAnswer,
  type Resource,
  type ResourceCatalog,
  type ResourceSearchPage,
  type RollCall,
  usesSchema,
  VOTE_CHOICES,
  type VoteItem,
} from '@workforce-democracy/shared'
import * as z from 'zod/mini'

const nullable = z.nullable(z.string())
const count = z.int().check(z.minimum(0))

/** `{ items, nextCursor }` */
export const pageOf = (item: z.core.$ZodType) => z.object({ items: z.array(item), nextCursor: nullable })

export const healthSchema = z.object({ status: z.enum(['ok', 'degraded']) })

export const jwksSchema = z.object({
  keys: z.array(
    z.object({
      kty: z.literal('OKP'),
      crv: z.literal('Ed25519'),
      x: z.string(),
      kid: z.string(),
      alg: z.optional(z.string()),
      use: z.optional(z.string()),
    }),
  ),
})

export const voteItemSchema: z.ZodMiniType<VoteItem> = z.object({
  billId: z.string(),
  choice: z.enum(VOTE_CHOICES),
  billName: nullable,
  billType: nullable,
  governmentLevel: nullable,
  votedAt: z.iso.datetime(),
})

const billShape = {
  id: z.string(),
  jurisdiction: z.string(),
  governmentLevel: z.enum(GOVERNMENT_LEVELS),
  name: z.string(),
  billForm: z.nullable(z.enum(BILL_FORMS)),
  number: z.string(),
  congress: z.nullable(z.int()),
  topics: z.array(z.string()),
  lastVotedOn: z.nullable(z.iso.date()),
}

export const billSchema: z.ZodMiniType<Bill> = z.object(billShape)

export const billItemSchema: z.ZodMiniType<BillItem> = z.object({
  ...billShape,
  myVote: z.nullable(z.enum(VOTE_CHOICES)),
})

const memberShape = {
  id: z.string(),
  name: z.string(),
  party: z.string(),
  state: z.string(),
  district: nullable,
  chamber: z.enum(['house', 'senate']),
}

export const representativeSchema: z.ZodMiniType<Representative> = z.object({
  ...memberShape,
  jurisdiction: z.string(),
})

const rollCallSchema: z.ZodMiniType<RollCall> = z.object({
  id: z.string(),
  billId: z.string(),
  chamber: z.enum(['house', 'senate']),
  votedAt: z.iso.datetime(),
  question: z.string(),
  result: z.string(),
  /** Base64 of 2 bits for each member in the order of `representatives`. */
  positions: z.string(),
})

export const civicCatalogSchema: z.ZodMiniType<CivicCatalog> = z.object({
  version: z.string(),
  bills: z.array(billSchema),
  representatives: z.array(representativeSchema),
  rollCalls: z.array(rollCallSchema),
})

export const districtTableSchema: z.ZodMiniType<DistrictTable> = z.object({
  version: z.string(),
  jurisdiction: z.string(),
  districts: z.array(z.object({ state: z.string(), district: z.string(), postcodes: z.string() })),
})

const percent = z.number().check(z.minimum(0), z.maximum(100))

const agreementShape = {
  agreed: count,
  disagreed: count,
  notComparable: count,
  percent: z.nullable(percent),
  low: percent,
  high: percent,
}

export const alignmentSchema: z.ZodMiniType<Alignment> = z.object({
  representative: z.object(memberShape),
  ...agreementShape,
})

export const alignmentAnswerSchema: z.ZodMiniType<AlignmentAnswer> = z.object({
  alignment: alignmentSchema,
  byTopic: z.array(z.object({ topic: z.string(), ...agreementShape })),
  votes: z.array(
    z.object({
      billId: z.string(),
      rollCallId: z.string(),
      mine: z.enum(VOTE_CHOICES),
      theirs: z.enum(['yes', 'no', 'not-voting']),
      verdict: z.enum(['agreed', 'disagreed', 'not-comparable']),
    }),
  ),
})

const memberPosition = z.enum(['yes', 'no', 'not-voting'])

export const billAnswerSchema: z.ZodMiniType<BillAnswer> = z.object({
  bill: billItemSchema,
  rollCalls: z.array(
    z.object({
      id: z.string(),
      chamber: z.enum(['house', 'senate']),
      votedAt: z.iso.datetime(),
      question: z.string(),
      result: z.string(),
      positions: z.array(z.object({ representative: z.object(memberShape), position: memberPosition })),
    }),
  ),
})

export const representativeAnswerSchema: z.ZodMiniType<RepresentativeAnswer> = z.object({
  representative: representativeSchema,
  votes: z.array(
    z.object({
      bill: z.object({ id: z.string(), name: z.string() }),
      rollCallId: z.string(),
      votedAt: z.iso.datetime(),
      position: memberPosition,
    }),
  ),
})

export const resourceSchema: z.ZodMiniType<Resource> = z.object({
  id: z.uuid(),
  aliases: z.array(z.string()),
  type: z.enum(RESOURCE_TYPES),
  title: z.string(),
  description: nullable,
  contentUrl: nullable,
  thumbnailUrl: nullable,
  durationMinutes: z.nullable(z.int()),
  difficulty: z.nullable(z.enum(LEVELS)),
  topics: z.array(z.string()),
  author: nullable,
  sourceOrganization: nullable,
  publishedOn: z.nullable(z.iso.date()),
  verified: z.boolean(),
  ratingMean: z.nullable(z.number()),
  ratingCount: count,
  viewCount: count,
})

export const pathSchema: z.ZodMiniType<LearningPath> = z.object({
  id: z.string(),
  title: z.string(),
  description: nullable,
  level: z.nullable(z.enum(LEVELS)),
  estimatedMinutes: z.nullable(z.int()),
  steps: z.array(z.object({ resourceId: z.uuid(), required: z.boolean() })),
})

export const pathAnswerSchema: z.ZodMiniType<PathAnswer> = z.object({
  path: pathSchema,
  progress: z.nullable(
    z.object({
      completed: count,
      total: count,
      requiredCompleted: count,
      requiredTotal: count,
      percent: z.number().check(z.minimum(0), z.maximum(100)),
      nextResourceId: z.nullable(z.uuid()),
      done: z.boolean(),
    }),
  ),
})

/** From the first character up to before the last. */
const range = z.tuple([count, count])

export const resourceSearchSchema: z.ZodMiniType<ResourceSearchPage> = z.object({
  items: z.array(
    z.object({
      resource: resourceSchema,
      score: z.number(),
      highlights: z.object({ title: z.array(range), description: z.array(range) }),
    }),
  ),
  nextCursor: nullable,
  similar: z.boolean(),
})

export const adminResourceSchema: z.ZodMiniType<AdminResource> = z.object({
  resource: resourceSchema,
  status: z.enum(['active', 'archived']),
  origin: z.string(),
})

export const resourceCatalogSchema: z.ZodMiniType<ResourceCatalog> = z.object({
  version: z.string(),
  resources: z.array(resourceSchema),
  paths: z.array(pathSchema),
  billTopics: z.record(z.string(), z.array(z.string())),
})

const reasonOf = <Kind extends string, Evidence extends z.core.$ZodLooseShape>(
  kind: Kind,
  evidence: Evidence,
) => z.object({ kind: z.literal(kind), text: z.string(), evidence: z.object(evidence) })

export const recommendationSchema: z.ZodMiniType<Recommendation> = z.object({
  resource: resourceSchema,
  score: percent,
  parts: z.object({
    relevance: z.number(),
    difficulty: z.number(),
    quality: z.number(),
    recency: z.number(),
    popularity: z.number(),
  }),
  reason: z.union([
    reasonOf('interest', { topic: z.string(), stated: z.boolean(), resourceIds: z.array(z.string()) }),
    reasonOf('votes', { topic: z.string(), billIds: z.array(z.string()) }),
    reasonOf('completion', { topic: z.string(), level: z.enum(LEVELS), resourceIds: z.array(z.string()) }),
    reasonOf('community', { ratingMean: z.nullable(z.number()), ratingCount: count, viewCount: count }),
    reasonOf('gap', { topic: nullable }),
  ]),
})

export const recommendationsSchema = z.object({
  items: z.array(recommendationSchema),
  nextCursor: z.null(),
  catalogVersion: z.string(),
})

export const historyItemSchema: z.ZodMiniType<HistoryItem> = z.object({
  resourceId: z.string(),
  title: nullable,
  percent,
  seconds: count,
  viewedAt: z.nullable(z.iso.datetime()),
  completedAt: z.nullable(z.iso.datetime()),
  rating: z.nullable(z.int()),
  bookmarked: z.boolean(),
})

export const bookmarkItemSchema: z.ZodMiniType<BookmarkItem> = z.object({
  resourceId: z.string(),
  addedAt: z.iso.datetime(),
  folder: nullable,
})

export const progressStatsSchema: z.ZodMiniType<ProgressStats> = z.object({
  viewed: count,
  completed: count,
  seconds: count,
  streakDays: count,
  days: z.array(z.object({ date: z.iso.date(), seconds: count, resources: count })),
})

export const dashboardSchema: z.ZodMiniType<Dashboard> = z.object({
  user: z.object({
    name: nullable,
    level: z.enum(LEVELS),
    resourcesCompleted: count,
    secondsSpent: count,
    streakDays: count,
  }),
  recommendations: z.array(recommendationSchema),
  continueLearning: z.array(z.object({ resource: resourceSchema, percent, viewedAt: z.iso.datetime() })),
  achievements: z.array(
    z.object({ id: z.string(), title: z.string(), description: z.string(), earnedAt: z.iso.datetime() }),
  ),
})

/** A register: key, stamp, device, value. */
const entrySchema = z.array(z.unknown()).check(z.minLength(4), z.maxLength(4))
const entries = z.array(entrySchema)
const device = z.object({
  id: z.uuid(),
  name: nullable,
  addedOn: z.iso.date(),
  lastSeenOn: z.iso.date(),
  active: z.boolean(),
  current: z.boolean(),
})

const localShape = {
  id: z.string(),
  name: z.string(),
  type: z.enum(LOCAL_TYPES),
  description: nullable,
  address: nullable,
  city: nullable,
  state: nullable,
  zipCode: nullable,
  country: nullable,
  phone: nullable,
  email: nullable,
  website: nullable,
  workerOwned: z.boolean(),
  cooperative: z.boolean(),
  unionShop: z.boolean(),
  unions: z.array(z.string()),
  verified: z.boolean(),
  latitude: z.nullable(z.number()),
  longitude: z.nullable(z.number()),
  ratingMean: z.nullable(z.number()),
  ratingCount: z.int(),
}

export const localResourceSchema: z.ZodMiniType<LocalResource> = z.object(localShape)

export const foundLocalResourceSchema: z.ZodMiniType<FoundLocalResource> = z.object({
  ...localShape,
  distanceKm: z.nullable(z.number()),
})

export const localCatalogSchema: z.ZodMiniType<LocalCatalog> = z.object({
  version: z.string(),
  country: z.string(),
  resources: z.array(localResourceSchema),
})

export const localSubmissionSchema: z.ZodMiniType<LocalSubmission> = z.object({
  resource: localResourceSchema,
  status: z.enum(LOCAL_STATUSES),
  reason: nullable,
})

export const localRatingSchema: z.ZodMiniType<LocalRating> = z.object({
  resourceId: z.string(),
  rating: z.int(),
})

export const dataExportSchema = z.object({
  version: z.literal(1),
  madeAt: z.iso.datetime(),
  account: z.object({
    id: z.uuid(),
    email: nullable,
    username: nullable,
    language: z.string(),
    status: z.string(),
    emailVerified: z.boolean(),
    createdAt: z.iso.datetime(),
    lastLogin: z.iso.date(),
    admin: z.boolean(),
    uses: usesSchema,
    consents: z.array(
      z.object({ id: z.uuid(), recordedAt: z.iso.datetime(), flags: z.record(z.string(), z.unknown()) }),
    ),
    devices: z.array(device),
    sessions: z.array(
      z.object({
        id: z.uuid(),
        createdAt: z.iso.datetime(),
        expiresAt: z.iso.datetime(),
        revokedAt: z.nullable(z.iso.datetime()),
      }),
    ),
  }),
  documents: z.array(
    z.object({ document: z.string(), generation: count, mode: z.enum(['open', 'sealed']), head: count }),
  ),
  registers: z.object({ profile: entries, votes: entries, bookmarks: entries, progress: entries }),
  local: z.object({ submissions: z.array(localSubmissionSchema), ratings: z.array(localRatingSchema) }),
})
