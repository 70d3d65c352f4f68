// When the history of an open document outweighs its live registers, so that it gets a new generation (SPEC G5).

/** What a document costs: in the database, and each device that connects. */
export interface Weight {
  /** Snapshot, its summary and the state vector, in bytes. */
  readonly bytes: number
  readonly stateVectorBytes: number
}

/** What is smaller is not worth a move. */
const MIN_BYTES = 4 * 1024
const MIN_STATE_VECTOR_BYTES = 512
const MAX_RATIO = 2
/** The state vector goes to and fro with every connection. */
const MAX_STATE_VECTOR_SHARE = 1 / 64
/** Who is connected is moved, too, and takes everything anew: only when there is more to gain. */
const FACTOR = { idle: 1, connected: 4 } as const

/** The weight of a document in these parts. */
export function weightOf(parts: {
  readonly update: Uint8Array
  readonly summary: Uint8Array
  readonly stateVector: Uint8Array
}): Weight {
  const stateVectorBytes = parts.stateVector.length
  return { bytes: parts.update.length + parts.summary.length + stateVectorBytes, stateVectorBytes }
}

/** Whether a document is so much heavier than a fresh one of the same registers that it is to be moved. */
export function outweighs(history: Weight, fresh: Weight, occupancy: keyof typeof FACTOR): boolean {
  const factor = FACTOR[occupancy]
  return (
    history.bytes > factor * Math.max(MIN_BYTES, MAX_RATIO * fresh.bytes) ||
    history.stateVectorBytes > factor * Math.max(MIN_STATE_VECTOR_BYTES, MAX_STATE_VECTOR_SHARE * fresh.bytes)
  )
}

/** More than a piece of a document of registers adds to its elements, anywhere, whatever Yjs client ids there are. */
const MAX_STRUCT_BYTES = 160

/** Whether it is worth looking what a document of so many pieces would weigh afresh: that costs as much as compacting it. */
export function mayOutweigh(history: Weight, structs: number): boolean {
  const elementBytes = Math.max(0, history.bytes - structs * MAX_STRUCT_BYTES)
  return outweighs(history, { bytes: elementBytes, stateVectorBytes: 0 }, 'idle')
}
