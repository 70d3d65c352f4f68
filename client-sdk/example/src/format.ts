// Numbers, dates and spans of time as the person writes them.
import { language, locale, t } from './language.ts'

const DAY_MS = 86_400_000

const formatters = new Map<string, unknown>()

/** What formats is costly to make: one for each locale and kind. */
function kept<T>(kind: string, make: (locale: string) => T): T {
  const key = `${locale()} ${kind}`
  const present = formatters.get(key) as T | undefined
  if (present !== undefined) return present
  const made = make(locale())
  formatters.set(key, made)
  return made
}

/** 12,345 */
export const formatNumber = (value: number): string =>
  kept('number', each => new Intl.NumberFormat(each)).format(value)

/** 66 %: of 0 to 100. */
export const formatPercent = (percent: number): string =>
  kept('percent', each => new Intl.NumberFormat(each, { style: 'percent' })).format(percent / 100)

/** March 1, 2026. A date without a time is the same day everywhere. */
export function formatDate(iso: string, style: 'long' | 'medium' = 'medium'): string {
  const timeZone = /^\d{4}-\d\d-\d\d$/.test(iso) ? { timeZone: 'UTC' } : {}
  const options = { dateStyle: style, ...timeZone } as const
  return kept(JSON.stringify(options), each => new Intl.DateTimeFormat(each, options)).format(new Date(iso))
}

/** Mar 1, 2026, 12:30 PM */
export const formatTime = (iso: string): string =>
  kept('time', each => new Intl.DateTimeFormat(each, { dateStyle: 'medium', timeStyle: 'short' })).format(
    new Date(iso),
  )

/** Today, yesterday, 3 days ago; further back the date. */
export function formatAgo(iso: string): string {
  const midnight = (ms: number) => new Date(ms).setHours(0, 0, 0, 0)
  const days = Math.round((midnight(Date.parse(iso)) - midnight(Date.now())) / DAY_MS)
  if (days < -6 || days > 0) return formatDate(iso)
  return kept('ago', each => new Intl.RelativeTimeFormat(each, { numeric: 'auto' })).format(days, 'day')
}

/** 1 hr 20 min; 40 sec. */
export function formatSeconds(seconds: number): string {
  const unit = (value: number, name: 'hour' | 'minute' | 'second') =>
    kept(
      name,
      each => new Intl.NumberFormat(each, { style: 'unit', unit: name, unitDisplay: 'short' }),
    ).format(value)
  if (seconds < 60) return unit(seconds, 'second')
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return unit(minutes, 'minute')
  const rest = minutes % 60
  return rest === 0
    ? unit(minutes / 60, 'hour')
    : `${unit((minutes - rest) / 60, 'hour')} ${unit(rest, 'minute')}`
}

/** 3 mi, where people count in miles; else 4.8 km. */
export function formatDistance(km: number): string {
  const isInMiles = /-(US|GB|LR|MM)$/i.test(locale())
  const unit = isInMiles ? 'mile' : 'kilometer'
  return kept(
    unit,
    each => new Intl.NumberFormat(each, { style: 'unit', unit, maximumFractionDigits: 1 }),
  ).format(isInMiles ? km / 1.609_344 : km)
}

/** United States: how a country is called. */
export const formatCountry = (code: string): string =>
  kept('country', each => new Intl.DisplayNames(each, { type: 'region' })).of(code.toUpperCase()) ?? code

/** 1.5 MB */
export const formatMegabytes = (bytes: number): string =>
  kept(
    'megabytes',
    each => new Intl.NumberFormat(each, { style: 'unit', unit: 'megabyte', maximumFractionDigits: 1 }),
  ).format(bytes / 1_000_000)

/** Mar 1: a day on an axis. */
export const formatDayShort = (date: string): string =>
  kept(
    'day',
    each => new Intl.DateTimeFormat(each, { month: 'short', day: 'numeric', timeZone: 'UTC' }),
  ).format(new Date(date))

/** One, two and three. */
export const formatList = (names: readonly string[]): string =>
  kept('list', each => new Intl.ListFormat(each)).format(names)

/** Elections and voting: how a topic of the vocabulary reads. */
export function topicLabel(topic: string): string {
  const name = t.topics[topic] ?? topic.replaceAll('-', ' ')
  return name.charAt(0).toLocaleUpperCase(language()) + name.slice(1)
}

/** In the order of the person's alphabet. */
export const compareText = (a: string, b: string): number =>
  kept('order', each => new Intl.Collator(each)).compare(a, b)

/** What is searched for, without case and accents. */
export const folded = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

/** Whether a text of something holds all words that are searched for. The folded text is kept for as long as the thing. */
export function createSearch<Item extends object>(
  textOf: (item: Item) => string,
): (item: Item, words: string) => boolean {
  const textByItem = new WeakMap<Item, string>()
  const foldedText = (item: Item) => {
    const text = textByItem.get(item) ?? folded(textOf(item))
    textByItem.set(item, text)
    return text
  }
  return (item, words) =>
    folded(words)
      .split(/\s+/)
      .every(word => foldedText(item).includes(word))
}
