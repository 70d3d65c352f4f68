import {
  type JsonValue,
  keyOf,
  type PersonDocuments,
  personState,
  type Resource,
  type ResourceCatalog,
  rank,
  type State,
} from '@workforce-democracy/shared'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { catalogs, NOW_MS, people, shuffled } from './recommend-arbitraries.ts'
import { naiveRank } from './recommend-oracle.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const at = (hoursAgo: number) => new Date(NOW_MS - hoursAgo * HOUR_MS).toISOString()
const dayBefore = (days: number) => new Date(NOW_MS - days * DAY_MS).toISOString().slice(0, 10)

function resource(id: string, facts: Partial<Resource> = {}): Resource {
  return {
    id,
    aliases: [],
    type: 'articles',
    title: id,
    description: null,
    contentUrl: null,
    thumbnailUrl: null,
    durationMinutes: null,
    difficulty: null,
    topics: [],
    author: null,
    sourceOrganization: null,
    publishedOn: null,
    verified: false,
    ratingMean: null,
    ratingCount: 0,
    viewCount: 0,
    ...facts,
  }
}

const catalogOf = (resources: Resource[], billTopics: Record<string, string[]> = {}): ResourceCatalog => ({
  version: 'test',
  resources,
  paths: [],
  billTopics,
})

/** A state holding these values. */
function state(values: Record<string, JsonValue>): State {
  const registers = Object.entries(values).map(([key, value]) => ({ key, stamp: 1, device: 'server', value }))
  return new Map(registers.map(register => [register.key, register]))
}

const interestedIn = (...topics: string[]): State =>
  state(Object.fromEntries(topics.map(topic => [keyOf('interest', topic), { addedAt: at(1) }])))
const seen = (percent: number, completedHoursAgo?: number) => ({
  percent,
  seconds: 60,
  viewedAt: at(1),
  ...(completedHoursAgo !== undefined && { completedAt: at(completedHoursAgo) }),
})
const ids = (items: readonly { readonly resource: Resource }[]) => items.map(item => item.resource.id)
const first = (catalog: ResourceCatalog, person: PersonDocuments) => {
  const [item] = rank(catalog, person, NOW_MS)
  if (!item) throw new Error('nothing is recommended')
  return item
}

/** Ten resources of one topic by their number. */
const tenOf = (topic: string) =>
  Array.from({ length: 10 }, (_, n) => resource(`${topic}-${n}`, { topics: [topic] }))

describe('the score', () => {
  test('[M3] adds five parts, each by its formula', () => {
    const catalog = catalogOf([
      resource('a', {
        topics: ['housing', 'labor'],
        difficulty: 'intermediate',
        ratingMean: 4,
        ratingCount: 20,
        publishedOn: dayBefore(45),
        viewCount: 320,
      }),
      resource('b', { ratingMean: 2, ratingCount: 20 }),
    ])
    // housing 10, unions 10, of two topics at best 20: half of 50 points. Mean 3, shrunk (5·3 + 20·4) / 25 = 3.8.
    const parts = { relevance: 25, difficulty: 10, quality: 11.4, recency: 5, popularity: 3.2 }
    expect(first(catalog, { profile: interestedIn('housing', 'unions') })).toMatchObject({
      parts,
      score: 54.6,
    })
  })

  test('[M1] counts an activity by its percent: a bookmark as 50, a rating of 4 as 80, of 5 as 100', () => {
    const catalog = catalogOf([
      resource('done', { topics: ['education'] }),
      resource('kept', { topics: ['privacy'] }),
      resource('liked', { topics: ['unions'] }),
      resource('loved', { topics: ['veterans'] }),
      resource('disliked', { topics: ['trade'] }),
      ...['education', 'privacy', 'unions', 'veterans', 'trade'].map(topic =>
        resource(`on-${topic}`, { topics: [topic] }),
      ),
    ])
    const person = {
      bookmarks: state({ [keyOf('resource', 'kept')]: { addedAt: at(1) } }),
      progress: state({
        [keyOf('seen', 'done', 'aaaaaaaa')]: seen(60, 1),
        [keyOf('rating', 'liked')]: { rating: 4, ratedAt: at(1) },
        [keyOf('rating', 'loved')]: { rating: 5, ratedAt: at(1) },
        [keyOf('rating', 'disliked')]: { rating: 3, ratedAt: at(1) },
      }),
    }
    const relevance = Object.fromEntries(
      rank(catalog, person, NOW_MS).map(item => [item.resource.id, item.parts.relevance]),
    )
    expect(relevance).toEqual({
      'on-veterans': 50,
      'on-unions': 40,
      'on-education': 30,
      'on-privacy': 25,
      kept: 25,
      'on-trade': 0,
    })
  })

  test('[M1] counts only the last 50 activities and the last 20 votes', () => {
    const old = resource('old', { topics: ['housing'] })
    const recent = Array.from({ length: 50 }, (_, n) => resource(`recent-${n}`, { topics: ['labor'] }))
    const bookmarks = state(
      Object.fromEntries([...recent, old].map(({ id }, n) => [keyOf('resource', id), { addedAt: at(n) }])),
    )
    const votes = state(
      Object.fromEntries(
        Array.from({ length: 21 }, (_, n) => [
          `hr${n + 1}-118`,
          { choice: 'no', billType: n < 20 ? 'unions' : 'privacy', votedAt: at(n) },
        ]),
      ),
    )
    const catalog = catalogOf([old, ...recent])
    const person = personState({ bookmarks, votes }, catalog)
    expect(person.activities.map(({ resourceId }) => resourceId)).toEqual(
      ids(recent.map(r => ({ resource: r }))),
    )
    expect(person.votes.map(({ billId }) => billId)).not.toContain('hr21-118')
    expect(person.votes).toHaveLength(20)
    const relevance = new Map(
      rank(catalog, { bookmarks, votes }, NOW_MS, 51).map(item => [item.resource.id, item.parts.relevance]),
    )
    expect(relevance.get('old')).toBe(0)
  })

  test('[M2] takes a bill’s topics from the catalog, else from what the person wrote of it, and none from abstaining', () => {
    const catalog = catalogOf(
      ['labor', 'housing', 'veterans', 'unions', 'privacy'].map(topic =>
        resource(topic, { topics: [topic] }),
      ),
      { 'hr1-118': ['labor'], 'hr4-118': [] },
    )
    const votes = state({
      'hr1-118': { choice: 'yes', billType: 'housing', votedAt: at(1) },
      'hr2-118': { choice: 'no', billType: 'hr', billName: 'Veterans Act', votedAt: at(1) },
      'hr3-118': { choice: 'abstain', billType: 'unions', votedAt: at(1) },
      'hr4-118': { choice: 'yes', billType: 'privacy', votedAt: at(1) },
    })
    const relevant = rank(catalog, { votes }, NOW_MS).filter(({ parts }) => parts.relevance > 0)
    expect(ids(relevant)).toEqual(['labor', 'privacy', 'veterans'])
  })

  test('is the same at any hour of a UTC day, and another the day after', () => {
    const catalog = catalogOf([resource('a', { publishedOn: dayBefore(10) })])
    const midnight = Math.floor(NOW_MS / DAY_MS) * DAY_MS
    const scoreAt = (ms: number) => rank(catalog, {}, ms)[0]?.score
    expect(scoreAt(midnight + DAY_MS - 1)).toBe(scoreAt(midnight))
    expect(scoreAt(midnight + DAY_MS)).not.toBe(scoreAt(midnight))
  })

  test('says nothing of a resource 90 days old, and 10 points of one from today', () => {
    const catalog = catalogOf(
      [0, 89, 90].map(days => resource(`days-${days}`, { publishedOn: dayBefore(days) })),
    )
    expect(rank(catalog, {}, NOW_MS).map(({ parts }) => parts.recency)).toEqual([10, 0.11, 0])
  })
})

describe('what is left out', () => {
  test('[M4] is all that was viewed, completed, rated or dismissed, also under an alias', () => {
    const catalog = catalogOf([
      resource('viewed', { aliases: ['video1'] }),
      resource('completed'),
      resource('dismissed', { aliases: ['video/2'] }),
      resource('of-a-dismissed-topic', { topics: ['housing', 'privacy'] }),
      resource('rated'),
      resource('bookmarked'),
      resource('fresh'),
    ])
    const person = {
      bookmarks: state({ [keyOf('resource', 'bookmarked')]: { addedAt: at(1) } }),
      progress: state({
        [keyOf('seen', 'video1', 'aaaaaaaa')]: seen(5),
        [keyOf('seen', 'completed', 'aaaaaaaa')]: seen(100, 1),
        [keyOf('rating', 'rated')]: { rating: 2, ratedAt: at(1) },
        [keyOf('dismissed', 'resource', 'video/2')]: { dismissedAt: at(1) },
        [keyOf('dismissed', 'topic', 'privacy')]: { dismissedAt: at(1) },
      }),
    }
    expect(ids(rank(catalog, person, NOW_MS))).toEqual(['bookmarked', 'fresh'])
  })

  test('merges what was done under an alias with what was done under the id', () => {
    const catalog = catalogOf([resource('a', { aliases: ['video1'], topics: ['housing'] })])
    const progress = state({
      [keyOf('seen', 'video1', 'aaaaaaaa')]: seen(40, 5),
      [keyOf('seen', 'a', 'aaaaaaaa')]: seen(90, 2),
      [keyOf('rating', 'video1')]: { rating: 5, ratedAt: at(9) },
      [keyOf('rating', 'a')]: { rating: 4, ratedAt: at(3) },
    })
    expect(personState({ progress }, catalog).activities).toEqual([
      { kind: 'rated', resourceId: 'a', percent: 80, atMs: Date.parse(at(3)) },
      { kind: 'completed', resourceId: 'a', percent: 90, atMs: Date.parse(at(5)) },
    ])
  })
})

describe('the first ten', () => {
  test('[M5] hold no more than three of one strongest topic', () => {
    const catalog = catalogOf([
      ...tenOf('housing'),
      ...tenOf('labor'),
      ...tenOf('privacy'),
      ...tenOf('unions'),
    ])
    const items = rank(catalog, { profile: interestedIn('housing') }, NOW_MS, 12)
    const topics = items.map(item => item.resource.topics[0])
    expect(topics.slice(0, 3)).toEqual(['housing', 'housing', 'housing'])
    expect(topics.slice(0, 10).filter(topic => topic === 'housing')).toHaveLength(3)
    expect(ids(items).slice(10)).toEqual(['housing-3', 'housing-4'])
  })

  test('[M5] are filled from one topic when nothing else is left', () => {
    const catalog = catalogOf([...tenOf('housing'), resource('other', { topics: ['labor'] })])
    const found = ids(rank(catalog, { profile: interestedIn('housing') }, NOW_MS))
    expect(found.slice(0, 5)).toEqual(['housing-0', 'housing-1', 'housing-2', 'other', 'housing-3'])
    expect(found).toHaveLength(10)
  })
})

describe('[M6] the reason', () => {
  const housing = [
    resource('a', { topics: ['housing'], difficulty: 'intermediate' }),
    resource('b', { topics: ['housing'] }),
  ]

  test('is a stated interest', () => {
    expect(first(catalogOf(housing), { profile: interestedIn('housing') }).reason).toEqual({
      kind: 'interest',
      text: 'You named housing as an interest.',
      evidence: { topic: 'housing', stated: true, resourceIds: [] },
    })
  })

  test('is the bills voted on where these weigh more than all else', () => {
    const votes = state({
      'hr1-118': { choice: 'yes', votedAt: at(2) },
      'hr2-118': { choice: 'no', votedAt: at(1) },
      'hr3-118': { choice: 'abstain', votedAt: at(1) },
    })
    const billTopics = { 'hr1-118': ['housing'], 'hr2-118': ['housing'], 'hr3-118': ['housing'] }
    const catalog = catalogOf(housing, billTopics)
    expect(first(catalog, { votes }).reason).toEqual({
      kind: 'votes',
      text: 'You voted on 2 bills on housing.',
      evidence: { topic: 'housing', billIds: ['hr2-118', 'hr1-118'] },
    })
    expect(first(catalog, { votes, profile: interestedIn('housing') }).reason.kind).toBe('interest')
  })

  test('is what was completed, for a resource of the next level', () => {
    const progress = state({ [keyOf('seen', 'b', 'aaaaaaaa')]: seen(100, 1) })
    expect(first(catalogOf(housing), { progress }).reason).toEqual({
      kind: 'completion',
      text: 'You completed a resource on housing; this one is at the next level.',
      evidence: { topic: 'housing', level: 'intermediate', resourceIds: ['b'] },
    })
  })

  test('is what others found, or else a topic not yet explored', () => {
    const catalog = catalogOf([
      resource('a-liked', { topics: ['labor'], ratingMean: 4.5, ratingCount: 40 }),
      resource('b-popular', { topics: ['labor'], viewCount: 900 }),
      resource('c-new', { topics: ['civil-rights'], ratingMean: 1, ratingCount: 40 }),
      resource('d-plain'),
    ])
    const reasons = Object.fromEntries(
      rank(catalog, {}, NOW_MS).map(({ resource: { id }, reason }) => [id, [reason.kind, reason.text]]),
    )
    expect(reasons).toEqual({
      'a-liked': ['community', 'Others rated it 4.5 of 5.'],
      'b-popular': ['community', 'Others viewed it 900 times.'],
      'c-new': ['gap', 'You have not explored civil rights yet.'],
      'd-plain': ['gap', 'You have not opened it yet.'],
    })
  })

  test('calls no topic unexplored of which something was viewed', () => {
    const progress = state({ [keyOf('seen', 'b', 'aaaaaaaa')]: seen(10) })
    expect(first(catalogOf(housing), { progress }).reason.evidence).toEqual({ topic: null })
  })
})

describe('any catalog and any person', () => {
  const cases = fc.tuple(catalogs, people, fc.integer({ min: 0, max: 26 }))

  test('[M1] [M3] [M4] [M5] rank as scoring everything naively and sorting it does', () => {
    fc.assert(
      fc.property(cases, ([catalog, person, limit]) => {
        const items = rank(catalog, person, NOW_MS, limit).map(({ resource, score, parts }) => ({
          resource,
          score,
          parts,
        }))
        expect(items).toEqual(naiveRank(catalog, person, NOW_MS, limit))
      }),
      { numRuns: 1000 },
    )
  })

  test('rank the same in whatever order catalog and registers come', () => {
    const reordered = cases.chain(([catalog, person]) =>
      fc.record({
        catalog: fc.constant(catalog),
        person: fc.constant(person),
        other: shuffled(catalog.resources).map(resources => ({ ...catalog, resources })),
        otherPerson: fc.record(
          Object.fromEntries(
            Object.entries(person as Record<string, State>).map(([name, registers]) => [
              name,
              shuffled(registers).map(entries => new Map(entries)),
            ]),
          ),
        ),
      }),
    )
    fc.assert(
      fc.property(reordered, ({ catalog, person, other, otherPerson }) => {
        expect(JSON.stringify(rank(other, otherPerson, NOW_MS))).toBe(
          JSON.stringify(rank(catalog, person, NOW_MS)),
        )
      }),
      { numRuns: 500 },
    )
  })

  test('[M3] score the exact sum of parts that keep to their bounds', () => {
    fc.assert(
      fc.property(cases, ([catalog, person]) => {
        for (const { score, parts } of rank(catalog, person, NOW_MS, 100)) {
          const { relevance, difficulty, quality, recency, popularity } = parts
          expect(Math.round(score * 100)).toBe(
            Object.values(parts).reduce((sum, part) => sum + Math.round(part * 100), 0),
          )
          expect([relevance <= 50, [0, 10, 20].includes(difficulty), quality <= 15]).toEqual([
            true,
            true,
            true,
          ])
          expect([recency <= 10, popularity <= 5, score >= 0, score <= 100]).toEqual([true, true, true, true])
        }
      }),
      { numRuns: 300 },
    )
  })
})
