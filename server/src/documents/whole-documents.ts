// What takes a whole document in memory, and may take long: for who may do it elsewhere than on the event loop.
import type { Register } from '@workforce-democracy/shared'
import type { DocumentRef } from '../db/documents.ts'

/** What an open document says. */
export interface DocumentContent {
  /** The greatest of each key. */
  readonly registers: readonly Register[]
  /** Whether there is nothing beside registers in it. */
  readonly isPlain: boolean
}

/** Reads whole documents, and writes to them. Both throw CodedError `overloaded` when it would take too long. */
export interface WholeDocuments {
  read(ref: DocumentRef, updates: readonly Uint8Array[]): Promise<DocumentContent>
  /** The update that writing these registers makes; where none is greater than what is there, one of nothing. */
  write(ref: DocumentRef, updates: readonly Uint8Array[], registers: readonly Register[]): Promise<Uint8Array>
}
