// Ranks the resources of a catalog for a person.
import type { PersonDocuments, Recommendation, ResourceCatalog } from './types.ts'

/** Stub: see the next commit. */
export function rank(
  _catalog: ResourceCatalog,
  _person: PersonDocuments,
  _nowMs: number,
  _limit = 10,
): Recommendation[] {
  return []
}
