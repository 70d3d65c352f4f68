// Checks requests against the shared schemas, and bodies against a limit, before any handler sees them.
import { CodedError, type Problem } from '@workforce-democracy/shared'
import type { Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import { validator } from 'hono-openapi'
import * as z from 'zod/mini'
import { answerProblem } from './problem-handler.ts'

/** No body that this API takes is longer, except where a route says so. */
const MAX_BODY_BYTES = 64 * 1024

// zod/mini comes without messages, to be small in browsers. The language is set for the whole process.
z.config(z.locales.en())

/** Refuses longer bodies with `too-large`, also such as announce no length. */
export function limitBody(maxBytes = MAX_BODY_BYTES) {
  const refuse = (c: Context) => answerProblem(c, new CodedError('too-large'))
  const counted = bodyLimit({ maxSize: maxBytes, onError: refuse })
  return createMiddleware(async (c, next) => {
    // To ask a request for its body makes a stream of it, which takes longer than most handlers: only where nothing else
    // tells how long it is. Node reads no more than was announced.
    if (c.req.method === 'GET' || c.req.method === 'HEAD') return next()
    const announced = c.req.header('Content-Length')
    if (announced === undefined || c.req.header('Transfer-Encoding') !== undefined) return counted(c, next)
    return Number(announced) <= maxBytes ? next() : refuse(c)
  })
}

/**
 * Checks one part of a request, which handlers then read with `c.req.valid(target)`; it also documents the route. What
 * does not fit is answered `invalid-input`, with the path of each wrong field and never its value.
 *
 * @example
 * routes.post('/vote', validated('json', voteRequestSchema), c => c.json(c.req.valid('json')))
 */
export function validated<Target extends 'json' | 'query' | 'param', Schema extends z.core.$ZodType>(
  target: Target,
  schema: Schema,
) {
  return validator(target, schema, (result, c) => {
    // Of another type nothing is read: an empty body may even be a good one.
    const isForeign = target === 'json' && !isJson(c.req.header('content-type'))
    if (result.success && !isForeign) return undefined
    const detail = isForeign ? 'The body must be sent as application/json.' : undefined
    return answerProblem(c, new CodedError('invalid-input', detail), {
      errors: (result.success ? [] : result.error).map(toFieldError),
    })
  })
}

const isJson = (contentType: string | undefined) =>
  /^application\/([\w.-]+\+)?json\b/i.test(contentType ?? '')

type FieldError = NonNullable<Problem['errors']>[number]

function toFieldError(issue: {
  readonly message: string
  readonly path?: readonly unknown[] | undefined
}): FieldError {
  return { path: (issue.path ?? []).map(String).join('.'), message: issue.message }
}
