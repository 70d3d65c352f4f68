// Search of places: what counts as a match, the same on devices and for the columns that Postgres searches.
import type { LocalResource, LocalType } from './types.ts'

/** A point, and how far around it; degrees and kilometres. */
export interface Around {
  readonly latitude: number
  readonly longitude: number
  readonly withinKm: number
}

/** What to look for; all that is given must fit. */
export interface LocalQuery {
  /** Words: each is the beginning of a word of name, description, city or unions. */
  readonly q?: string | undefined
  readonly type?: LocalType | undefined
  readonly country?: string | undefined
  readonly state?: string | undefined
  readonly city?: string | undefined
  /** The code, or its beginning. */
  readonly zip?: string | undefined
  readonly workerOwned?: boolean | undefined
  readonly cooperative?: boolean | undefined
  readonly unionShop?: boolean | undefined
  /** Leaves out what has no coordinates. */
  readonly around?: Around | undefined
}

/** A place that was found. */
export interface FoundLocalResource extends LocalResource {
  /** Kilometres, rounded to a tenth; `null` where no point was given. */
  readonly distanceKm: number | null
}

/** Without accents, case and needless blanks. */
export const foldText = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .trim()
    .replace(/\s+/g, ' ')

/** Without blanks too: people write codes either way. */
export const foldPostcode = (text: string): string => foldText(text).replace(/[\s-]/g, '')

const LONGEST_WORD = 100

/** The words of a text, each once. */
export const foldedWords = (text: string): string[] => [
  ...new Set((foldText(text).match(/[\p{L}\p{N}]+/gu) ?? []).map(word => word.slice(0, LONGEST_WORD))),
]

/** The words that a place is found by. */
export const localWords = ({
  name,
  description,
  city,
  unions,
}: Pick<LocalResource, 'name' | 'description' | 'city' | 'unions'>): string[] =>
  foldedWords([name, description, city, ...unions].join(' '))

const EARTH_KM = 6371

/** How far two points are apart on the surface of a sphere, in kilometres (haversine formula). */
export function distanceKm(
  a: Pick<Around, 'latitude' | 'longitude'>,
  b: Pick<Around, 'latitude' | 'longitude'>,
): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180
  const half = (difference: number) => Math.sin(radians(difference) / 2) ** 2
  const h =
    half(b.latitude - a.latitude) +
    Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * half(b.longitude - a.longitude)
  return 2 * EARTH_KM * Math.asin(Math.min(1, Math.sqrt(h)))
}

/** Kilometres as they are shown. */
export const shownDistance = (km: number): number => Math.round(km * 10) / 10

/** The places that fit: the nearest first where a point is given, else by name; ties by id. */
export function searchLocal(resources: readonly LocalResource[], query: LocalQuery): FoundLocalResource[] {
  const fits = filterOf(query)
  const { around } = query
  if (!around)
    return resources
      .filter(fits)
      .map(each => ({ each, key: foldText(each.name) }))
      .sort((a, b) => compare(a.key, b.key) || compare(a.each.id, b.each.id))
      .map(({ each }) => ({ ...each, distanceKm: null }))
  return resources
    .filter(fits)
    .flatMap(each => {
      const { latitude, longitude } = each
      if (latitude === null || longitude === null) return []
      const km = distanceKm(around, { latitude, longitude })
      return km <= around.withinKm ? [{ each, km }] : []
    })
    .sort((a, b) => a.km - b.km || compare(a.each.id, b.each.id))
    .map(({ each, km }) => ({ ...each, distanceKm: shownDistance(km) }))
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function filterOf({ q, type, country, state, city, zip, ...flags }: LocalQuery) {
  const words = foldedWords(q ?? '')
  const zipKey = zip === undefined ? undefined : foldPostcode(zip)
  const isSame = (asked: string | undefined, value: string | null) =>
    asked === undefined || (value !== null && foldText(asked) === foldText(value))
  return (each: LocalResource): boolean =>
    (type === undefined || each.type === type) &&
    (country === undefined || each.country === country) &&
    isSame(state, each.state) &&
    isSame(city, each.city) &&
    (zipKey === undefined || (each.zipCode !== null && foldPostcode(each.zipCode).startsWith(zipKey))) &&
    (flags.workerOwned === undefined || each.workerOwned === flags.workerOwned) &&
    (flags.cooperative === undefined || each.cooperative === flags.cooperative) &&
    (flags.unionShop === undefined || each.unionShop === flags.unionShop) &&
    hasWords(each, words)
}

/** Searching is done at every key that is pressed. */
const wordsByResource = new WeakMap<LocalResource, readonly string[]>()

function hasWords(resource: LocalResource, asked: readonly string[]): boolean {
  if (asked.length === 0) return true
  const words = wordsByResource.get(resource) ?? localWords(resource)
  wordsByResource.set(resource, words)
  return asked.every(each => words.some(word => word.startsWith(each)))
}
