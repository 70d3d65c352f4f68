// Bookmarks of resources, bills and whatever else a site has: the `bookmarks` document.
import {
  type BookmarkValue,
  bookmarkSchema,
  checkBillId,
  partsOf,
  readValue,
} from '@workforce-democracy/shared'
import type { Catalogs } from '../catalogs.ts'
import type { Documents, SavedWrite } from '../replica.ts'
import { checkedKey, checkedValue, defined, isoTime, subscribeTo } from './document-view.ts'

/** A bookmark as it stands. `addedAt` is ISO 8601. */
export type Bookmark = BookmarkValue & { readonly kind: string; readonly id: string }

/**
 * A person's bookmarks. Reads are from memory; writes resolve when saved on this device.
 *
 * @example
 * const stop = client.bookmarks.subscribe(() => console.log(client.bookmarks.list('bill')))
 * await client.bookmarks.add('bill', 'hr8-118')
 * if (client.bookmarks.has('bill', 'hr8-118')) await client.bookmarks.remove('bill', 'hr8-118')
 * stop()
 */
export interface Bookmarks {
  /**
   * Adds a bookmark, or moves it to another folder. `kind` is `resource`, `bill`, `faq` or another of the site's own;
   * a resource may be given by an alias.
   *
   * @throws CodedError `invalid-key`, `invalid-bill-id`, `invalid-input`, `store-failed`, `client-closed`
   * @example
   * await client.bookmarks.add('resource', 'video1', { folder: 'later' })
   */
  add(kind: string, id: string, options?: { readonly folder?: string }): Promise<SavedWrite>
  /** Does nothing where there is none. */
  remove(kind: string, id: string): Promise<SavedWrite>
  has(kind: string, id: string): boolean
  /** The latest first, of one kind or of all. */
  list(kind?: string): Bookmark[]
  /** Calls `listener` after each change; returns how to stop that. */
  subscribe(listener: () => void): () => void
}

const DOCUMENT = 'bookmarks'

export function createBookmarks({
  replica,
  catalogs,
}: {
  readonly replica: Documents
  readonly catalogs: Catalogs
}): Bookmarks {
  const state = () => replica.state(DOCUMENT)
  const resolve = (kind: string, id: string) => (kind === 'resource' ? catalogs.resolve(id) : id)
  const list = (kind?: string) => {
    const bookmarkByKey = new Map<string, Bookmark>()
    for (const { key, value } of state().values()) {
      const [itsKind, givenId] = partsOf(key) ?? []
      const bookmark = readValue(bookmarkSchema, value)
      if (!itsKind || !givenId || !bookmark || (kind !== undefined && kind !== itsKind)) continue
      const id = resolve(itsKind, givenId)
      const present = bookmarkByKey.get(`${itsKind}/${id}`)
      if (!present || bookmark.addedAt > present.addedAt)
        bookmarkByKey.set(`${itsKind}/${id}`, { kind: itsKind, id, ...bookmark })
    }
    return [...bookmarkByKey.values()].sort(
      (a, b) => Date.parse(b.addedAt) - Date.parse(a.addedAt) || (a.id < b.id ? -1 : 1),
    )
  }
  return {
    async add(kind, id, { folder } = {}) {
      if (kind === 'bill') checkBillId(id)
      const key = checkedKey(kind, resolve(kind, id))
      const value = checkedValue(bookmarkSchema, defined({ addedAt: isoTime(replica.now()), folder }))
      return replica.write(DOCUMENT, () => [{ key, value }])
    },
    async remove(kind, id) {
      const resolved = resolve(kind, id)
      return replica.write(DOCUMENT, bookmarks =>
        [...bookmarks.values()].flatMap(({ key, value }) => {
          const [itsKind, givenId] = partsOf(key) ?? []
          if (value === null || itsKind !== kind || givenId === undefined) return []
          return resolve(kind, givenId) === resolved ? [{ key, value: null }] : []
        }),
      )
    },
    has: (kind, id) => list(kind).some(bookmark => bookmark.id === resolve(kind, id)),
    list,
    subscribe: listener => subscribeTo(replica, DOCUMENT, listener),
  }
}
