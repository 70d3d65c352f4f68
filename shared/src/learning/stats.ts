// Totals of a person's learning: what a page shows as charts and streaks.
import { partsOf } from '../documents/keys.ts'
import type { ResourceProgress } from '../documents/progress-state.ts'
import { daySchema, readValue } from '../documents/values.ts'
import type { ReadonlyState } from '../registers/state.ts'

/** One day over all devices. `date` is the person's own, such as 2026-03-01. */
export interface DayOfProgress {
  readonly date: string
  readonly seconds: number
  /** Resources viewed; one viewed on two devices counts twice. */
  readonly resources: number
}

/** Totals of `progress`. */
export interface ProgressStats {
  readonly viewed: number
  readonly completed: number
  readonly seconds: number
  /** Consecutive days up to today, or up to yesterday while today has nothing yet. */
  readonly streakDays: number
  /** The latest first. */
  readonly days: readonly DayOfProgress[]
}

const DAY_MS = 86_400_000

/** The date of a moment where the person is: 2026-03-01. A time zone that nobody knows, or none, counts as that of this process. */
export function localDate(ms: number, timeZone?: string): string {
  const date = new Date(ms)
  if (timeZone === undefined) return utcDate(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()))
  try {
    // Swedes write dates as ISO 8601 does.
    return new Intl.DateTimeFormat('sv-SE', { timeZone }).format(date)
  } catch {
    return localDate(ms)
  }
}

const utcDate = (ms: number) => new Date(ms).toISOString().slice(0, 10)

/** Totals over the merged progress and the days in the state of `progress`; `today` is the person's date. */
export function progressStats(
  state: ReadonlyState,
  resources: Iterable<ResourceProgress>,
  today: string,
): ProgressStats {
  const days = daysOf(state)
  const viewed = [...resources].filter(({ viewedAt }) => viewedAt !== undefined)
  return {
    viewed: viewed.length,
    completed: viewed.filter(({ completedAt }) => completedAt !== undefined).length,
    seconds: viewed.reduce((sum, { seconds }) => sum + seconds, 0),
    streakDays: streakUpTo(today, new Set(days.map(({ date }) => date))),
    days,
  }
}

/** What was done on each day, over all devices, the latest first. */
export function daysOf(state: ReadonlyState): DayOfProgress[] {
  const dayByDate = new Map<string, DayOfProgress>()
  for (const register of state.values()) {
    const [kind, date] = partsOf(register.key) ?? []
    const day = kind === 'day' && date ? readValue(daySchema, register.value) : undefined
    if (!day || !date) continue
    const { seconds = 0, resources = 0 } = dayByDate.get(date) ?? {}
    dayByDate.set(date, { date, seconds: seconds + day.seconds, resources: resources + day.resources })
  }
  return [...dayByDate.values()].sort((a, b) => (a.date < b.date ? 1 : -1))
}

function streakUpTo(today: string, dates: ReadonlySet<string>): number {
  const before = (date: string) => utcDate(Date.parse(date) - DAY_MS)
  let date = dates.has(today) ? today : before(today)
  let days = 0
  for (; dates.has(date); date = before(date)) days++
  return days
}

/** Whether `date` is the day after `before`; both such as 2026-03-01. */
export const isNextDay = (before: string, date: string): boolean =>
  Date.parse(date) - Date.parse(before) === DAY_MS
