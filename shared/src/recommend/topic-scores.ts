// How much each topic is to a person, and what says so.
import type { PersonState } from './person-state.ts'
import type { PreparedCatalog } from './prepared-catalog.ts'
import { topicsOfBillType, topicsOfText } from './topics.ts'

/** Tenths of a point: whole numbers for whole percents, so that sums are exact in any order. */
const INTEREST_TENTHS = 100
const VOTE_TENTHS = 50

/** A topic's score and its evidence. Ids are latest first, each once. */
export interface TopicScore {
  /** Tenths of a point, together. */
  total: number
  /** Of these, from votes. */
  fromVotes: number
  isStated: boolean
  readonly billIds: Set<string>
  readonly resourceIds: Set<string>
  readonly completedIds: Set<string>
}

/** Scores of every topic that something speaks for. */
export function topicScores(person: PersonState, catalog: PreparedCatalog): Map<string, TopicScore> {
  const scores = new Map<string, TopicScore>()
  for (const topic of person.interests) {
    const score = scoreOf(scores, topic)
    score.total += INTEREST_TENTHS
    score.isStated = true
  }
  for (const { kind, resourceId, percent } of person.activities) {
    for (const topic of new Set(topicsOfResource(catalog, resourceId))) {
      const score = scoreOf(scores, topic)
      score.total += percent
      score.resourceIds.add(resourceId)
      if (kind === 'completed') score.completedIds.add(resourceId)
    }
  }
  for (const vote of person.votes) {
    for (const topic of topicsOfBill(catalog, vote)) {
      const score = scoreOf(scores, topic)
      score.total += VOTE_TENTHS
      score.fromVotes += VOTE_TENTHS
      score.billIds.add(vote.billId)
    }
  }
  return scores
}

/** Topics of everything the person viewed or bookmarked, and all that have a score. */
export function exploredTopics(
  person: PersonState,
  catalog: PreparedCatalog,
  scores: ReadonlyMap<string, TopicScore>,
): Set<string> {
  const explored = new Set(scores.keys())
  for (const ids of [person.known, person.bookmarked])
    for (const id of ids) for (const topic of topicsOfResource(catalog, id)) explored.add(topic)
  return explored
}

function topicsOfResource({ resources, indexById }: PreparedCatalog, resourceId: string): readonly string[] {
  return resources[indexById.get(resourceId) ?? -1]?.topics ?? []
}

/** As the catalog has them; for a bill it lacks, from what the person wrote of it. */
function topicsOfBill(
  { billTopics }: PreparedCatalog,
  { billId, billName, billType }: PersonState['votes'][number],
): ReadonlySet<string> {
  const published = Object.hasOwn(billTopics, billId) ? billTopics[billId] : undefined
  if (published && published.length > 0) return new Set(published)
  return new Set([...topicsOfBillType(billType), ...topicsOfText(billName)])
}

function scoreOf(scores: Map<string, TopicScore>, topic: string): TopicScore {
  const present = scores.get(topic)
  if (present) return present
  const score: TopicScore = {
    total: 0,
    fromVotes: 0,
    isStated: false,
    billIds: new Set(),
    resourceIds: new Set(),
    completedIds: new Set(),
  }
  scores.set(topic, score)
  return score
}
