// Generated catalogs and people for the recommender: small, so that ids, times and scores often collide.
import {
  type JsonValue,
  joinAll,
  keyOf,
  LEVELS,
  type PersonDocuments,
  type Register,
  type Resource,
  type ResourceCatalog,
  type State,
} from '@workforce-democracy/shared'
import fc from 'fast-check'

const TOPICS = ['cooperatives', 'education', 'housing', 'labor', 'privacy', 'unions', 'veterans']
const IDS = Array.from(
  { length: 24 },
  (_, index) => `018f0000-0000-7000-8000-${String(index).padStart(12, '0')}`,
)
const ALIASES = ['video1', 'video2', 'article 3', 'study/4']
const BILLS = ['hr1-118', 'hr2-118', 's3-119', 'us-ny:s4', 'gb:5', 'hr6-119', 'hr7-119', 'hr8-119']
const DEVICES = ['aaaaaaaa', 'bbbbbbbb', 'server']

/** The day that ages are counted from. */
export const NOW_MS = Date.UTC(2026, 5, 15, 13, 45)

const instant = fc
  .integer({ min: 0, max: 12 })
  .map(hours => new Date(NOW_MS - hours * 3_600_000).toISOString())
const topics = fc.uniqueArray(fc.constantFrom(...TOPICS), { maxLength: 4 })
/** Often the same ones, so that resources differ in little else than what they score for everybody. */
const commonTopics = fc.constantFrom([], ['labor'], ['labor', 'unions'])
const resourceId = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...IDS) },
  fc.constantFrom(...ALIASES, 'unknown'),
)

const resource = (id: string, aliases: readonly string[]): fc.Arbitrary<Resource> =>
  fc.record({
    id: fc.constant(id),
    aliases: fc.constant(aliases),
    type: fc.constant('articles' as const),
    title: fc.constant(`About ${id}`),
    description: fc.constant(null),
    contentUrl: fc.constant(null),
    thumbnailUrl: fc.constant(null),
    durationMinutes: fc.constant(null),
    difficulty: fc.constantFrom(null, ...LEVELS),
    topics: fc.oneof(topics, commonTopics),
    author: fc.constant(null),
    sourceOrganization: fc.constant(null),
    publishedOn: fc.option(
      fc
        .constantFrom(-3, 0, 30, 89, 90, 120)
        .map(days => new Date(NOW_MS - days * 86_400_000).toISOString().slice(0, 10)),
    ),
    verified: fc.constant(false),
    ratingMean: fc.option(fc.constantFrom(1, 3.3, 4.7)),
    ratingCount: fc.constantFrom(0, 20, 70),
    viewCount: fc.constantFrom(0, 20, 500, 900),
  })

/** Up to 24 resources; the first four have an alias each. */
export const catalogs: fc.Arbitrary<ResourceCatalog> = fc
  .tuple(
    fc.uniqueArray(fc.constantFrom(...IDS), { minLength: 1, maxLength: 24, size: 'max' }),
    fc.dictionary(fc.constantFrom(...BILLS), topics),
  )
  .chain(([ids, billTopics]) =>
    fc
      .tuple(...ids.map((id, index) => resource(id, ALIASES.slice(index, index + 1))))
      .map(resources => ({ version: 'test', resources, paths: [], billTopics })),
  )

const entry = (key: fc.Arbitrary<string>, value: fc.Arbitrary<JsonValue>): fc.Arbitrary<Register> =>
  fc.record({
    key,
    stamp: fc.integer({ min: 1, max: 1000 }),
    device: fc.constantFrom(...DEVICES),
    value: fc.oneof(
      { weight: 12, arbitrary: value },
      fc.constantFrom<JsonValue>(null, 'not what this document holds', { choice: 'perhaps' }),
    ),
  })

const json = (value: fc.Arbitrary<unknown>) =>
  value.map(each => JSON.parse(JSON.stringify(each)) as JsonValue)
const document = (...entries: fc.Arbitrary<Register>[]): fc.Arbitrary<State> =>
  fc.array(fc.oneof(...entries), { maxLength: 120, size: 'max' }).map(registers => {
    const state: State = new Map()
    joinAll(state, registers)
    return state
  })

/** A person's four documents, malformed registers and removals among them. */
export const people: fc.Arbitrary<PersonDocuments> = fc.record(
  {
    profile: document(
      entry(fc.constant('skillLevel'), fc.constantFrom(...LEVELS)),
      entry(
        fc.constantFrom(...TOPICS).map(topic => keyOf('interest', topic)),
        json(fc.record({ addedAt: instant })),
      ),
    ),
    votes: document(
      entry(
        fc.constantFrom(...BILLS).map(bill => keyOf(bill)),
        json(
          fc.record(
            {
              choice: fc.constantFrom('yes', 'no', 'abstain'),
              billName: fc.constantFrom('Veterans Housing Act', 'An Act', 'Credit Unions Act'),
              billType: fc.constantFrom('labor', 'hr', 'Housing'),
              votedAt: instant,
            },
            { requiredKeys: ['choice', 'votedAt'] },
          ),
        ),
      ),
    ),
    bookmarks: document(
      entry(
        fc.tuple(fc.constantFrom('resource', 'resource', 'bill'), resourceId).map(parts => keyOf(...parts)),
        json(fc.record({ addedAt: instant })),
      ),
    ),
    progress: document(
      entry(
        fc.tuple(resourceId, fc.constantFrom(...DEVICES)).map(([id, device]) => keyOf('seen', id, device)),
        json(
          fc.record(
            {
              percent: fc.integer({ min: 0, max: 100 }),
              seconds: fc.nat(1000),
              viewedAt: instant,
              completedAt: instant,
            },
            { requiredKeys: ['percent', 'seconds', 'viewedAt'] },
          ),
        ),
      ),
      entry(
        resourceId.map(id => keyOf('rating', id)),
        json(fc.record({ rating: fc.integer({ min: 1, max: 5 }), ratedAt: instant })),
      ),
      entry(
        fc.oneof(
          resourceId.map(id => keyOf('dismissed', 'resource', id)),
          fc.constantFrom('privacy', 'unions').map(topic => keyOf('dismissed', 'topic', topic)),
        ),
        json(fc.record({ dismissedAt: instant })),
      ),
    ),
  },
  { requiredKeys: [] },
)

/** The same entries, in another order. */
export function shuffled<T>(items: Iterable<T>): fc.Arbitrary<T[]> {
  const all = [...items]
  return fc.shuffledSubarray(all, { minLength: all.length })
}
