// Days, streaks and achievements.
import {
  achievementsIn,
  dashboard,
  type JsonValue,
  keyOf,
  localDate,
  mergedProgress,
  progressStats,
  type State,
  sittingValues,
} from '@workforce-democracy/shared'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const NOON_MS = Date.parse('2026-03-01T12:00:00Z')
const DAY_MS = 86_400_000

const stateOf = (values: Readonly<Record<string, JsonValue>>): State =>
  new Map(
    Object.entries(values).map(
      ([key, value]) => [key, { key, stamp: 1, device: 'aaaaaaaa', value }] as const,
    ),
  )
const day = (daysAgo: number, seconds = 60) =>
  [keyOf('day', localDate(NOON_MS - daysAgo * DAY_MS, 'UTC'), 'aaaaaaaa'), { seconds, resources: 1 }] as const
const earned = (state: State) =>
  achievementsIn(state, mergedProgress(state).values()).map(({ id, earnedAt }) => [id, earnedAt])

describe('achievements', () => {
  test('[D12] of a streak have the day that made it long enough, of time the day it was reached', () => {
    const days = stateOf(Object.fromEntries([6, 5, 4, 2, 1, 0].map(ago => day(ago, 7_200))))
    expect(earned(days)).toEqual([
      ['three-days', '2026-02-25T00:00:00.000Z'],
      ['ten-hours', '2026-02-28T00:00:00.000Z'],
    ])
    expect(earned(stateOf(Object.fromEntries([4, 3, 1, 0].map(ago => day(ago)))))).toEqual([])
  })

  test('[D12] of completions have the moment of the one that made the number, whichever order they came in', () => {
    const seen = (n: number): readonly [string, JsonValue] => [
      keyOf('seen', `resource-${n}`, 'aaaaaaaa'),
      {
        ...{ percent: 100, seconds: 0, viewedAt: '2026-03-01T12:00:00.000Z' },
        completedAt: `2026-02-${String(n).padStart(2, '0')}T12:00:00.000Z`,
      },
    ]
    const values = Object.fromEntries([11, 3, 7, 1, 2, 4, 5, 6, 8, 9, 10].map(seen))
    const times = [
      ['first-steps', '2026-02-01T12:00:00.000Z'],
      ['ten-resources', '2026-02-10T12:00:00.000Z'],
    ]
    expect(earned(stateOf(values))).toEqual(times)
    expect(earned(stateOf(Object.fromEntries(Object.entries(values).reverse())))).toEqual(times)
  })

  test('[D12] keep an earlier moment that a device has put down, and leave out what nobody knows', () => {
    const values = {
      [keyOf('achievement', 'three-days', 'aaaaaaaa')]: { earnedAt: '2026-02-20T08:00:00.000Z' },
      [keyOf('achievement', 'three-days', 'bbbbbbbb')]: { earnedAt: '2026-02-19T08:00:00.000Z' },
      [keyOf('achievement', 'of-another-version', 'aaaaaaaa')]: { earnedAt: '2026-02-20T08:00:00.000Z' },
    }
    const days = Object.fromEntries([2, 1, 0].map(ago => day(ago)))
    expect(earned(stateOf({ ...values, ...days }))).toEqual([['three-days', '2026-02-19T08:00:00.000Z']])
  })
})

test('a streak is of consecutive days up to today or yesterday', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(20)), daysAgo => {
      const state = stateOf(Object.fromEntries(daysAgo.map(ago => day(ago))))
      const { streakDays } = progressStats(state, [], localDate(NOON_MS, 'UTC'))
      const start = daysAgo.includes(0) ? 0 : 1
      const run = Array.from({ length: 22 }, (_, n) => n + start).findIndex(ago => !daysAgo.includes(ago))
      expect(streakDays).toBe(run)
    }),
  )
})

test('[M10] the day of a sitting and of a dashboard are those of the profile’s time zone, through changes of clocks', () => {
  const zones = ['Pacific/Honolulu', 'Pacific/Auckland', 'Europe/London', 'America/New_York']
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.integer({ min: 0, max: 365 * 24 }),
      fc.integer({ min: 1, max: 9 }),
      (timeZone, hour, days) => {
        const startMs = Date.parse('2026-01-01T00:00:00Z') + hour * 3_600_000
        let state: State = new Map()
        for (let n = 0; n < days; n++) {
          const nowMs = startMs + n * DAY_MS
          const viewedAt = new Date(nowMs).toISOString()
          const seen = { percent: 1, seconds: 60, viewedAt }
          const written = sittingValues(state, {
            ...{ resourceId: 'one', device: 'aaaaaaaa', nowMs, timeZone, seen },
          })
          const entries = written.map(
            ({ key, value }) => [key, { key, stamp: n + 1, device: 'aaaaaaaa', value }] as const,
          )
          state = new Map([...state, ...entries])
        }
        const lastMs = startMs + (days - 1) * DAY_MS
        const profile = stateOf({ timeZone })
        const catalog = { version: 'test', resources: [], paths: [], billTopics: {} }
        const { user } = dashboard(
          catalog,
          { profile, progress: state },
          { recommendations: [], nowMs: lastMs },
        )
        // Moments a day apart share a date, or skip one, where clocks were changed between them.
        const dates = [
          ...new Set(Array.from({ length: days }, (_, n) => localDate(startMs + n * DAY_MS, timeZone))),
        ]
        const gap = dates.findLastIndex(
          (date, n) => n > 0 && Date.parse(date) - Date.parse(dates[n - 1] ?? '') !== DAY_MS,
        )
        expect(user).toMatchObject({ secondsSpent: days * 60, streakDays: dates.length - Math.max(gap, 0) })
      },
    ),
    { numRuns: 60 },
  )
})
