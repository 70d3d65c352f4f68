// Asks the server to move a document: a compare-and-swap whose answer may get lost.
import {
  CodedError,
  type DocumentMode,
  type DocumentName,
  ERROR_KINDS,
  type ErrorCode,
  errorCode,
  type GenerationRequest,
  type GenerationResponse,
  generationResponseSchema,
} from '@workforce-democracy/shared'
import { type Http, readBody } from '../http.ts'
import { toBase64 } from '../keys/bytes.ts'

/** A move as a device asks for it. */
export interface DocumentMove {
  readonly document: DocumentName
  /** Everything that this device has seen. */
  readonly from: GenerationResponse
  readonly mode: DocumentMode
  /** One update of a fresh Yjs document. */
  readonly content: Uint8Array
}

/**
 * What came of it. `refused`: somebody else was there first. `unknown`: the answer is lost, so the move was made or not;
 * asking for it again is refused if it was. `failed`: it will not do, however often one asks.
 */
export type MoveAnswer =
  | { readonly outcome: 'moved'; readonly generation: number }
  | { readonly outcome: 'refused' | 'unknown' }
  | { readonly outcome: 'failed'; readonly code: ErrorCode }

/** Codes that say nothing about the move. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['unauthorized', 'not-signed-in', 'internal'])

/** Asks once. */
export async function askForMove(
  { http, accessToken }: { readonly http: Pick<Http, 'send'>; readonly accessToken: () => Promise<string> },
  { document, from, mode, content }: DocumentMove,
): Promise<MoveAnswer> {
  try {
    const body: GenerationRequest = { from, mode, content: toBase64(content) }
    const response = await http.send({
      ...{ method: 'POST', path: `/api/sync/${document}/generation`, body },
      accessToken: await accessToken(),
    })
    const { generation } = await readBody(response, generationResponseSchema)
    return { outcome: 'moved', generation }
  } catch (error) {
    if (!(error instanceof CodedError)) throw error
    const code = errorCode(error)
    if (code === 'moved') return { outcome: 'refused' }
    const isPassing = ERROR_KINDS[code].retryable || PASSING.has(code)
    return isPassing ? { outcome: 'unknown' } : { outcome: 'failed', code }
  }
}
