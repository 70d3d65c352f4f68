// hng/tech-coops: co-operatives that make software and design; where they are is free text.
import * as z from 'zod/mini'
import type { ImportedLocalResource } from '../../db/local-resources.ts'
import { type Converted, checked } from '../importer.ts'
import { siteKey, toPlace, US_STATES, webAddress } from './place-fields.ts'
import { cutText } from './resource-fields.ts'

const techCoopSchema = z.object({
  name: z.string().check(z.trim(), z.minLength(1), z.maxLength(255)),
  website: z.string().check(z.maxLength(2000)),
  business_areas: z.string().check(z.maxLength(2000)),
  location: z.string().check(z.maxLength(500)),
  notes: z.string().check(z.maxLength(10_000)),
})

/** Names of countries as the list writes them. */
const COUNTRIES: Readonly<Record<string, string>> = {
  ...{
    usa: 'us',
    us: 'us',
    'united states': 'us',
    canada: 'ca',
    mexico: 'mx',
    argentina: 'ar',
    brazil: 'br',
  },
  ...{
    uruguay: 'uy',
    chile: 'cl',
    colombia: 'co',
    uk: 'gb',
    'united kingdom': 'gb',
    england: 'gb',
    scotland: 'gb',
  },
  ...{
    wales: 'gb',
    'northern ireland': 'gb',
    ireland: 'ie',
    france: 'fr',
    germany: 'de',
    spain: 'es',
    italy: 'it',
  },
  ...{
    portugal: 'pt',
    belgium: 'be',
    netherlands: 'nl',
    'the netherlands': 'nl',
    switzerland: 'ch',
    austria: 'at',
  },
  ...{ denmark: 'dk', sweden: 'se', norway: 'no', finland: 'fi', iceland: 'is', poland: 'pl', greece: 'gr' },
  ...{ hungary: 'hu', croatia: 'hr', slovenia: 'si', serbia: 'rs', romania: 'ro', 'czech republic': 'cz' },
  ...{ australia: 'au', 'new zealand': 'nz', india: 'in', japan: 'jp', korea: 'kr', 'south korea': 'kr' },
  ...{ taiwan: 'tw', indonesia: 'id', turkey: 'tr', israel: 'il', catalonia: 'es', 'basque country': 'es' },
}
const US_CODES = new Set(Object.values(US_STATES))

/** One co-operative. */
export function convertTechCoop(value: unknown): Converted<ImportedLocalResource> {
  return checked(techCoopSchema, value, ({ name, website, business_areas, location, notes }) => {
    const address = webAddress(website.replace(/\)$/, ''))
    const text = notes.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    return {
      item: toPlace({
        sourceKey: address ? `site:${siteKey(address)}` : `tech-coops:${name.toLowerCase()}`,
        origin: 'tech-coops',
        type: 'technology',
        name,
        description: cutText([business_areas, text].filter(part => part.trim()).join('. '), 5000),
        website: address,
        workerOwned: true,
        cooperative: true,
        ...placeOf(location),
      }),
    }
  })
}

/** `City, State, Country` and shorter; of one that names several, or none, only what is certain. */
function placeOf(location: string): Pick<ImportedLocalResource, 'city' | 'state' | 'country'> {
  const nowhere = { city: null, state: null, country: null }
  if (/[/+&]|\band\b|remote|distributed|worldwide|international|elsewhere|online/i.test(location)) {
    const last = location.split(',').at(-1)?.trim().toLowerCase() ?? ''
    return { ...nowhere, country: COUNTRIES[last] ?? null }
  }
  const parts = location.split(',').map(part => part.replace(/\(.*?\)/g, '').trim())
  const last = parts.at(-1) ?? ''
  const isState = US_CODES.has(last) && !(last.toLowerCase() in COUNTRIES)
  const country = COUNTRIES[last.toLowerCase()] ?? (isState ? 'us' : null)
  const rest = country && !isState ? parts.slice(0, -1) : parts
  if (country === null) return nowhere
  const [first = '', second = ''] = rest
  // A list of states, a region of the world, or a sentence.
  if (rest.length > 2 || first.length > 40 || /^(EU|Europe)$/i.test(first)) return { ...nowhere, country }
  const isOneState = country === 'us' && !second && first.toLowerCase() in US_STATES
  const state = isOneState ? first : second
  return {
    country,
    city: (!isOneState && first) || null,
    state: state ? (US_STATES[state.toLowerCase()] ?? state).slice(0, 100) : null,
  }
}
