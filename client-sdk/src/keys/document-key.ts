// The keys of sealed documents: derived from the account key, one for each document and epoch.
import type { DocumentName } from '@workforce-democracy/shared'
import type { Sodium } from './sodium.ts'
import type { AccountKey } from './vault.ts'

const CONTEXT = 'wddocum_'
/** Numbers of the documents, for ever: another number is another key. */
const ID_BY_DOCUMENT: Readonly<Record<DocumentName, number>> = {
  profile: 1,
  votes: 2,
  bookmarks: 3,
  progress: 4,
  notes: 5,
  settings: 6,
}

/** What a document is sealed with in the epoch of the account key (SPEC K1): 32 bytes. */
export function documentKey(sodium: Sodium, { key }: AccountKey, document: DocumentName): Uint8Array {
  return sodium.deriveKey({ context: CONTEXT, id: ID_BY_DOCUMENT[document] }, key)
}
