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
  readonly isLeftOut: Uint8Array
  readonly topicScores: Float64Array
  /** The most that `n` topics could have together, for `n` from 0. */
  readonly bestSums: Float64Array
  readonly level: number
  readonly today: number
}

/** Everything that scoring a resource for this person on this day takes. */
export function scoringFor(
  catalog: PreparedCatalog,
  person: PersonState,
  scores: ReadonlyMap<string, TopicScore>,
  nowMs: number,
): Scoring {
  return {
    catalog,
    isLeftOut: leftOut(catalog, person),
    topicScores: Float64Array.from(catalog.topics, topic => scores.get(topic)?.total ?? 0),
    bestSums: bestSums([...scores.values()].map(({ total }) => total)),
    level: LEVELS.indexOf(person.level),
    today: dayOf(nowMs),
  }
}

function leftOut(
  { resources, indexById, topics, topicStarts, topicIndexes }: PreparedCatalog,
  person: PersonState,
) {
  const isLeftOut = new Uint8Array(resources.length)
  for (const ids of [person.known, person.dismissed.resources]) {
    for (const id of ids) {
      const index = indexById.get(id)
      if (index !== undefined) isLeftOut[index] = 1
    }
  }
  if (person.dismissed.topics.size === 0) return isLeftOut
  const isDismissed = topics.map(topic => person.dismissed.topics.has(topic))
  for (let index = 0; index < resources.length; index++) {
    const own = topicIndexes.subarray(topicStarts[index], topicStarts[index + 1])
    if (own.some(topic => isDismissed[topic])) isLeftOut[index] = 1
  }
  return isLeftOut
}

function bestSums(totals: readonly number[]): Float64Array {
  const sums = new Float64Array(totals.length + 1)
  for (const [index, total] of totals.toSorted((a, b) => b - a).entries())
    sums[index + 1] = (sums[index] ?? 0) + total
  return sums
}

function relevanceOf({ catalog, topicScores, bestSums }: Scoring, index: number): number {
  const start = catalog.topicStarts[index] ?? 0
  const end = catalog.topicStarts[index + 1] ?? 0
  let sum = 0
  for (let at = start; at < end; at++) sum += topicScores[catalog.topicIndexes[at] ?? -1] ?? 0
  const best = bestSums[Math.min(end - start, bestSums.length - 1)] ?? 0
  return best === 0 ? 0 : Math.round((5000 * sum) / best)
}

function difficultyOf({ catalog, level }: Scoring, index: number): number {
  const difficulty = catalog.levels[index]
  return difficulty === level ? 2000 : difficulty === level + 1 ? 1000 : 0
}

function recencyOf({ catalog, today }: Scoring, index: number): number {
  const days = Math.max(0, today - (catalog.publishedDays[index] ?? Number.NaN))
  return days < NEW_FOR_DAYS ? Math.round(1000 - (100 * days) / 9) : 0
}

/** Score in hundredths. */
export function scoreOf(scoring: Scoring, index: number): number {
  return (
    relevanceOf(scoring, index) +
    difficultyOf(scoring, index) +
    (scoring.catalog.quality[index] ?? 0) +
    recencyOf(scoring, index) +
    (scoring.catalog.popularity[index] ?? 0)
  )
}

/** The parts of a score, in points. */
export function scoreParts(scoring: Scoring, index: number): ScoreParts {
  return {
    relevance: relevanceOf(scoring, index) / 100,
    difficulty: difficultyOf(scoring, index) / 100,
    quality: (scoring.catalog.quality[index] ?? 0) / 100,
    recency: recencyOf(scoring, index) / 100,
    popularity: (scoring.catalog.popularity[index] ?? 0) / 100,
  }
}

/** Index of the topic that means most to the person, the first by name of equals; −1 for a resource without topics. */
export function strongestTopic({ catalog, topicScores }: Scoring, index: number): number {
  let strongest = -1
  let best = -1
  const end = catalog.topicStarts[index + 1] ?? 0
  for (let at = catalog.topicStarts[index] ?? 0; at < end; at++) {
    const topic = catalog.topicIndexes[at] ?? -1
    const score = topicScores[topic] ?? 0
    if (score > best) {
      strongest = topic
      best = score
    }
  }
  return strongest
}
