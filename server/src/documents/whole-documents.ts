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

/** Registers to write, from the greatest of each key. */
export type ComputeRegisters = (present: readonly Register[]) => readonly Register[]

/** What was written. */
export interface Edit {
  readonly registers: readonly Register[]
  /** The update that makes; where no register is greater than what is there, one of nothing. */
  readonly update: Uint8Array
}

/** Reads whole documents, and writes to them. Both throw CodedError `overloaded` when it would take too long. */
export interface WholeDocuments {
  read(ref: DocumentRef, updates: readonly Uint8Array[]): Promise<DocumentContent>
  /** Writes what `compute` makes of the document's registers. */
  edit(ref: DocumentRef, updates: readonly Uint8Array[], compute: ComputeRegisters): Promise<Edit>
}
