// Products of the Congressional Research Service, as its website exports them.
import { topicsOfPolicyArea, topicsOfText } from '@workforce-democracy/shared'
import * as z from 'zod/mini'
import type { ImportedResource } from '../../db/resources.ts'
import { type Converted, checked } from '../importer.ts'
import { cutText, httpUrlSchema, toResource } from './resource-fields.ts'

const crsProductSchema = z.object({
  'Product Number': z.string().check(z.regex(/^[A-Z]{1,4}\d{3,6}$/)),
  Title: z.string().check(z.trim(), z.minLength(1), z.maxLength(500)),
  URL: httpUrlSchema,
  'Publication Date': z.pipe(
    z.string().check(z.refine(date => isoDate(date) !== undefined, 'not a date as MM/DD/YYYY')),
    z.transform(date => isoDate(date) ?? null),
  ),
  'Author(s)': z.string(),
  'Topic(s)': z.string(),
})

/** One product. Where it names no topic its title does. */
export function convertCrsProduct(value: unknown): Converted<ImportedResource> {
  return checked(crsProductSchema, value, product => {
    const areas = product['Topic(s)'].split(';').filter(area => area.trim())
    const topics = areas.flatMap(topicsOfPolicyArea)
    return {
      item: toResource({
        sourceKey: product.URL,
        origin: 'crs-products',
        aliases: [product['Product Number']],
        type: 'studies',
        title: product.Title,
        contentUrl: product.URL,
        topics: topics.length > 0 ? [...new Set(topics)].sort() : topicsOfText(product.Title),
        author: cutText(product['Author(s)'].replace(/[;,\s]+$/, ''), 255),
        sourceOrganization: 'Congressional Research Service',
        publishedOn: product['Publication Date'],
      }),
    }
  })
}

function isoDate(date: string): string | undefined {
  const [, month, day, year] = /^(\d{2})\/(\d{2})\/(\d{4})$/.exec(date.trim()) ?? []
  const iso = `${year}-${month}-${day}`
  return z.iso.date().safeParse(iso).success ? iso : undefined
}
