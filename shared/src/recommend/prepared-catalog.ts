// A catalog made ready for ranking: everything that does not depend on the person, computed once.
import { LEVELS } from '../documents/values.ts'
import type { Resource, ResourceCatalog } from './types.ts'

const DAY_MS = 86_400_000

/** How many ratings at the catalog's mean each resource is given, so that one rating does not decide. */
const MEAN_WEIGHT = 5

/** Columns by index of `resources`, which are sorted by id. Points are in hundredths. */
export interface PreparedCatalog {
  readonly resources: readonly Resource[]
  readonly indexById: ReadonlyMap<string, number>
  readonly idByAlias: ReadonlyMap<string, string>
  /** All topics of the resources, sorted. */
  readonly topics: readonly string[]
  /** Many resources have the same topics: which set of them each has. */
  readonly topicSets: Uint32Array
  /** Indexes into `topics` of set `i`, ascending: those from `topicStarts[i]` up to `topicStarts[i + 1]`. */
  readonly topicIndexes: Uint32Array
  readonly topicStarts: Uint32Array
  /** Index into LEVELS, −1 for none. */
  readonly levels: Int8Array
  readonly quality: Uint16Array
  /** Points of quality without any rating. */
  readonly neutralQuality: number
  readonly popularity: Uint16Array
  /** Days since 1970, NaN for none. */
  readonly publishedDays: Float64Array
  /** From the catalog: topics of bills. */
  readonly billTopics: Readonly<Record<string, readonly string[]>>
}

const preparedByCatalog = new WeakMap<ResourceCatalog, PreparedCatalog>()

/** The catalog made ready, remembered as long as the catalog lives: a catalog is never changed in place. */
export function prepareCatalog(catalog: ResourceCatalog): PreparedCatalog {
  const present = preparedByCatalog.get(catalog)
  if (present) return present
  const prepared = prepare(catalog)
  preparedByCatalog.set(catalog, prepared)
  return prepared
}

/** The id under which the catalog has a resource; what it does not know stays as given. */
export function resolveResource({ indexById, idByAlias }: PreparedCatalog, id: string): string {
  return indexById.has(id) ? id : (idByAlias.get(id) ?? id)
}

/** Days since 1970 of a moment, by UTC. */
export function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS)
}

function prepare({ resources: unsorted, billTopics }: ResourceCatalog): PreparedCatalog {
  // By id, so that the catalog's order changes nothing, not even the last digit of a mean.
  const resources = unsorted.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const topics = [...new Set(resources.flatMap(resource => resource.topics))].sort()
  const mean = catalogMean(resources)
  return {
    resources,
    indexById: new Map(resources.map(({ id }, index) => [id, index])),
    idByAlias: aliasesOf(resources),
    topics,
    ...topicColumns(resources, topics),
    levels: Int8Array.from(resources, ({ difficulty }) => (difficulty ? LEVELS.indexOf(difficulty) : -1)),
    quality: Uint16Array.from(resources, resource => qualityOf(resource, mean)),
    neutralQuality: pointsOfRating(mean),
    popularity: Uint16Array.from(resources, ({ viewCount }) => Math.round(Math.min(viewCount, 500))),
    publishedDays: Float64Array.from(resources, ({ publishedOn }) => dayOf(Date.parse(publishedOn ?? ''))),
    billTopics,
  }
}

/** The first of two resources by id keeps an alias that both claim. */
function aliasesOf(resources: readonly Resource[]): Map<string, string> {
  const idByAlias = new Map<string, string>()
  for (const { id, aliases } of resources.toReversed()) for (const alias of aliases) idByAlias.set(alias, id)
  return idByAlias
}

function topicColumns(resources: readonly Resource[], topics: readonly string[]) {
  const indexByTopic = new Map(topics.map((topic, index) => [topic, index]))
  const setByTopics = new Map<string, number>()
  const topicStarts = [0]
  const topicIndexes: number[] = []
  const topicSets = Uint32Array.from(resources, resource => {
    const own = [...new Set(resource.topics)].sort()
    const key = JSON.stringify(own)
    const present = setByTopics.get(key)
    if (present !== undefined) return present
    for (const topic of own) topicIndexes.push(indexByTopic.get(topic) ?? 0)
    topicStarts.push(topicIndexes.length)
    setByTopics.set(key, setByTopics.size)
    return setByTopics.size - 1
  })
  return {
    topicSets,
    topicStarts: Uint32Array.from(topicStarts),
    topicIndexes: Uint32Array.from(topicIndexes),
  }
}

/** Mean of all ratings, 0 when nothing is rated: then quality tells nothing apart. */
function catalogMean(resources: readonly Resource[]): number {
  let sum = 0
  let count = 0
  for (const { ratingMean, ratingCount } of resources) {
    if (ratingMean === null) continue
    sum += ratingMean * ratingCount
    count += ratingCount
  }
  return count === 0 ? 0 : sum / count
}

function qualityOf({ ratingMean, ratingCount }: Resource, mean: number): number {
  if (ratingMean === null) return pointsOfRating(mean)
  return pointsOfRating((MEAN_WEIGHT * mean + ratingCount * ratingMean) / (MEAN_WEIGHT + ratingCount))
}

const pointsOfRating = (rating: number): number => Math.round((1500 * rating) / 5)
