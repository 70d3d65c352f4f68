// The port to where a device keeps its rows. Platforms implement these five methods and run the contract suite.
import type { ErrorCode } from '@workforce-democracy/shared'

/** An opaque row: neither the id nor the data says anything to whoever reads the file. */
export interface Row {
  readonly id: string
  readonly data: Uint8Array
}

/** Rows to write and rows to take away: all of it or nothing. No id occurs twice in it. */
export interface Batch {
  readonly put: readonly Row[]
  readonly remove: readonly string[]
}

/** How a store is to be opened. */
export interface StoreOpenOptions {
  /**
   * Whether to make the best of a store that is damaged or gone: what can be read is there, what cannot is kept
   * elsewhere, and nothing is deleted. Otherwise such a store does not open.
   */
  readonly salvage: boolean
}

/** What was found when a store was opened. */
export interface StoreOpening {
  /**
   * `sound`: new, or as it was left. `damaged`: what could be read of it is here. `lost`: there are traces of a store
   * that is gone, and this is a new one.
   */
  readonly found: 'sound' | 'damaged' | 'lost'
  /** Where the damaged one is kept. */
  readonly keptAt?: string
}

/**
 * Where a device keeps its rows. Errors carry one of four codes: `store-in-use`, `store-damaged`, `store-lost`,
 * `store-failed`. Ids that end with `+` and a number are other versions of a row, which only salvaging makes.
 * An adapter is held to the suite of `@workforce-democracy/client/store-contract`.
 */
export interface Store {
  /**
   * Whether each row costs so much that many small ones are better kept as one: then they are packed, and what can be
   * lost to a damaged row is more than one register. No unless given.
   */
  readonly packs?: boolean

  /** Why what was opened is not there any more, where somebody else can take it away. */
  readonly gone?: ErrorCode | undefined
  /** Calls `listener` when {@link Store.gone} is set; returns how to stop that. */
  onGone?(listener: (why: ErrorCode) => void): () => void

  /**
   * Opens for this client alone, making the store if there is none. Unless it is to be salvaged, what is damaged is left
   * as it is.
   *
   * @throws CodedError `store-in-use`, `store-damaged`, `store-lost`, `store-failed`
   */
  open(options?: StoreOpenOptions): Promise<StoreOpening>

  /**
   * Every row, in no particular order.
   *
   * @throws CodedError `store-damaged`, `store-failed`
   */
  readAll(): Promise<Row[]>

  /**
   * Writes a batch. Once it resolves, the batch survives a crash of the process and of the machine;
   * when it rejects, nothing of it was written.
   *
   * @throws CodedError `store-failed`
   */
  commit(batch: Batch): Promise<void>

  /** Lets go of the store. Closing what is not open does nothing. */
  close(): Promise<void>

  /** Closes, and deletes everything, what was kept of damaged ones too. */
  destroy(): Promise<void>
}
