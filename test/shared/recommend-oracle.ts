// The recommender once more, written straight from its rules with no thought for speed: what `rank` must equal.
import {
  bookmarkSchema,
  dismissedIn,
  interestSchema,
  LEVELS,
  mergedProgress,
  type PersonDocuments,
  partsOf,
  profileFieldSchemas,
  type ReadonlyState,
  type Resource,
  type ResourceCatalog,
  type ResourceProgress,
  readValue,
  type ScoreParts,
  topicsOfBillType,
  topicsOfText,
  voteSchema,
} from '@workforce-democracy/shared'

export interface NaiveItem {
  readonly resource: Resource
  readonly score: number
  readonly parts: ScoreParts
}

interface Activity {
  readonly id: string
  readonly kind: string
  readonly percent: number
  readonly at: number
}

const DAY_MS = 24 * 60 * 60 * 1000
const NONE: ReadonlyState = new Map()
const cents = (points: number) => Math.round(points * 100) / 100
const textOrder = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** Scores every resource, sorts all of them, then picks. */
export function naiveRank(
  catalog: ResourceCatalog,
  person: PersonDocuments,
  nowMs: number,
  limit = 10,
): NaiveItem[] {
  const resources = [...catalog.resources].sort((a, b) => textOrder(a.id, b.id))
  const ownIds = new Set(resources.map(({ id }) => id))
  const idByAlias = new Map(
    resources.toReversed().flatMap(({ id, aliases }) => aliases.map(alias => [alias, id])),
  )
  const idOf = (id: string) => (ownIds.has(id) ? id : (idByAlias.get(id) ?? id))
  const { activities, viewed } = activitiesOf(person, idOf)
  const scores = topicScoresOf(catalog, person, activities)
  const dismissed = dismissedIn(person.progress ?? NONE)
  const dismissedIds = new Set([...dismissed.resources].map(idOf))
  const level =
    readValue(profileFieldSchemas.skillLevel, person.profile?.get('skillLevel')?.value) ?? 'beginner'
  const mean = meanOf(resources)
  const items = resources
    .filter(
      ({ id, topics }) =>
        !viewed.has(id) && !dismissedIds.has(id) && !topics.some(t => dismissed.topics.has(t)),
    )
    .map(resource => {
      const parts = {
        relevance: relevanceOf(resource, scores),
        difficulty:
          resource.difficulty === level
            ? 20
            : resource.difficulty && LEVELS.indexOf(resource.difficulty) === LEVELS.indexOf(level) + 1
              ? 10
              : 0,
        quality: qualityOf(resource, mean),
        recency: recencyOf(resource, nowMs),
        popularity: Math.min(resource.viewCount / 100, 5),
      }
      const { relevance, difficulty, quality, recency, popularity } = parts
      return { resource, parts, score: cents(relevance + difficulty + quality + recency + popularity) }
    })
    .sort((a, b) => b.score - a.score || textOrder(a.resource.id, b.resource.id))
  return varied(items, scores).slice(0, limit)
}

function activitiesOf(person: PersonDocuments, idOf: (id: string) => string) {
  const viewed = new Set<string>()
  const byKey = new Map<string, Activity>()
  const later = (key: string, activity: Activity) => {
    const present = byKey.get(key)
    if (!present || activity.at > present.at) byKey.set(key, activity)
  }
  const progressById = new Map<string, ResourceProgress[]>()
  for (const each of mergedProgress(person.progress ?? NONE).values()) {
    const id = idOf(each.resourceId)
    progressById.set(id, [...(progressById.get(id) ?? []), each])
  }
  for (const [id, same] of progressById) {
    viewed.add(id)
    const completions = same.flatMap(({ completedAt }) => (completedAt ? [Date.parse(completedAt)] : []))
    const percent = Math.max(...same.map(other => other.percent))
    if (completions.length > 0)
      byKey.set(`completed ${id}`, { id, kind: 'completed', percent, at: Math.min(...completions) })
    const [rated] = same
      .flatMap(({ rating, ratedAt }) => (rating && ratedAt ? [{ rating, at: Date.parse(ratedAt) }] : []))
      .sort((a, b) => b.at - a.at || b.rating - a.rating)
    if (rated && rated.rating >= 4)
      byKey.set(`rated ${id}`, { id, kind: 'rated', percent: rated.rating === 5 ? 100 : 80, at: rated.at })
  }
  for (const { key, value } of (person.bookmarks ?? NONE).values()) {
    const [kind, id] = partsOf(key) ?? []
    const bookmark = readValue(bookmarkSchema, value)
    if (kind !== 'resource' || !id || !bookmark) continue
    later(`bookmarked ${idOf(id)}`, {
      id: idOf(id),
      kind: 'bookmarked',
      percent: 50,
      at: Date.parse(bookmark.addedAt),
    })
  }
  const activities = [...byKey.values()]
    .sort((a, b) => b.at - a.at || textOrder(a.id, b.id) || textOrder(a.kind, b.kind))
    .slice(0, 50)
  return { activities, viewed }
}

/** In tenths of a point, so that no sum is rounded. */
function topicScoresOf(catalog: ResourceCatalog, person: PersonDocuments, activities: readonly Activity[]) {
  const scores = new Map<string, number>()
  const add = (topics: Iterable<string>, tenths: number) => {
    for (const topic of new Set(topics)) scores.set(topic, (scores.get(topic) ?? 0) + tenths)
  }
  for (const { key, value } of (person.profile ?? NONE).values()) {
    const [kind, topic] = partsOf(key) ?? []
    if (kind === 'interest' && topic && readValue(interestSchema, value)) add([topic], 100)
  }
  for (const { id, percent } of activities)
    add(catalog.resources.find(each => each.id === id)?.topics ?? [], percent)
  const votes = [...(person.votes ?? NONE).values()]
    .flatMap(({ key, value }) => {
      const vote = readValue(voteSchema, value)
      return vote && vote.choice !== 'abstain' ? [{ billId: partsOf(key)?.[0] ?? '', ...vote }] : []
    })
    .sort((a, b) => Date.parse(b.votedAt) - Date.parse(a.votedAt) || textOrder(a.billId, b.billId))
  for (const { billId, billName = '', billType = '' } of votes.slice(0, 20)) {
    const published = new Map(Object.entries(catalog.billTopics)).get(billId) ?? []
    add(published.length > 0 ? published : [...topicsOfBillType(billType), ...topicsOfText(billName)], 50)
  }
  return scores
}

function relevanceOf(resource: Resource, scores: ReadonlyMap<string, number>): number {
  const topics = [...new Set(resource.topics)]
  const sum = topics.reduce((total, topic) => total + (scores.get(topic) ?? 0), 0)
  const best = [...scores.values()]
    .sort((a, b) => b - a)
    .slice(0, topics.length)
    .reduce((total, score) => total + score, 0)
  return best === 0 ? 0 : Math.round((50 * 100 * sum) / best) / 100
}

function meanOf(resources: readonly Resource[]): number {
  const rated = resources.filter(({ ratingMean }) => ratingMean !== null)
  const count = rated.reduce((sum, { ratingCount }) => sum + ratingCount, 0)
  return count === 0 ? 0 : rated.reduce((sum, r) => sum + (r.ratingMean ?? 0) * r.ratingCount, 0) / count
}

function qualityOf({ ratingMean, ratingCount }: Resource, mean: number): number {
  const shrunk = ratingMean === null ? mean : (5 * mean + ratingCount * ratingMean) / (5 + ratingCount)
  return Math.round((15 * 100 * shrunk) / 5) / 100
}

function recencyOf({ publishedOn }: Resource, nowMs: number): number {
  if (publishedOn === null) return 0
  const days = Math.max(0, Math.floor(nowMs / DAY_MS) - Math.floor(Date.parse(publishedOn) / DAY_MS))
  return days < 90 ? cents(10 - days / 9) : 0
}

function varied(items: readonly NaiveItem[], scores: ReadonlyMap<string, number>): NaiveItem[] {
  const strongest = ({ resource }: NaiveItem) =>
    [...resource.topics].sort((a, b) => (scores.get(b) ?? 0) - (scores.get(a) ?? 0) || textOrder(a, b))[0]
  const first: NaiveItem[] = []
  for (const item of items) {
    const topic = strongest(item)
    if (first.length < 10 && (!topic || first.filter(other => strongest(other) === topic).length < 3))
      first.push(item)
  }
  return [...first, ...items.filter(item => !first.includes(item))]
}
