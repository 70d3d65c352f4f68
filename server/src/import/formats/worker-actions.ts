// collective-action/tech: actions of tech workers. They have no titles; one is made of what is said about them.
import { topicsOfText } from '@workforce-democracy/shared'
import * as z from 'zod/mini'
import type { ImportedResource } from '../../db/resources.ts'
import { type Converted, checked } from '../importer.ts'
import { cutText, httpUrlSchema, toResource } from './resource-fields.ts'

const labelsSchema = z.nullish(z.array(z.string().check(z.maxLength(200))))

const workerActionSchema = z.object({
  id: z.int().check(z.minimum(0)),
  date: z.pipe(
    z.string().check(z.refine(date => isoDate(date) !== undefined, 'not a date as YYYY/MM/DD')),
    z.transform(date => isoDate(date) ?? null),
  ),
  // Some are broken; the action is still worth having.
  sources: z.array(z.string().check(z.maxLength(2000))),
  actions: z.array(z.string().check(z.minLength(1), z.maxLength(100))).check(z.minLength(1)),
  struggles: labelsSchema,
  tags: labelsSchema,
  companies: labelsSchema,
  description: z.nullish(z.string().check(z.maxLength(20_000))),
})
type WorkerAction = z.infer<typeof workerActionSchema>

/** Names that capitals alone do not make right. */
const COMPANY_NAMES: ReadonlyMap<string, string> = new Map([
  ['ibm', 'IBM'],
  ['github', 'GitHub'],
  ['doordash', 'DoorDash'],
  ['wework', 'WeWork'],
  ['youtube', 'YouTube'],
  ['linkedin', 'LinkedIn'],
  ['at&t', 'AT&T'],
])

/** Labels that mean something else elsewhere. */
const MEANING_BY_LABEL: ReadonlyMap<string, string> = new Map([
  ['blm', 'racism'],
  ['ice', 'immigration'],
])

/** One action, told by the first of its sources that is an address. */
export function convertWorkerAction(value: unknown): Converted<ImportedResource> {
  return checked(workerActionSchema, value, action => {
    const labels = [...action.actions, ...(action.struggles ?? []), ...(action.tags ?? [])]
    const words = labels.map(label => MEANING_BY_LABEL.get(label) ?? label.replaceAll('_', ' '))
    const topics = topicsOfText(words.join('. '))
    return {
      item: toResource({
        sourceKey: `urn:collective-action:tech:${action.id}`,
        origin: 'worker-actions',
        type: 'articles',
        title: titleOf(action),
        description: cutText(action.description, 5000),
        contentUrl: firstAddress(action.sources),
        difficulty: null,
        topics: [...new Set([...topics, 'labor', 'technology'])].sort(),
        sourceOrganization: 'Collective Action in Tech',
        publishedOn: action.date,
      }),
    }
  })
}

function firstAddress(sources: readonly string[]): string | null {
  return sources.flatMap(source => httpUrlSchema.safeParse(source).data ?? [])[0] ?? null
}

/** `Strike and protest at Amazon and Whole Foods, 2020-03-30`. */
function titleOf({ actions, companies, date }: WorkerAction): string {
  const what = inWords(actions)
  const where = companies?.length
    ? `at ${inWords(companies.slice(0, 3).map(companyName))}`
    : 'of tech workers'
  return `${what.charAt(0).toUpperCase()}${what.slice(1)} ${where}, ${date}`.slice(0, 500)
}

function companyName(id: string): string {
  const capitals = id.replaceAll('_', ' ').replace(/(^|\s)\p{Ll}/gu, letter => letter.toUpperCase())
  return COMPANY_NAMES.get(id) ?? capitals
}

function inWords(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}

function isoDate(date: string): string | undefined {
  const iso = date.replaceAll('/', '-')
  return z.iso.date().safeParse(iso).success ? iso : undefined
}
