// A person's own notes: the `notes` document, which never leaves a device in clear.
import { type NoteValue, noteSchema, partsOf, readValue } from '@workforce-democracy/shared'
import type { Documents, SavedWrite } from '../replica.ts'
import { checkedKey, checkedValue, isoTime, subscribeTo } from './document-view.ts'

/** A note as it stands. `editedAt` is ISO 8601. */
export type Note = NoteValue & { readonly kind: string; readonly id: string }

/**
 * A person's notes, one for each bill, resource or whatever else. No server can read them.
 *
 * @example
 * const stop = client.notes.subscribe(() => console.log(client.notes.list()))
 * await client.notes.set('bill', 'hr8-118', 'Ask the union about section 2.')
 * console.log(client.notes.get('bill', 'hr8-118')?.text)
 * await client.notes.remove('bill', 'hr8-118')
 * stop()
 */
export interface Notes {
  /**
   * Writes a note, up to 20,000 characters, over the one that was there.
   *
   * @throws CodedError `invalid-key`, `invalid-input`, `store-failed`, `client-closed`
   */
  set(kind: string, id: string, text: string): Promise<SavedWrite>
  /** Does nothing where there is none. */
  remove(kind: string, id: string): Promise<SavedWrite>
  get(kind: string, id: string): Note | undefined
  /** The latest first. */
  list(): Note[]
  /** Calls `listener` after each change; returns how to stop that. */
  subscribe(listener: () => void): () => void
}

const DOCUMENT = 'notes'

export function createNotes({ replica }: { readonly replica: Documents }): Notes {
  const state = () => replica.state(DOCUMENT)
  return {
    async set(kind, id, text) {
      const key = checkedKey(kind, id)
      const value = checkedValue(noteSchema, { text, editedAt: isoTime(replica.now()) })
      return replica.write(DOCUMENT, () => [{ key, value }])
    },
    async remove(kind, id) {
      const key = checkedKey(kind, id)
      return replica.write(DOCUMENT, notes => (notes.get(key)?.value ? [{ key, value: null }] : []))
    },
    get(kind, id) {
      const note = readValue(noteSchema, state().get(checkedKey(kind, id))?.value)
      return note && { kind, id, ...note }
    },
    list: () =>
      [...state().values()]
        .flatMap(({ key, value }) => {
          const [kind, id] = partsOf(key) ?? []
          const note = readValue(noteSchema, value)
          return kind && id && note ? [{ kind, id, ...note }] : []
        })
        .sort((a, b) => Date.parse(b.editedAt) - Date.parse(a.editedAt)),
    subscribe: listener => subscribeTo(replica, DOCUMENT, listener),
  }
}
