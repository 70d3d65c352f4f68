// What a client asks for when it opens a document, in the address of a WebSocket or in a channel.

/** What is asked of one document; a stock client gives only its name. */
export interface DocumentRequest {
  readonly document: string
  readonly mode: string | undefined
  readonly generation: string | undefined
  readonly position: string | undefined
  /** `1` from who wants receipts. */
  readonly receipts: string | undefined
}

/** Reads what follows `/api/sync/`, such as `votes?mode=open&generation=1&position=7`. Nothing in it is checked yet. */
export function readTarget(target: string): DocumentRequest {
  const end = target.indexOf('?')
  const parameters = new URLSearchParams(end < 0 ? '' : target.slice(end))
  return {
    document: end < 0 ? target : target.slice(0, end),
    mode: parameters.get('mode') ?? undefined,
    generation: parameters.get('generation') ?? undefined,
    position: parameters.get('position') ?? undefined,
    receipts: parameters.get('receipts') ?? undefined,
  }
}
