// Where a person stands, on one page: the same from a device and from the server, as far as either may look.

import { profileIn } from '../documents/profile-state.ts'
import type { ResourceProgress } from '../documents/progress-state.ts'
import { LEVELS, type Level } from '../documents/values.ts'
import { prepareCatalog, resolveResource } from '../recommend/prepared-catalog.ts'
import type { PersonDocuments, Recommendation, Resource, ResourceCatalog } from '../recommend/types.ts'
import type { ReadonlyState } from '../registers/state.ts'
import { type Achievement, achievementsIn } from './achievements.ts'
import { resolvedProgress } from './resolved-progress.ts'
import { localDate, progressStats } from './stats.ts'

/** A resource that was begun. */
export interface BegunResource {
  readonly resource: Resource
  /** 0 to 100. */
  readonly percent: number
  /** ISO 8601. */
  readonly viewedAt: string
}

/** Where a person stands. */
export interface Dashboard {
  readonly user: {
    readonly name: string | null
    readonly level: Level
    readonly resourcesCompleted: number
    readonly secondsSpent: number
    /** Consecutive days up to today, or up to yesterday while today has nothing yet, by the person's time zone. */
    readonly streakDays: number
  }
  readonly recommendations: readonly Recommendation[]
  /** Viewed and not completed, the latest first, at most five. */
  readonly continueLearning: readonly BegunResource[]
  /** The latest first. */
  readonly achievements: readonly Achievement[]
}

const BEGUN_LIMIT = 5
const NONE: ReadonlyState = new Map()

/**
 * Puts a dashboard together (SPEC M10). What is absent of `documents` counts as empty.
 *
 * @param timeZone counts where the person has stated none; `undefined` for that of this process
 */
export function dashboard(
  catalog: ResourceCatalog,
  { profile = NONE, progress = NONE }: PersonDocuments,
  {
    recommendations,
    nowMs,
    timeZone,
  }: {
    readonly recommendations: readonly Recommendation[]
    readonly nowMs: number
    readonly timeZone?: string
  },
): Dashboard {
  const prepared = prepareCatalog(catalog)
  const resources = [...resolvedProgress(progress, id => resolveResource(prepared, id)).values()]
  const { fields } = profileIn(profile)
  const today = localDate(nowMs, fields.timeZone ?? timeZone)
  const { completed, seconds, streakDays } = progressStats(progress, resources, today)
  const begun = resources.filter(({ viewedAt, completedAt }) => viewedAt && !completedAt)
  return {
    user: {
      name: fields.displayName ?? null,
      level: fields.skillLevel ?? LEVELS[0],
      resourcesCompleted: completed,
      secondsSpent: seconds,
      streakDays,
    },
    recommendations,
    continueLearning: latestFirst(begun)
      .flatMap(each => begunResource(prepared.resources[prepared.indexById.get(each.resourceId) ?? -1], each))
      .slice(0, BEGUN_LIMIT),
    achievements: achievementsIn(progress, resources).toReversed(),
  }
}

/** Orders what was viewed, the latest first, ties by id. */
export function latestFirst(resources: readonly ResourceProgress[]): ResourceProgress[] {
  return resources.toSorted(
    (a, b) =>
      Date.parse(b.viewedAt ?? '') - Date.parse(a.viewedAt ?? '') || (a.resourceId < b.resourceId ? -1 : 1),
  )
}

function begunResource(
  resource: Resource | undefined,
  { percent, viewedAt }: ResourceProgress,
): BegunResource[] {
  return resource && viewedAt ? [{ resource, percent, viewedAt }] : []
}
