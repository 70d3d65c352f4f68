// Errors over HTTP: RFC 9457 problem details with a code of ERROR_KINDS.
import * as z from 'zod/mini'
import { type CodedError, ERROR_KINDS } from '../errors.ts'

/** Media type of every error answer. */
export const PROBLEM_MEDIA_TYPE = 'application/problem+json'

export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.optional(z.string()),
  code: z.string(),
  /** Which fields are wrong, for `invalid-input`. */
  errors: z.optional(z.array(z.object({ path: z.string(), message: z.string() }))),
  /** Where the document stands, for `moved`. */
  generation: z.optional(z.int()),
  position: z.optional(z.int()),
  /** Names the request in the server's log. */
  requestId: z.optional(z.string()),
})
/** An RFC 9457 problem details object. */
export type Problem = z.infer<typeof problemSchema>

/** The problem details of an error, with what else there is to say. */
export function toProblem(
  error: CodedError,
  more: Pick<Problem, 'errors' | 'generation' | 'position' | 'requestId'> = {},
): Problem {
  return {
    type: `urn:workforce-democracy:error:${error.code}`,
    title: ERROR_KINDS[error.code].title,
    status: error.status,
    ...(error.detail && { detail: error.detail }),
    code: error.code,
    ...more,
  }
}
