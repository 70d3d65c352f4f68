// The six documents of a person and what distinguishes them.

/** Every document there is. */
export const DOCUMENT_NAMES = ['profile', 'votes', 'bookmarks', 'progress', 'notes', 'settings'] as const

/** Name of a document: the category that a person opens or seals. */
export type DocumentName = (typeof DOCUMENT_NAMES)[number]

/** Documents that may be open; notes and settings are always sealed. */
export const OPENABLE_DOCUMENTS = ['profile', 'votes', 'bookmarks', 'progress'] as const

/** Name of a document that may be open. */
export type OpenableDocument = (typeof OPENABLE_DOCUMENTS)[number]

/** Who may read a synced document. A document without a mode is local: it is never sent. */
export type DocumentMode = 'open' | 'sealed'

/** Whether `name` is a document. */
export function isDocumentName(name: string): name is DocumentName {
  return (DOCUMENT_NAMES as readonly string[]).includes(name)
}

/** Whether the server may ever read this document. */
export function isOpenable(name: string): name is OpenableDocument {
  return (OPENABLE_DOCUMENTS as readonly string[]).includes(name)
}
