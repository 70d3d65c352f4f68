// The port to where a device keeps its rows. Platforms implement these five methods and run the contract suite.

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

/**
 * Where a device keeps its rows. Errors carry one of three codes: `store-in-use`, `store-damaged`, `store-failed`.
 * An adapter is held to the suite of `@workforce-democracy/client/store-contract`.
 */
export interface Store {
  /**
   * Opens for this client alone, making the store if there is none. What is damaged is left as it is.
   *
   * @throws CodedError `store-in-use`, `store-damaged`, `store-failed`
   */
  open(): Promise<void>

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

  /** Closes, and deletes everything. */
  destroy(): Promise<void>
}
