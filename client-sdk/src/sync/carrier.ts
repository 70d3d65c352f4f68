// How registers get into and out of the Yjs document of one generation: as they are, or in envelopes.
import type { DocumentMode, ErrorCode, ReadonlyState, Register } from '@workforce-democracy/shared'
import type * as Y from 'yjs'

/** What carries the registers of a document. */
export interface Carrier {
  readonly mode: DocumentMode
  /** The greatest register of each key that lies in the Yjs document. */
  state(): ReadonlyState
  /** Puts registers in that are saved on this device, at once or soon. */
  push(registers: readonly Register[]): void
  /** Puts in at once what waits. */
  flush(): void
  /** Deletes what is superseded. Everything that came has to be committed on this device. */
  tidy(): void
  /** What is wrong with what lies there, after a completed sync. */
  trouble(): ErrorCode | undefined
  /** Whether the document has to move to a new generation though its mode is the right one. */
  isMoveDue(): boolean
  destroy(): void
}

/** What a carrier works with. */
export interface CarrierHost {
  readonly doc: Y.Doc
  /** Makes a change of the Yjs document, which carries these registers if it is sent. */
  carry(registers: readonly Register[], change: () => void): void
  /** Told of every change by others; `added` may be empty. */
  onChange(added: readonly Register[]): void
}
