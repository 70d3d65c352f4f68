// Elections in which workers in the US voted on a union, as the labour board records them. Who voted for one has a union shop.
import * as z from 'zod/mini'
import type { ImportedLocalResource } from '../../db/local-resources.ts'
import { type Converted, checked } from '../importer.ts'
import { toPlace } from './place-fields.ts'
import { cutText } from './resource-fields.ts'

const electionSchema = z.object({
  'Case Name': z.string().check(z.trim(), z.minLength(1)),
  'Unit City': z.string().check(z.trim(), z.maxLength(100)),
  'Unit State': z.string().check(z.trim(), z.regex(/^([A-Z]{2})?$/)),
  'Union To Certify': z.string().check(z.trim()),
})

/** One election. Of an employer in one city all become one place. */
export function convertUnionElection(value: unknown): Converted<ImportedLocalResource> {
  return checked(electionSchema, value, (entry): Converted<ImportedLocalResource> => {
    const union = cutText(entry['Union To Certify'], 200)
    if (!union) return { skipped: 'no union was certified' }
    const name = cutText(entry['Case Name'], 255) ?? ''
    const [city, state] = [titled(entry['Unit City']), entry['Unit State'] || null]
    const key = [name, city, state].map(part =>
      (part ?? '')
        .toLowerCase()
        .replace(/[^\p{L}\p{N}]+/gu, ' ')
        .trim(),
    )
    return {
      item: toPlace({
        sourceKey: `union-elections:${key.join('|')}`,
        origin: 'union-elections',
        type: 'employment',
        name: titled(name) ?? name,
        city,
        state,
        country: 'us',
        unionShop: true,
        unions: [union],
        verified: true,
      }),
    }
  })
}

/** Half of the records are in capitals. */
function titled(text: string): string | null {
  const clean = cutText(text, 255)
  if (!clean || clean !== clean.toUpperCase() || clean.length <= 4) return clean
  return clean
    .toLowerCase()
    .replace(/(^|[\s(/&.-])(\p{L})/gu, (_, before, letter) => before + letter.toUpperCase())
}
