// What ranking knows of a person: the merged registers, read once, with resources under the catalog's ids.
import { partsOf } from '../documents/keys.ts'
import {
  type Dismissed,
  dismissedIn,
  mergedProgress,
  type ResourceProgress,
} from '../documents/progress-state.ts'
import {
  bookmarkSchema,
  interestSchema,
  LEVELS,
  type Level,
  profileFieldSchemas,
  readValue,
  voteSchema,
} from '../documents/values.ts'
import type { ReadonlyState } from '../registers/state.ts'
import { type PreparedCatalog, prepareCatalog, resolveResource } from './prepared-catalog.ts'
import type { PersonDocuments, ResourceCatalog } from './types.ts'

/** How many of the latest activities and votes count. */
const ACTIVITY_LIMIT = 50
const VOTE_LIMIT = 20

/** What an activity is worth that has no percent of its own. */
const BOOKMARK_PERCENT = 50
const PERCENT_BY_RATING: Readonly<Record<number, number>> = { 4: 80, 5: 100 }

/** Something a person did that tells of an interest in a resource. */
export interface Activity {
  readonly kind: 'bookmarked' | 'completed' | 'rated'
  readonly resourceId: string
  /** 0 to 100: how much it tells. */
  readonly percent: number
  readonly atMs: number
}

/** A vote yes or no. An abstention tells nothing. */
export interface CountedVote {
  readonly billId: string
  readonly billName: string
  readonly billType: string
  readonly votedAtMs: number
}

/** A person, as ranking sees them. Resources the catalog lacks stay under the id they have. */
export interface PersonState {
  /** `beginner` for who states none. */
  readonly level: Level
  /** Sorted. */
  readonly interests: readonly string[]
  /** The last 50: latest first, ties by resource, then kind. */
  readonly activities: readonly Activity[]
  /** The last 20: latest first, ties by bill. */
  readonly votes: readonly CountedVote[]
  /** Resources viewed, completed or rated. */
  readonly known: ReadonlySet<string>
  readonly bookmarked: ReadonlySet<string>
  readonly dismissed: Dismissed
}

/** Reads a person's joined registers. Malformed ones are skipped; the order of the maps changes nothing. */
export function personState(documents: PersonDocuments, catalog: ResourceCatalog): PersonState {
  const prepared = prepareCatalog(catalog)
  const progressById = progressIn(documents.progress ?? NONE, prepared)
  const bookmarks = bookmarksIn(documents.bookmarks ?? NONE, prepared)
  const dismissed = dismissedIn(documents.progress ?? NONE)
  const profile = documents.profile ?? NONE
  return {
    level: readValue(profileFieldSchemas.skillLevel, profile.get('skillLevel')?.value) ?? LEVELS[0],
    interests: interestsIn(profile),
    activities: lastActivities(progressById, bookmarks),
    votes: lastVotes(documents.votes ?? NONE),
    known: new Set(progressById.keys()),
    bookmarked: new Set(bookmarks.keys()),
    dismissed: {
      resources: new Set([...dismissed.resources].map(id => resolveResource(prepared, id))),
      topics: dismissed.topics,
    },
  }
}

const NONE: ReadonlyState = new Map()

function interestsIn(profile: ReadonlyState): string[] {
  const interests: string[] = []
  for (const { key, value } of profile.values()) {
    const [kind, topic] = partsOf(key) ?? []
    if (kind === 'interest' && topic && readValue(interestSchema, value)) interests.push(topic)
  }
  return interests.sort()
}

type Progress = Pick<ResourceProgress, 'percent' | 'completedAt' | 'rating' | 'ratedAt'>

function progressIn(state: ReadonlyState, prepared: PreparedCatalog): Map<string, Progress> {
  const progressById = new Map<string, Progress>()
  for (const progress of mergedProgress(state).values()) {
    const id = resolveResource(prepared, progress.resourceId)
    const present = progressById.get(id)
    progressById.set(id, present ? mergedAliases(present, progress) : progress)
  }
  return progressById
}

/** What was done under two ids of one resource. */
function mergedAliases(a: Progress, b: Progress): Progress {
  const completedMs = Math.min(msOf(a.completedAt, Infinity), msOf(b.completedAt, Infinity))
  const ratedDifference = msOf(a.ratedAt, -Infinity) - msOf(b.ratedAt, -Infinity)
  const isRatedByA = ratedDifference > 0 || (!(ratedDifference < 0) && (a.rating ?? 0) > (b.rating ?? 0))
  return {
    percent: Math.max(a.percent, b.percent),
    completedAt: Number.isFinite(completedMs) ? new Date(completedMs).toISOString() : undefined,
    rating: isRatedByA ? a.rating : b.rating,
    ratedAt: isRatedByA ? a.ratedAt : b.ratedAt,
  }
}

const msOf = (instant: string | undefined, none: number): number => (instant ? Date.parse(instant) : none)

/** When each resource was last bookmarked. */
function bookmarksIn(state: ReadonlyState, prepared: PreparedCatalog): Map<string, number> {
  const addedMsById = new Map<string, number>()
  for (const { key, value } of state.values()) {
    const [kind, givenId] = partsOf(key) ?? []
    const bookmark = kind === 'resource' && givenId && readValue(bookmarkSchema, value)
    if (!bookmark) continue
    const id = resolveResource(prepared, givenId)
    addedMsById.set(id, Math.max(addedMsById.get(id) ?? -Infinity, Date.parse(bookmark.addedAt)))
  }
  return addedMsById
}

function lastActivities(
  progressById: ReadonlyMap<string, Progress>,
  bookmarks: ReadonlyMap<string, number>,
): Activity[] {
  const activities: Activity[] = []
  for (const [resourceId, atMs] of bookmarks)
    activities.push({ kind: 'bookmarked', resourceId, percent: BOOKMARK_PERCENT, atMs })
  for (const [resourceId, { percent, completedAt, rating, ratedAt }] of progressById) {
    if (completedAt)
      activities.push({ kind: 'completed', resourceId, percent, atMs: Date.parse(completedAt) })
    const ratedPercent = PERCENT_BY_RATING[rating ?? 0]
    if (ratedPercent !== undefined && ratedAt)
      activities.push({ kind: 'rated', resourceId, percent: ratedPercent, atMs: Date.parse(ratedAt) })
  }
  return activities
    .sort((a, b) => b.atMs - a.atMs || compare(a.resourceId, b.resourceId) || compare(a.kind, b.kind))
    .slice(0, ACTIVITY_LIMIT)
}

function lastVotes(state: ReadonlyState): CountedVote[] {
  const votes: CountedVote[] = []
  for (const { key, value } of state.values()) {
    const [billId] = partsOf(key) ?? []
    const vote = billId && readValue(voteSchema, value)
    if (!vote || vote.choice === 'abstain') continue
    const { billName = '', billType = '', votedAt } = vote
    votes.push({ billId, billName, billType, votedAtMs: Date.parse(votedAt) })
  }
  return votes.sort((a, b) => b.votedAtMs - a.votedAtMs || compare(a.billId, b.billId)).slice(0, VOTE_LIMIT)
}

/** By UTF-16 code units: the same anywhere, which a locale's order is not. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
