// What one resource scores for one person: five parts, in hundredths of a point, so that their sum is exact.
import { LEVELS } from '../documents/values.ts'
import type { PersonState } from './person-state.ts'
import { dayOf, type PreparedCatalog } from './prepared-catalog.ts'
import type { TopicScore } from './topic-scores.ts'
import type { ScoreParts } from './types.ts'

const NEW_FOR_DAYS = 90

/** What scoring one resource takes, by the catalog's indexes. Points are hundredths, topic scores tenths. */
export interface Scoring {
  readonly catalog: PreparedCatalog
  /** Resources that are not recommended, whatever they score. */
  readonly leftOut: ReadonlySet<number>
  /** The same by set of topics. */
  readonly isSetLeftOut: readonly boolean[]
  /** By set of topics: a catalog has far fewer than resources. */
  readonly relevanceBySet: Float64Array
  /** By set, the index of the topic that means most to the person, the first by name of equals; −1 for no topics. */
  readonly strongestBySet: Int32Array
  readonly level: number
  readonly common: CommonPoints
  readonly today: number
}

/** What is the same for everybody on one day: quality, recency and popularity. */
interface CommonPoints {
  readonly day: number
  readonly points: Uint16Array
  /** Resources that differ in nothing else, and so stand in the same order for everybody. */
  readonly groups: readonly Group[]
}

interface Group {
  readonly set: number
  /** The most points first, ties by id. */
  readonly indexes: readonly number[]
}

/** Everything that scoring a resource for this person on this day takes. */
export function scoringFor(
  catalog: PreparedCatalog,
  person: PersonState,
  scores: ReadonlyMap<string, TopicScore>,
  nowMs: number,
): Scoring {
  const topicScores = Float64Array.from(catalog.topics, topic => scores.get(topic)?.total ?? 0)
  const best = bestSums([...scores.values()].map(({ total }) => total))
  const sets = Array.from({ length: catalog.topicStarts.length - 1 }, (_, set) => topicsOfSet(catalog, set))
  return {
    catalog,
    leftOut: leftOut(catalog, person),
    isSetLeftOut: setsLeftOut(catalog, person, sets),
    relevanceBySet: Float64Array.from(sets, topics => relevanceOf(topics, topicScores, best)),
    strongestBySet: Int32Array.from(sets, topics => strongestOf(topics, topicScores)),
    level: LEVELS.indexOf(person.level),
    common: commonPoints(catalog, dayOf(nowMs)),
    today: dayOf(nowMs),
  }
}

const commonByCatalog = new WeakMap<PreparedCatalog, CommonPoints>()

function commonPoints(catalog: PreparedCatalog, day: number): CommonPoints {
  const present = commonByCatalog.get(catalog)
  if (present?.day === day) return present
  const { quality, popularity } = catalog
  const points = Uint16Array.from(
    quality,
    (own, index) => own + recencyOf(catalog, day, index) + (popularity[index] ?? 0),
  )
  const common = { day, points, groups: groupsOf(catalog, points) }
  commonByCatalog.set(catalog, common)
  return common
}

function groupsOf({ topicSets, levels }: PreparedCatalog, points: Uint16Array): Group[] {
  const count = points.length
  // Points and index as one number: numbers sort many times faster than objects.
  const ordered = Float64Array.from(points, (own, index) => own * count + (count - 1 - index))
    .sort()
    .reverse()
  const groupByKey = new Map<number, Group & { readonly indexes: number[] }>()
  for (const key of ordered) {
    const index = count - 1 - (key % count)
    const set = topicSets[index] ?? 0
    const groupKey = set * (LEVELS.length + 1) + (levels[index] ?? 0) + 1
    const group = groupByKey.get(groupKey) ?? { set, indexes: [] }
    groupByKey.set(groupKey, group)
    group.indexes.push(index)
  }
  return [...groupByKey.values()]
}

const topicsOfSet = ({ topicStarts, topicIndexes }: PreparedCatalog, set: number): Uint32Array =>
  topicIndexes.subarray(topicStarts[set], topicStarts[set + 1])

function leftOut({ indexById }: PreparedCatalog, person: PersonState): Set<number> {
  const leftOut = new Set<number>()
  for (const ids of [person.known, person.dismissed.resources]) {
    for (const id of ids) {
      const index = indexById.get(id)
      if (index !== undefined) leftOut.add(index)
    }
  }
  return leftOut
}

function setsLeftOut(
  { topics }: PreparedCatalog,
  person: PersonState,
  sets: readonly Uint32Array[],
): boolean[] {
  const isDismissed = topics.map(topic => person.dismissed.topics.has(topic))
  return sets.map(set => set.some(topic => isDismissed[topic]))
}

/** The most that `n` topics could have together, for `n` from 0. */
function bestSums(totals: readonly number[]): Float64Array {
  const sums = new Float64Array(totals.length + 1)
  for (const [index, total] of totals.toSorted((a, b) => b - a).entries())
    sums[index + 1] = (sums[index] ?? 0) + total
  return sums
}

function relevanceOf(topics: Uint32Array, topicScores: Float64Array, bestSums: Float64Array): number {
  const sum = topics.reduce((total, topic) => total + (topicScores[topic] ?? 0), 0)
  const best = bestSums[Math.min(topics.length, bestSums.length - 1)] ?? 0
  return best === 0 ? 0 : Math.round((5000 * sum) / best)
}

function strongestOf(topics: Uint32Array, topicScores: Float64Array): number {
  let strongest = -1
  let best = -1
  for (const topic of topics) {
    const score = topicScores[topic] ?? 0
    if (score > best) {
      strongest = topic
      best = score
    }
  }
  return strongest
}

function difficultyOf({ catalog, level }: Scoring, index: number): number {
  const difficulty = catalog.levels[index]
  return difficulty === level ? 2000 : difficulty === level + 1 ? 1000 : 0
}

function recencyOf({ publishedDays }: PreparedCatalog, today: number, index: number): number {
  const days = Math.max(0, today - (publishedDays[index] ?? Number.NaN))
  return days < NEW_FOR_DAYS ? Math.round(1000 - (100 * days) / 9) : 0
}

/** Score in hundredths. */
export function scoreOf(scoring: Scoring, index: number): number {
  const { catalog, relevanceBySet, common } = scoring
  return (
    (relevanceBySet[catalog.topicSets[index] ?? 0] ?? 0) +
    difficultyOf(scoring, index) +
    (common.points[index] ?? 0)
  )
}

/** The parts of a score, in points. */
export function scoreParts(scoring: Scoring, index: number): ScoreParts {
  return {
    relevance: (scoring.relevanceBySet[scoring.catalog.topicSets[index] ?? 0] ?? 0) / 100,
    difficulty: difficultyOf(scoring, index) / 100,
    quality: (scoring.catalog.quality[index] ?? 0) / 100,
    recency: recencyOf(scoring.catalog, scoring.today, index) / 100,
    popularity: (scoring.catalog.popularity[index] ?? 0) / 100,
  }
}

/** Index of the topic of a resource that means most to the person; −1 for a resource without topics. */
export const strongestTopic = ({ catalog, strongestBySet }: Scoring, index: number): number =>
  strongestBySet[catalog.topicSets[index] ?? 0] ?? -1
