// From a postcode to electoral districts, by a table that devices fetch whole: looking up tells nobody which one it is.

/** An electoral district. `district` is as representatives have it: `0` where a US state is one district. */
export interface District {
  readonly state: string
  readonly district: string
}

/** The districts of a jurisdiction with the postcodes in each, as one cacheable file. */
export interface DistrictTable {
  /** The hash of its content. */
  readonly version: string
  readonly jurisdiction: string
  /** By state and district. `postcodes`: in the normal form, in order, one blank between two. */
  readonly districts: readonly (District & { readonly postcodes: string })[]
}

/** A US ZIP code with the four digits that tell a street. */
const ZIP_PLUS_4 = /^(\d{5})\d{4}$/

/** A postcode as the table has it: upper case, without blanks and hyphens; a US ZIP+4 is the ZIP. */
export function normalPostcode(jurisdiction: string, postcode: string): string {
  const bare = postcode.replace(/[\s-]/g, '').toUpperCase()
  return jurisdiction === 'us' ? bare.replace(ZIP_PLUS_4, '$1') : bare
}

/**
 * The districts that a postcode lies in, by state and district: several where a border runs through it, none where the
 * table does not know it.
 *
 * @example
 * districtsOf(table, '35005') // [{ state: 'AL', district: '6' }, { state: 'AL', district: '7' }]
 */
export function districtsOf({ jurisdiction, districts }: DistrictTable, postcode: string): District[] {
  const asked = normalPostcode(jurisdiction, postcode)
  if (asked === '') return []
  return districts
    .filter(({ postcodes }) => ` ${postcodes} `.includes(` ${asked} `))
    .map(({ state, district }) => ({ state, district }))
}
