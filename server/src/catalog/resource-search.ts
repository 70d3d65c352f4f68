// Search of the published resources: by their words, and where nothing has them by words that are written almost alike.
import { createHash } from 'node:crypto'
import {
  CodedError,
  type FoundResource,
  prepareCatalog,
  type Resource,
  type ResourceCatalog,
  type ResourceSearchPage,
  type ResourceSearchQuery,
} from '@workforce-democracy/shared'
import * as z from 'zod/mini'
import { inTransaction, type Pool } from '../db/database.ts'
import {
  type FoundRow,
  findSimilarWords,
  type ResourceSearch,
  readStems,
  searchResources,
} from '../db/resource-search.ts'
import type { Catalogs } from './catalogs.ts'
import { rangesOf, wordsOf } from './highlights.ts'
import { isCorrectable, nearestWords, swappedForms } from './typos.ts'

/** Words of a query that count; longer ones are cut. */
const MOST_WORDS = 10
const LONGEST_WORD = 100
/** Words in the place of one that is mistyped. */
const MOST_ALTERNATIVES = 8

interface SearchServices {
  readonly pool: Pool
  readonly catalogs: Catalogs
}

/**
 * One page of what was found (SPEC O13).
 *
 * @throws CodedError `invalid-input` for a cursor of another search
 */
export async function searchCatalog(
  services: SearchServices,
  query: ResourceSearchQuery,
): Promise<ResourceSearchPage> {
  const { q, cursor, limit, verified, ...filters } = query
  const typed = wordsOf(q)
    .slice(0, MOST_WORDS)
    .map(word => word.slice(0, LONGEST_WORD))
  const name = searchName([typed, verified, filters])
  const from = cursor === undefined ? undefined : decodeCursor(name, cursor)
  if (typed.length === 0) return { items: [], nextCursor: null, similar: false }
  const search: Omit<ResourceSearch, 'words'> = {
    ...filters,
    verified: verified === undefined ? undefined : verified === 'true',
    // One more, to know whether there is another page.
    limit: limit + 1,
    after: from?.last,
  }
  const { rows, words, similar } = await findRows(services.pool, search, typed, from?.similar)
  const found = rows.slice(0, limit)
  const last = found.at(-1)
  return {
    items: await toFound(services, found, words),
    nextCursor: rows.length > limit && last ? encodeCursor(name, { similar, last }) : null,
    similar,
  }
}

/** With the words as they are typed; on the first page, where nothing has them, with similar ones. */
async function findRows(
  pool: Pool,
  search: Omit<ResourceSearch, 'words'>,
  typed: readonly string[],
  wasSimilar: boolean | undefined,
) {
  const exact = typed.map(word => [word])
  const rows = wasSimilar ? [] : await searchResources(pool, { ...search, words: exact })
  if (rows.length > 0 || wasSimilar === false) return { rows, words: exact, similar: false }
  const words = await similarWords(pool, typed)
  const similar = words.some(({ length }) => length > 1)
  return { rows: similar ? await searchResources(pool, { ...search, words }) : [], words, similar }
}

/** What was typed, each word followed by those that may be meant by it. */
async function similarWords(pool: Pool, typed: readonly string[]): Promise<readonly (readonly string[])[]> {
  const correctable = typed.filter(isCorrectable)
  const known = await inTransaction(pool, db =>
    findSimilarWords(db, correctable, correctable.flatMap(swappedForms)),
  )
  return typed.map(word => {
    const nearest = nearestWords(word, known).filter(each => each !== word)
    return [word, ...nearest.slice(0, MOST_ALTERNATIVES)]
  })
}

/** The resources of rows, with the places of the words. One that was changed meanwhile is left out. */
async function toFound(
  { pool, catalogs }: SearchServices,
  rows: readonly FoundRow[],
  words: readonly (readonly string[])[],
): Promise<readonly FoundResource[]> {
  if (rows.length === 0) return []
  const catalog = await catalogs.resources()
  const found = rows.flatMap(({ id, score }) => {
    const resource = findResource(catalog, id)
    return resource ? [{ resource, score }] : []
  })
  const texts = found.flatMap(({ resource }) => [resource.title, resource.description ?? ''])
  const stems = await readStems(pool, [...new Set([...words.flat(), ...texts.flatMap(wordsOf)])])
  const beginning = words.at(-1)?.[0] ?? ''
  // Words such as "the" are passed over, unless they are the last.
  const searched = new Set(words.flat().filter(word => word === beginning || stems.has(word)))
  const searchedStems = new Set([...searched].flatMap(word => stems.get(word) ?? []))
  const isFound = (word: string) =>
    searched.has(word) ||
    searchedStems.has(stems.get(word) ?? '') ||
    (beginning.length > 1 && word.startsWith(beginning))
  return found.map(({ resource, score }) => ({
    resource,
    score,
    highlights: {
      title: rangesOf(resource.title, isFound),
      description: rangesOf(resource.description, isFound),
    },
  }))
}

/** The resource of a UUID or an alias; `undefined` where the catalog shows none. */
export function findResource(catalog: ResourceCatalog, id: string): Resource | undefined {
  const { indexById, idByAlias, resources } = prepareCatalog(catalog)
  const index = indexById.get(idByAlias.get(id) ?? id.toLowerCase())
  return index === undefined ? undefined : resources[index]
}

interface SearchCursor {
  readonly similar: boolean
  readonly last: FoundRow
}

const cursorSchema = z.tuple([z.string(), z.boolean(), z.number(), z.uuid()])

/** Tells the cursors of one search from those of another. */
function searchName(search: unknown): string {
  return createHash('sha256').update(JSON.stringify(search)).digest('base64url').slice(0, 12)
}

function encodeCursor(name: string, { similar, last }: SearchCursor): string {
  return Buffer.from(JSON.stringify([name, similar, last.score, last.id])).toString('base64url')
}

function decodeCursor(name: string, cursor: string): SearchCursor {
  const parsed = cursorSchema.safeParse(parse(Buffer.from(cursor, 'base64url').toString()))
  if (!parsed.success || parsed.data[0] !== name)
    throw new CodedError('invalid-input', 'The cursor is not one of this search.')
  const [, similar, score, id] = parsed.data
  return { similar, last: { score, id } }
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
