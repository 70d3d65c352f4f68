// Pages of a list that is in memory: the cursor names the last item that was given.
import { CodedError, type ListQuery, type Page } from '@workforce-democracy/shared'

/**
 * One page of `items`.
 *
 * @throws CodedError `invalid-input` for a cursor that names no item
 */
export function pageOf<T>(
  items: readonly T[],
  { limit, cursor }: ListQuery,
  idOf: (item: T) => string,
): Page<T> {
  const last = cursor === undefined ? -1 : items.findIndex(item => idOf(item) === cursor)
  if (cursor !== undefined && last < 0)
    throw new CodedError('invalid-input', 'The cursor is of another list.')
  const page = items.slice(last + 1, last + 1 + limit)
  const end = page.at(-1)
  const more = last + 1 + limit < items.length
  return { items: page, nextCursor: more && end !== undefined ? idOf(end) : null }
}
