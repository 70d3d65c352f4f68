// How much each topic is to a person, for whoever wants to show it.
import { personState } from './person-state.ts'
import { prepareCatalog } from './prepared-catalog.ts'
import { topicScores } from './topic-scores.ts'
import type { PersonDocuments, ResourceCatalog } from './types.ts'

/** Points of every topic that a person's documents speak for, as ranking counts them (SPEC M1). */
export function topicPoints(catalog: ResourceCatalog, documents: PersonDocuments): Map<string, number> {
  const scores = topicScores(personState(documents, catalog), prepareCatalog(catalog))
  return new Map([...scores].map(([topic, { total }]) => [topic, total / 10]))
}
