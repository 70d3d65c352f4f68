// Pages of a sorted list by keyset: the cursor holds the place of the last item given, so that it still holds after
// the list has changed.
import { CodedError, type Page } from '@workforce-democracy/shared'

/** The place of an item in an order: compared part by part. */
export type SortKey = readonly (string | number)[]

/** A list in an order. `name` tells cursors of one order from those of another. */
export interface SortedList<T> {
  readonly name: string
  readonly items: readonly T[]
  keyOf(item: T): SortKey
}

/** Sorts a list by its keys, which must be unique. */
export function sortedList<T>(name: string, items: readonly T[], keyOf: (item: T) => SortKey): SortedList<T> {
  const keyed = items.map(item => ({ item, key: keyOf(item) }))
  return { name, keyOf, items: keyed.sort((a, b) => compareKeys(a.key, b.key)).map(({ item }) => item) }
}

/**
 * Up to `limit` items behind the cursor that `matches` lets through.
 *
 * @throws CodedError `invalid-input` for a cursor of another list or none at all
 */
export function keysetPage<T>(
  list: SortedList<T>,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
  matches: (item: T) => boolean,
): Page<T> {
  const after = cursor === undefined ? undefined : decodeCursor(list.name, cursor)
  const found: T[] = []
  for (const item of list.items) {
    if (after && compareKeys(list.keyOf(item), after) <= 0) continue
    if (!matches(item)) continue
    const last = found.at(-1)
    if (found.length === limit && last)
      return { items: found, nextCursor: encodeCursor(list.name, list.keyOf(last)) }
    found.push(item)
  }
  return { items: found, nextCursor: null }
}

function compareKeys(a: SortKey, b: SortKey): number {
  for (const [index, part] of a.entries()) {
    const other = b[index] ?? ''
    if (part !== other) return part < other ? -1 : 1
  }
  return 0
}

function encodeCursor(name: string, key: SortKey): string {
  return Buffer.from(JSON.stringify([name, ...key])).toString('base64url')
}

function decodeCursor(name: string, cursor: string): SortKey {
  const parts = parseArray(Buffer.from(cursor, 'base64url').toString('utf8'))
  const [listName, ...key] = parts ?? []
  if (listName !== name || !key.every(part => typeof part === 'string' || typeof part === 'number'))
    throw new CodedError('invalid-input', 'The cursor is not one of this list.')
  return key
}

function parseArray(json: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(json)
    return Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}
