// Answers that are compressed for whoever takes them so.
import { every } from 'hono/combine'
import { compress } from 'hono/compress'
import { createMiddleware } from 'hono/factory'

// Said before there is an answer: afterwards `compress` would make the answer anew to say it.
const varies = createMiddleware((c, next) => {
  c.header('Vary', 'Accept-Encoding')
  return next()
})

/** Compresses what is long enough. */
export const compressed = every(varies, compress())
