// Ranks the resources of a catalog for a person: the same inputs give the same answer, to the digit, on any machine.
import { personState } from './person-state.ts'
import { prepareCatalog } from './prepared-catalog.ts'
import { reasonFor } from './reason.ts'
import { type Scoring, scoreOf, scoreParts, scoringFor, strongestTopic } from './scoring.ts'
import { exploredTopics, topicScores } from './topic-scores.ts'
import type { PersonDocuments, Recommendation, ResourceCatalog } from './types.ts'

/** Of this many first, no more than so many share their strongest topic. */
const DIVERSE_COUNT = 10
const MOST_OF_A_TOPIC = 3

/**
 * The resources to recommend, best first, at most `limit`: none that the person viewed, completed or dismissed, nor any
 * of a dismissed topic. Of the first 10 no more than 3 share their strongest topic, unless nothing else is left.
 * `nowMs` counts by its UTC day. Each part is rounded to two decimals and the score is their exact sum; ties by id.
 */
export function rank(
  catalog: ResourceCatalog,
  person: PersonDocuments,
  nowMs: number,
  limit = DIVERSE_COUNT,
): Recommendation[] {
  const prepared = prepareCatalog(catalog)
  const state = personState(person, catalog)
  const scores = topicScores(state, prepared)
  const scoring = scoringFor(prepared, state, scores, nowMs)
  const chosen = diverse(bestFirst(scoring, limit), index => strongestTopic(scoring, index), limit)
  const context = {
    catalog: prepared,
    person: state,
    scores,
    explored: once(() => exploredTopics(state, prepared, scores)),
  }
  return chosen.flatMap(index => {
    const resource = prepared.resources[index]
    if (!resource) return []
    const topic = prepared.topics[strongestTopic(scoring, index)]
    return [
      {
        resource,
        score: scoreOf(scoring, index) / 100,
        parts: scoreParts(scoring, index),
        reason: reasonFor(context, resource, topic),
      },
    ]
  })
}

/** Few rankings need it, and it looks at everything the person ever opened. */
function once<T>(compute: () => T): () => T {
  let computed: { readonly value: T } | undefined
  return () => {
    computed ??= { value: compute() }
    return computed.value
  }
}

/**
 * Indexes by score, greatest first, ties by id; of each strongest topic only the first `limit`. More of one could not be
 * among the first `limit` of all, whatever is postponed. Of most groups only the first is looked at.
 */
function bestFirst(scoring: Scoring, limit: number): number[] {
  const count = scoring.catalog.resources.length
  const room = Math.min(limit, count)
  /** By topic, from that of resources without any: what they score and where they stand as one number, the greatest first. */
  const keysByTopic = Array.from({ length: scoring.catalog.topics.length + 1 }, (): number[] => [])
  for (const { set, indexes } of scoring.common.groups) {
    const keys = keysByTopic[(scoring.strongestBySet[set] ?? -1) + 1]
    if (!keys || scoring.isSetLeftOut[set]) continue
    for (const index of indexes) {
      if (scoring.leftOut.has(index)) continue
      const key = scoreOf(scoring, index) * count + (count - 1 - index)
      if (keys.length === room && key < (keys[room - 1] ?? 0)) break
      let at = keys.length < room ? keys.length : room - 1
      for (; at > 0 && (keys[at - 1] ?? 0) < key; at--) keys[at] = keys[at - 1] ?? 0
      keys[at] = key
    }
  }
  const sorted = Float64Array.from(keysByTopic.flat()).sort().reverse()
  return Array.from(sorted, key => count - 1 - (key % count))
}

/** As ordered, but of the first 10 the fourth and later ones of a topic wait until nothing else is left. */
function diverse(ordered: readonly number[], topicOf: (index: number) => number, limit: number): number[] {
  const chosen: number[] = []
  const postponed: number[] = []
  const countByTopic = new Map<number, number>()
  let at = 0
  for (; at < ordered.length && chosen.length < DIVERSE_COUNT; at++) {
    const index = ordered[at] ?? 0
    const topic = topicOf(index)
    const count = countByTopic.get(topic) ?? 0
    if (topic >= 0 && count >= MOST_OF_A_TOPIC) {
      postponed.push(index)
      continue
    }
    countByTopic.set(topic, count + 1)
    chosen.push(index)
  }
  return [...chosen, ...postponed, ...ordered.slice(at)].slice(0, limit)
}
