// What a page of the administration is made with, and lists that are fetched a page at a time.
import type { Page } from '@workforce-democracy/shared'
import { list, skeleton } from '../../../client-sdk/example/src/components/blocks.ts'
import { button } from '../../../client-sdk/example/src/components/button.ts'
import { reportError } from '../../../client-sdk/example/src/components/toast.ts'
import { type Child, fill, h } from '../../../client-sdk/example/src/dom.ts'
import type { AdminApi } from './api.ts'
import { words } from './language.ts'

/** What a page is made with. */
export interface AdminContext {
  readonly api: AdminApi
  /** Parts of the path below `/admin`. */
  readonly parts: readonly string[]
  readonly query: URLSearchParams
  go(path: string): void
}

/** Items as they come, the next ones when asked for. */
export function pagedList<Item>(
  fetchPage: (cursor?: string) => Promise<Page<Item>>,
  render: (item: Item) => Child,
  empty: Child,
): HTMLElement {
  const element = h('div', { class: 'stack' }, skeleton(6))
  const items: Item[] = []
  const load = async (cursor?: string) => {
    const page = await fetchPage(cursor)
    items.push(...page.items)
    const { nextCursor } = page
    const more = nextCursor !== null && button(words.common.showMore, { onPress: () => load(nextCursor) })
    fill(element, items.length === 0 ? empty : list(items.map(render)), more)
  }
  load().catch(error => {
    fill(element)
    reportError(error)
  })
  return element
}

/** A text as it is sent: nothing for one that is empty. */
export const orNull = (text: string): string | null => text.trim() || null

/** A whole number, nothing for an empty field. */
export const numberOrNull = (text: string): number | null => (text.trim() === '' ? null : Number(text))

/** The error of a form in words, fields that are wrong by their name. */
export async function naming<T>(work: Promise<T>, fail: (message: string) => void): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof Error) || !('fields' in error)) throw error
    fail('detail' in error ? String(error.detail) : error.message)
    return undefined
  }
}
