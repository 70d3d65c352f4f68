// Who represents a place: worked out on this device from public files, so that nobody learns which place it is.
import {
  type District,
  type DistrictTable,
  districtsOf,
  type Representative,
} from '@workforce-democracy/shared'
import { type CatalogFiles, civicOf } from './catalogs.ts'

/** Which representatives; all that is given must fit. */
export interface RepresentativeQuery {
  /** Where somebody lives, such as a ZIP code: who sits for a district that it lies in, or for the whole state. */
  readonly postcode?: string | undefined
  /** `us`, `us-ny`, `gb`, … */
  readonly jurisdiction?: string | undefined
  readonly state?: string | undefined
  readonly district?: string | undefined
  readonly chamber?: Representative['chamber'] | undefined
  /** A part of the name. */
  readonly name?: string | undefined
}

/** Representatives, and the districts that a postcode lies in. */
export interface FoundRepresentatives {
  /** By jurisdiction, state, chamber, district and name. */
  readonly representatives: readonly Representative[]
  /** Several where a border runs through the postcode. Empty for one that is not known, and where none was given. */
  readonly districts: readonly (District & Pick<Representative, 'jurisdiction'>)[]
  /** How many postcodes the tables that were looked at know: few where the server has a sample only. 0 where none was given. */
  readonly knownPostcodes: number
}

/** Makes the function behind `client.representatives()`. */
export function createRepresentativeFinder(catalogs: CatalogFiles) {
  return async ({ postcode, ...query }: RepresentativeQuery = {}): Promise<FoundRepresentatives> => {
    if (!catalogs.civic) await catalogs.refresh()
    const { representatives } = civicOf(catalogs)
    const asked = representatives.filter(each => fits(each, query)).sort(byPlace)
    if (postcode === undefined) return { representatives: asked, districts: [], knownPostcodes: 0 }
    const jurisdictions = [...new Set(representatives.map(({ jurisdiction }) => jurisdiction))]
    const tables = await Promise.all(
      jurisdictions
        .filter(each => !query.jurisdiction || each === query.jurisdiction)
        .map(each => catalogs.districts(each)),
    )
    const districts = tables.flatMap(table =>
      districtsOf(table, postcode).map(each => ({ ...each, jurisdiction: table.jurisdiction })),
    )
    return {
      representatives: asked.filter(each => districts.some(place => sitsFor(each, place))),
      districts,
      knownPostcodes: tables.reduce((sum, table) => sum + countPostcodes(table), 0),
    }
  }
}

/** One that several districts share counts once. */
const countPostcodes = ({ districts }: DistrictTable): number =>
  new Set(districts.flatMap(({ postcodes }) => postcodes.split(' '))).size

/** Whether a member sits for a district, or for the whole state that it is in. */
const sitsFor = (
  { jurisdiction, state, district }: Representative,
  place: FoundRepresentatives['districts'][number],
): boolean =>
  jurisdiction === place.jurisdiction &&
  state === place.state &&
  (district === null || district === place.district)

function fits(
  representative: Representative,
  { name, ...query }: Omit<RepresentativeQuery, 'postcode'>,
): boolean {
  const fields = ['jurisdiction', 'state', 'district', 'chamber'] as const
  return (
    fields.every(field => query[field] === undefined || query[field] === representative[field]) &&
    (name === undefined || representative.name.toLowerCase().includes(name.toLowerCase()))
  )
}

function byPlace(a: Representative, b: Representative): number {
  return (
    compare(a.jurisdiction, b.jurisdiction) ||
    compare(a.state, b.state) ||
    compare(a.chamber, b.chamber) ||
    (Number.parseInt(a.district ?? '', 10) || 0) - (Number.parseInt(b.district ?? '', 10) || 0) ||
    compare(a.name, b.name) ||
    compare(a.id, b.id)
  )
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
