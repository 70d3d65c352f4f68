// How a write to a document over HTTP fails.
import type { ErrorCode } from '@workforce-democracy/shared'

/** Codes of every route that writes to an open document. */
export const WRITE_CODES: readonly ErrorCode[] = [
  'invalid-key',
  'malformed-register',
  'consent-required',
  'document-sealed',
  'moved',
  'stamp-exhausted',
]
