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

/** What was found. */
export interface FoundLocal {
  /** The nearest first where a point is given, else by name; ties by id. */
  readonly items: readonly FoundLocalResource[]
  /** How many there are, beyond the limit too. */
  readonly total: number
}

/** The places that fit, up to `limit` of them. */
export function searchLocal(
  resources: readonly LocalResource[],
  query: LocalQuery,
  limit = Number.POSITIVE_INFINITY,
): FoundLocal {
  const { around } = query
  const found = sortedByName(resources).filter(filterOf(query))
  if (!around)
    return {
      items: found.slice(0, limit).map(each => ({ ...each, distanceKm: null })),
      total: found.length,
    }
  const near = found
    .flatMap(each => {
      const { latitude, longitude } = each
      if (latitude === null || longitude === null) return []
      const km = distanceKm(around, { latitude, longitude })
      return km <= around.withinKm ? [{ each, km }] : []
    })
    .sort((a, b) => a.km - b.km || compare(a.each.id, b.each.id))
  return {
    items: near.slice(0, limit).map(({ each, km }) => ({ ...each, distanceKm: shownDistance(km) })),
    total: near.length,
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** A place as it is compared. */
interface Folded {
  readonly name: string
  readonly city: string | null
  readonly state: string | null
  readonly zip: string | null
  readonly words: readonly string[]
}

/** Searching is done at every key that is pressed: what does not depend on the query is remembered with the places. */
const foldedByResource = new WeakMap<LocalResource, Folded>()
const sortedByResources = new WeakMap<readonly LocalResource[], readonly LocalResource[]>()

function foldedOf(resource: LocalResource): Folded {
  const present = foldedByResource.get(resource)
  if (present) return present
  const { name, city, state, zipCode } = resource
  const folded = {
    name: foldText(name),
    city: city === null ? null : foldText(city),
    state: state === null ? null : foldText(state),
    zip: zipCode === null ? null : foldPostcode(zipCode),
    words: localWords(resource),
  }
  foldedByResource.set(resource, folded)
  return folded
}

function sortedByName(resources: readonly LocalResource[]): readonly LocalResource[] {
  const present = sortedByResources.get(resources)
  if (present) return present
  const sorted = resources.toSorted(
    (a, b) => compare(foldedOf(a).name, foldedOf(b).name) || compare(a.id, b.id),
  )
  sortedByResources.set(resources, sorted)
  return sorted
}

function filterOf({ q, type, country, state, city, zip, ...flags }: LocalQuery) {
  const words = foldedWords(q ?? '')
  const asked = {
    state: state === undefined ? undefined : foldText(state),
    city: city === undefined ? undefined : foldText(city),
    zip: zip === undefined ? undefined : foldPostcode(zip),
  }
  return (each: LocalResource): boolean => {
    const own = foldedOf(each)
    return (
      (type === undefined || each.type === type) &&
      (country === undefined || each.country === country) &&
      (asked.state === undefined || own.state === asked.state) &&
      (asked.city === undefined || own.city === asked.city) &&
      (asked.zip === undefined || own.zip?.startsWith(asked.zip) === true) &&
      (flags.workerOwned === undefined || each.workerOwned === flags.workerOwned) &&
      (flags.cooperative === undefined || each.cooperative === flags.cooperative) &&
      (flags.unionShop === undefined || each.unionShop === flags.unionShop) &&
      words.every(word => own.words.some(one => one.startsWith(word)))
    )
  }
}
