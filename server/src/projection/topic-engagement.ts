// How much a document says about each topic: the rows of `user_topic_engagement`.
import { type OpenableDocument, type ReadonlyState, topicPoints } from '@workforce-democracy/shared'
import type { Catalogs } from '../catalog/catalogs.ts'
import type { ProjectedRow } from '../db/projections.ts'
import type { DataCipher } from '../encryption/data-keys.ts'
import type { Lookup } from '../encryption/lookup.ts'

/** Makes rows of topic engagement, with the catalog as it was when it began. */
export type EngagementRows = (
  scope: { readonly personId: string; readonly document: OpenableDocument; readonly generation: number },
  state: ReadonlyState,
  cipher: DataCipher,
) => readonly ProjectedRow[]

/** Makes what makes them. It asks for a connection: who has one already would wait for others that wait likewise. */
export interface TopicEngagement {
  begin(): Promise<EngagementRows>
}

/** Scores each topic as the recommender does, as if this document were all there is. */
export function createTopicEngagement({
  catalogs,
  lookup,
}: {
  catalogs: Catalogs
  lookup: Lookup
}): TopicEngagement {
  return {
    async begin() {
      const resources = await catalogs.resources()
      return ({ personId, document, generation }, state, cipher) =>
        [...topicPoints(resources, { [document]: state })].map(([topic, score]) => {
          const hash = lookup.hash('topic', personId, document, topic)
          const place = { table: 'user_topic_engagement', column: 'value', row: hash.toString('hex') }
          return {
            hash,
            generation,
            value: cipher.seal(Buffer.from(JSON.stringify({ topic, score })), place),
          }
        })
    },
  }
}
