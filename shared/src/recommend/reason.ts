// Why a resource is recommended: one sentence, and the evidence it rests on.
import { LEVELS } from '../documents/values.ts'
import type { PersonState } from './person-state.ts'
import type { PreparedCatalog } from './prepared-catalog.ts'
import type { TopicScore } from './topic-scores.ts'
import { topicName } from './topics.ts'
import type { Reason, Resource } from './types.ts'

/** What reasons are found in. */
export interface ReasonContext {
  readonly catalog: PreparedCatalog
  readonly person: PersonState
  readonly scores: ReadonlyMap<string, TopicScore>
  /** Topics of what the person viewed or bookmarked, whether or not it earned them a score, and those with one. */
  readonly explored: () => ReadonlySet<string>
}

/**
 * The reason for one resource. With a topic that something speaks for: `completion` where the person finished resources
 * of it and this is the next level, `votes` where these weigh more than all else, else `interest`. Without: `community`
 * where people rate it above the catalog's mean or its popularity is full, else `gap`.
 */
export function reasonFor(
  context: ReasonContext,
  resource: Resource,
  strongestTopic: string | undefined,
): Reason {
  const score = strongestTopic === undefined ? undefined : context.scores.get(strongestTopic)
  if (strongestTopic === undefined || !score || score.total === 0)
    return communityReason(context, resource) ?? gapReason(context, resource)
  return (
    completionReason(context, resource, strongestTopic, score) ??
    votesReason(strongestTopic, score) ??
    interestReason(strongestTopic, score)
  )
}

function completionReason(
  { person }: ReasonContext,
  { difficulty }: Resource,
  topic: string,
  { completedIds }: TopicScore,
): Reason | undefined {
  const level = LEVELS[LEVELS.indexOf(person.level) + 1]
  if (!level || difficulty !== level || completedIds.size === 0) return undefined
  return {
    kind: 'completion',
    text: `You completed ${counted(completedIds.size, 'resource')} on ${topicName(topic)}; this one is at the next level.`,
    evidence: { topic, level, resourceIds: [...completedIds] },
  }
}

function votesReason(topic: string, { total, fromVotes, billIds }: TopicScore): Reason | undefined {
  if (fromVotes <= total - fromVotes) return undefined
  return {
    kind: 'votes',
    text: `You voted on ${counted(billIds.size, 'bill')} on ${topicName(topic)}.`,
    evidence: { topic, billIds: [...billIds] },
  }
}

function interestReason(topic: string, { isStated, resourceIds }: TopicScore): Reason {
  const name = topicName(topic)
  return {
    kind: 'interest',
    text: isStated ? `You named ${name} as an interest.` : `You have been learning about ${name}.`,
    evidence: { topic, stated: isStated, resourceIds: [...resourceIds] },
  }
}

function communityReason({ catalog }: ReasonContext, resource: Resource): Reason | undefined {
  const index = catalog.indexById.get(resource.id) ?? -1
  const { ratingMean, ratingCount, viewCount } = resource
  const isRatedWell = ratingMean !== null && (catalog.quality[index] ?? 0) > catalog.neutralQuality
  if (!isRatedWell && viewCount < 500) return undefined
  return {
    kind: 'community',
    text: isRatedWell
      ? `Others rated it ${ratingMean.toFixed(1)} of 5.`
      : `Others viewed it ${viewCount} times.`,
    evidence: { ratingMean, ratingCount, viewCount },
  }
}

function gapReason({ explored }: ReasonContext, { topics }: Resource): Reason {
  const topic = topics.toSorted().find(each => !explored().has(each)) ?? null
  return {
    kind: 'gap',
    text: topic === null ? 'You have not opened it yet.' : `You have not explored ${topicName(topic)} yet.`,
    evidence: { topic },
  }
}

const counted = (count: number, noun: string): string => (count === 1 ? `a ${noun}` : `${count} ${noun}s`)
