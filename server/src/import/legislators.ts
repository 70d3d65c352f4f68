// Members of the US Congress, as unitedstates/congress-legislators lists those who sit now.
import * as z from 'zod/mini'
import {
  renameStandIns,
  retireAllBut,
  type StoredRepresentative,
  upsertRepresentatives,
} from '../db/civic.ts'
import { bumpRevision } from '../db/imports.ts'
import { checked, type Importer } from './importer.ts'

const name = z.string().check(z.minLength(1), z.maxLength(100))

const legislatorSchema = z.object({
  id: z.object({
    bioguide: z.string().check(z.regex(/^[A-Z]\d{6}$/)),
    lis: z.optional(z.string().check(z.regex(/^S\d{1,5}$/))),
  }),
  name: z.object({ first: name, last: name, official_full: z.optional(name) }),
  terms: z
    .array(
      z.object({
        type: z.enum(['rep', 'sen']),
        state: z.string().check(z.regex(/^[A-Z]{2}$/)),
        district: z.optional(z.int().check(z.minimum(0), z.maximum(99))),
        party: z.optional(name),
      }),
    )
    .check(z.minLength(1)),
})
type Legislator = z.infer<typeof legislatorSchema>

/** The id of a senator of whom only the Senate's own id is known. */
export function standInId(lisId: string): string {
  return `lis:${lisId}`
}

/** Makes members current, and those whom the list no longer has former ones. */
export const legislatorImporter: Importer<StoredRepresentative> = {
  noun: 'members',
  batchSize: 200,
  keyOf: member => member.id,
  convert: value => checked(legislatorSchema, value, legislator => ({ item: toMember(legislator) })),
  async write(db, members) {
    await renameStandIns(
      db,
      members.flatMap(({ id, lisId }) => (lisId ? [[standInId(lisId), id] as const] : [])),
    )
    const { added, updated } = await upsertRepresentatives(db, members)
    if (added + updated > 0) await bumpRevision(db, 'civic')
    return { added, updated, unchanged: members.length - added - updated }
  },
  async finish(db, ids) {
    if (ids.size > 0 && (await retireAllBut(db, 'us', [...ids])) > 0) await bumpRevision(db, 'civic')
  },
}

function toMember({ id, name, terms }: Legislator): StoredRepresentative {
  const term = terms.at(-1)
  if (!term) throw new Error('a legislator has a term')
  return {
    id: id.bioguide,
    lisId: id.lis ?? null,
    jurisdiction: 'us',
    name: name.official_full ?? `${name.first} ${name.last}`,
    party: term.party ?? 'Independent',
    state: term.state,
    district: term.type === 'rep' ? String(term.district ?? 0) : null,
    chamber: term.type === 'rep' ? 'house' : 'senate',
    current: true,
  }
}
