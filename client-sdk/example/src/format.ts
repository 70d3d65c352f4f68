// Numbers, dates and spans of time as the person writes them.
import { language, locale, t } from './language.ts'

const DAY_MS = 86_400_000

/** 12,345 */
export const formatNumber = (value: number): string => new Intl.NumberFormat(locale()).format(value)

/** 66.7 %: of 0 to 100. */
export const formatPercent = (percent: number, digits = 0): string =>
  new Intl.NumberFormat(locale(), { style: 'percent', maximumFractionDigits: digits }).format(percent / 100)

/** March 1, 2026. A date without a time is the same day everywhere. */
export function formatDate(iso: string, style: 'long' | 'medium' = 'medium'): string {
  const isDay = /^\d{4}-\d\d-\d\d$/.test(iso)
  return new Intl.DateTimeFormat(locale(), { dateStyle: style, ...(isDay && { timeZone: 'UTC' }) }).format(
    new Date(iso),
  )
}

/** Mar 1, 2026, 12:30 PM */
export const formatTime = (iso: string): string =>
  new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso))

/** Today, yesterday, 3 days ago; further back the date. */
export function formatAgo(iso: string): string {
  const midnight = (ms: number) => new Date(ms).setHours(0, 0, 0, 0)
  const days = Math.round((midnight(Date.parse(iso)) - midnight(Date.now())) / DAY_MS)
  if (days < -6 || days > 0) return formatDate(iso)
  return new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' }).format(days, 'day')
}

/** 1 hr 20 min; 40 sec. */
export function formatSeconds(seconds: number): string {
  const unit = (value: number, name: 'hour' | 'minute' | 'second') =>
    new Intl.NumberFormat(locale(), { style: 'unit', unit: name, unitDisplay: 'short' }).format(value)
  if (seconds < 60) return unit(seconds, 'second')
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return unit(minutes, 'minute')
  const rest = minutes % 60
  return rest === 0
    ? unit(minutes / 60, 'hour')
    : `${unit((minutes - rest) / 60, 'hour')} ${unit(rest, 'minute')}`
}

/** Mar 1: a day on an axis. */
export const formatDayShort = (date: string): string =>
  new Intl.DateTimeFormat(locale(), { month: 'short', day: 'numeric', timeZone: 'UTC' }).format(
    new Date(date),
  )

/** Elections and voting: how a topic of the vocabulary reads. */
export function topicLabel(topic: string): string {
  const name = t.topics[topic] ?? topic.replaceAll('-', ' ')
  return name.charAt(0).toLocaleUpperCase(language()) + name.slice(1)
}

/** In the order of the person's alphabet. */
export const compareText = (a: string, b: string): number => new Intl.Collator(locale()).compare(a, b)

/** What is searched for, without case and accents. */
export const folded = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
