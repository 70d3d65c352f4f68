// A name for each request, so that somebody's report and a line of the log can be brought together.
import { randomUUID } from 'node:crypto'
import { createMiddleware } from 'hono/factory'

export const REQUEST_ID_HEADER = 'X-Request-Id'

declare module 'hono' {
  interface ContextVariableMap {
    requestId: string
  }
}

/** Draws an id for each request and answers it (SPEC O5). What a client sends under this name is not looked at: it would go to the log. */
export const requestId = createMiddleware(async (c, next) => {
  const id = randomUUID()
  c.set('requestId', id)
  await next()
  // Not `c.header`, which would make the answer anew.
  c.res.headers.set(REQUEST_ID_HEADER, id)
})
