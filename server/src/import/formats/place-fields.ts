// What the lists of places have in common.
import type { ImportedLocalResource } from '../../db/local-resources.ts'
import { stableId } from '../stable-id.ts'

/** A place of which a list gives what it knows. */
export function toPlace(
  fields: Pick<ImportedLocalResource, 'sourceKey' | 'origin' | 'name' | 'type'> &
    Partial<ImportedLocalResource>,
): ImportedLocalResource {
  return {
    ...{ description: null, address: null, city: null, state: null, zipCode: null, country: null },
    ...{ phone: null, email: null, website: null, workerOwned: false, cooperative: false, unionShop: false },
    ...{ unions: [], verified: false, latitude: null, longitude: null },
    ...fields,
    id: stableId(fields.sourceKey),
  }
}

/** An http address in its normal form, `null` for none or for what is none. */
export function webAddress(text: string): string | null {
  const trimmed = text.trim()
  const whole = /^https?:/i.test(trimmed) ? trimmed : `https://${trimmed}`
  if (!trimmed || /\s/.test(trimmed) || whole.length > 2000 || !URL.canParse(whole)) return null
  const { href, hostname } = new URL(whole)
  return hostname.includes('.') ? href : null
}

/** What the same site is known by however it is written: no scheme, no `www`, no slash at the end. */
export function siteKey(website: string): string {
  const { hostname, pathname } = new URL(website)
  return `${hostname.replace(/^www\./, '')}${pathname.replace(/\/+$/, '')}`.toLowerCase()
}

/** Both in degrees, or neither. */
export function pointOf(
  latitude: string,
  longitude: string,
): Pick<ImportedLocalResource, 'latitude' | 'longitude'> {
  const [lat, lon] = [latitude, longitude].map(text => (text.trim() === '' ? Number.NaN : Number(text)))
  const isPoint =
    lat !== undefined &&
    lon !== undefined &&
    Math.abs(lat) <= 90 &&
    Math.abs(lon) <= 180 &&
    (lat !== 0 || lon !== 0)
  return isPoint ? { latitude: lat, longitude: lon } : { latitude: null, longitude: null }
}

/** US states and territories by their names in lower case. */
export const US_STATES: Readonly<Record<string, string>> = Object.fromEntries(
  `AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware|DC District of Columbia|
FL Florida|GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas|KY Kentucky|LA Louisiana|ME Maine|
MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi|MO Missouri|MT Montana|NE Nebraska|NV Nevada|
NH New Hampshire|NJ New Jersey|NM New Mexico|NY New York|NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma|OR Oregon|
PA Pennsylvania|PR Puerto Rico|RI Rhode Island|SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah|VT Vermont|
VA Virginia|VI Virgin Islands|WA Washington|WV West Virginia|WI Wisconsin|WY Wyoming|GU Guam`
    .split('|')
    .map(entry => [entry.trim().slice(3).toLowerCase(), entry.trim().slice(0, 2)]),
)
