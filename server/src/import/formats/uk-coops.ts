// Co-operatives in Britain, from the open data of Co-operatives UK (ODC-By 1.0).
import type { LocalType } from '@workforce-democracy/shared'
import * as z from 'zod/mini'
import type { ImportedLocalResource } from '../../db/local-resources.ts'
import { type Converted, checked } from '../importer.ts'
import { pointOf, siteKey, toPlace, webAddress } from './place-fields.ts'
import { cutText } from './resource-fields.ts'

const text = z.string()
const coopSchema = z.object({
  Identifier: z.string().check(z.trim(), z.minLength(1), z.maxLength(100)),
  Name: z.string().check(z.trim(), z.minLength(1)),
  Description: text,
  'Street Address': text,
  Locality: text,
  Region: text,
  Postcode: text,
  'Country ID': z.string().check(z.trim(), z.regex(/^[A-Z]{2}$/)),
  Website: text,
  Phone: text,
  Email: text,
  Latitude: text,
  Longitude: text,
  'Geo Container Latitude': text,
  'Geo Container Longitude': text,
  Sector: text,
  'Ownership Classification': text,
})

const TYPES: Readonly<Record<string, LocalType>> = {
  'Membership associations, social clubs and trade unions': 'community',
  Housing: 'housing',
  Retail: 'retail',
  'Sports and Recreation': 'community',
  Agriculture: 'agriculture',
  Finance: 'finance',
  'Food service, Accommodation and Pubs': 'food',
  'Energy and Environment': 'energy',
  Education: 'education',
  'Arts and Culture': 'arts',
  'Professional and Legal services': 'legal',
  'Digital, Media and Communication': 'technology',
  'Health and Social Care': 'healthcare',
}
const WORKER_OWNED = new Set(['Workers', 'Employee Trust', 'Self-employed'])

/** One co-operative. */
export function convertUkCoop(value: unknown): Converted<ImportedLocalResource> {
  return checked(coopSchema, value, coop => {
    const website = webAddress(coop.Website)
    const type = TYPES[coop.Sector.trim()] ?? 'other'
    const own = pointOf(coop.Latitude, coop.Longitude)
    return {
      item: toPlace({
        // A list of tech co-ops has some of them too, by their sites.
        sourceKey:
          type === 'technology' && website ? `site:${siteKey(website)}` : `uk-coops:${coop.Identifier}`,
        origin: 'uk-coops',
        type,
        name: cutText(coop.Name, 255) ?? '',
        description: cutText(coop.Description, 5000),
        address: cutText(coop['Street Address'].replace(/\s*\n\s*/g, ', '), 500),
        city: cutText(coop.Locality, 100),
        state: cutText(coop.Region, 100),
        zipCode: cutText(coop.Postcode, 20),
        country: coop['Country ID'].toLowerCase(),
        phone: cutText(coop.Phone, 50),
        email: cutText(coop.Email, 255),
        website,
        workerOwned: WORKER_OWNED.has(coop['Ownership Classification'].trim()),
        cooperative: true,
        verified: true,
        // The middle of its postcode, where the place itself is not known.
        ...(own.latitude === null
          ? pointOf(coop['Geo Container Latitude'], coop['Geo Container Longitude'])
          : own),
      }),
    }
  })
}
