// How errors leave over HTTP: RFC 9457 problem details, and of what went wrong inside the server nothing but the code.
import { CodedError, PROBLEM_MEDIA_TYPE, type Problem, toProblem } from '@workforce-democracy/shared'
import type { Context, ErrorHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { routePath } from 'hono/route'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Logger } from 'pino'
import { sqlState } from '../db/error-codes.ts'

/**
 * Answers a problem.
 *
 * @param more which fields are wrong, for `invalid-input`; where the document stands, for `moved`
 */
export function answerProblem(
  c: Context,
  error: CodedError,
  more?: Pick<Problem, 'errors' | 'generation' | 'position'>,
): Response {
  if (error.status === 401) c.header('WWW-Authenticate', 'Bearer')
  if (error.retryAfterSeconds !== undefined) c.header('Retry-After', String(error.retryAfterSeconds))
  const { detail, ...problem } = toProblem(error, { ...more, requestId: c.get('requestId') })
  const shown = error.status === 500 || detail === undefined ? problem : { ...problem, detail }
  return c.body(JSON.stringify(shown), error.status as ContentfulStatusCode, {
    'Content-Type': PROBLEM_MEDIA_TYPE,
  })
}

/** Makes the app's error handler. It logs what is the server's fault, without a word of the request or of messages, which may quote it. */
export function createProblemHandler({ logger }: { logger: Logger }): ErrorHandler {
  return (error, c) => {
    // The only one of the framework's own: a body that is not JSON.
    if (error instanceof HTTPException && error.status === 400) {
      return answerProblem(c, new CodedError('invalid-input'), {
        errors: [{ path: '', message: 'The body is not JSON.' }],
      })
    }
    const coded = error instanceof CodedError ? error : new CodedError('internal')
    if (coded.status >= 500) {
      logger.error(
        {
          requestId: c.get('requestId'),
          method: c.req.method,
          route: routePath(c, -1),
          ...describe(error),
        },
        'a request failed',
      )
    }
    return answerProblem(c, coded)
  }
}

/** Answers requests that no route takes. */
export function notFound(c: Context): Response {
  return answerProblem(c, new CodedError('not-found'))
}

/** Class, code and place of an error and of its causes. */
function describe(error: Error): object {
  return {
    errorClass: error.constructor.name,
    ...(error instanceof CodedError && { code: error.code }),
    sqlState: sqlState(error),
    stack: error.stack?.split('\n').filter(line => /^\s+at /.test(line)),
    ...(error.cause instanceof Error && { cause: describe(error.cause) }),
  }
}
