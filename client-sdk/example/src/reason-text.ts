// Why a resource is recommended, in the person's language: from the evidence, not from the server's sentence.
import type { Recommendation } from '@workforce-democracy/client'
import { formatNumber, topicLabel } from './format.ts'
import { t } from './language.ts'

/** The sentence. */
export function reasonText(reason: Recommendation['reason']): string {
  const { reasons } = t.dashboard
  switch (reason.kind) {
    case 'interest': {
      const topic = lower(reason.evidence.topic)
      return reason.evidence.stated ? reasons.statedInterest(topic) : reasons.learned(topic)
    }
    case 'votes':
      return reasons.votes(formatNumber(reason.evidence.billIds.length), lower(reason.evidence.topic))
    case 'completion':
      return reasons.completion(
        formatNumber(reason.evidence.resourceIds.length),
        lower(reason.evidence.topic),
      )
    case 'community': {
      const { ratingMean, viewCount } = reason.evidence
      return ratingMean === null
        ? reasons.viewed(formatNumber(viewCount))
        : reasons.rated(formatNumber(ratingMean))
    }
    case 'gap':
      return reason.evidence.topic === null ? reasons.gap : reasons.gapTopic(lower(reason.evidence.topic))
  }
}

const lower = (topic: string) => topicLabel(topic).toLowerCase()
