// What a person has achieved: worked out from the merged progress, so that it is the same on every device and here.
import { partsOf } from '../documents/keys.ts'
import type { ResourceProgress } from '../documents/progress-state.ts'
import { achievementSchema, readValue } from '../documents/values.ts'
import type { ReadonlyState } from '../registers/state.ts'
import { type DayOfProgress, daysOf, isNextDay } from './stats.ts'

/** Something achieved. */
export interface Achievement {
  /** Such as `first-steps`: what a page keeps its own words under. */
  readonly id: string
  /** In English. */
  readonly title: string
  readonly description: string
  /** ISO 8601; what was achieved by a day as a whole has the beginning of that day. */
  readonly earnedAt: string
}

interface Kind extends Omit<Achievement, 'earnedAt'> {
  /** When it was earned, `undefined` if it was not. */
  earnedAt(done: Done): string | undefined
}

interface Done {
  /** The earliest first. */
  readonly completedAt: readonly string[]
  /** The earliest first. */
  readonly days: readonly DayOfProgress[]
}

const completing = (count: number, id: string, title: string): Kind => ({
  ...{ id, title },
  description: count === 1 ? 'Completed a first resource' : `Completed ${count} resources`,
  earnedAt: ({ completedAt }) => completedAt[count - 1],
})
const streak = (length: number, id: string, title: string): Kind => ({
  ...{ id, title },
  description: `Learned on ${length} days in a row`,
  earnedAt: ({ days }) => lastDayOfStreak(days, length),
})
const spending = (hours: number, id: string, title: string): Kind => ({
  ...{ id, title },
  description: `Spent ${hours} hours learning`,
  earnedAt: ({ days }) => dayWhenSpent(days, hours * 3_600),
})

const KINDS: readonly Kind[] = [
  completing(1, 'first-steps', 'First steps'),
  completing(10, 'ten-resources', 'Well under way'),
  completing(50, 'fifty-resources', 'Well read'),
  streak(3, 'three-days', 'Three in a row'),
  streak(7, 'seven-days', 'A whole week'),
  streak(30, 'thirty-days', 'A whole month'),
  spending(10, 'ten-hours', 'Ten hours in'),
]

/**
 * What has been achieved by the state of `progress` and the merged progress of its resources, the earliest first. A
 * register `achievement/<id>/<device>` of an earlier moment counts for when; ids that nobody knows are left out.
 */
export function achievementsIn(
  state: ReadonlyState,
  resources: Iterable<Pick<ResourceProgress, 'completedAt'>>,
): Achievement[] {
  const done: Done = {
    completedAt: [...resources].flatMap(({ completedAt }) => completedAt ?? []).sort(byTime),
    days: daysOf(state).toReversed(),
  }
  const registered = registeredIn(state)
  return KINDS.flatMap(({ earnedAt, ...kind }) => {
    const [first] = [...(registered.get(kind.id) ?? []), earnedAt(done) ?? []].flat().sort(byTime)
    return first === undefined ? [] : [{ ...kind, earnedAt: first }]
  }).sort((a, b) => byTime(a.earnedAt, b.earnedAt) || (a.id < b.id ? -1 : 1))
}

const byTime = (a: string, b: string): number => Date.parse(a) - Date.parse(b)
const startOf = (date: string): string => `${date}T00:00:00.000Z`

function registeredIn(state: ReadonlyState): Map<string, string[]> {
  const timesById = new Map<string, string[]>()
  for (const { key, value } of state.values()) {
    if (!key.startsWith('achievement/')) continue
    const [, id] = partsOf(key) ?? []
    const achievement = readValue(achievementSchema, value)
    if (id && achievement) timesById.set(id, [...(timesById.get(id) ?? []), achievement.earnedAt])
  }
  return timesById
}

function lastDayOfStreak(days: readonly DayOfProgress[], length: number): string | undefined {
  let inARow = 0
  let before: string | undefined
  for (const { date } of days) {
    inARow = before !== undefined && isNextDay(before, date) ? inARow + 1 : 1
    if (inARow === length) return startOf(date)
    before = date
  }
  return undefined
}

function dayWhenSpent(days: readonly DayOfProgress[], seconds: number): string | undefined {
  let spent = 0
  return days
    .filter(day => {
      spent += day.seconds
      return spent >= seconds
    })
    .map(({ date }) => startOf(date))[0]
}
