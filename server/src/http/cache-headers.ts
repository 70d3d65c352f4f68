// Who may keep an answer: everybody for a minute what is public, nobody what is a person's.
import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'

const PUBLIC = 'public, max-age=60, stale-while-revalidate=86400'
/** As much of a SHA-256 as tells one body from another. */
const TAG_LENGTH = 22

/**
 * Says how long an answer may be kept, unless its route has (SPEC O7). Public ones that were found get an ETag, and are
 * not sent again to who has them.
 */
export const cacheHeaders = createMiddleware(async (c, next) => {
  await next()
  if (c.res.headers.has('Cache-Control')) return
  const reads = c.req.method === 'GET' || c.req.method === 'HEAD'
  const isPublic = reads && c.res.status === 200 && c.get('person') === undefined
  if (isPublic) await tag(c)
  else c.res.headers.set('Cache-Control', c.get('person') === undefined ? 'no-store' : 'private, no-store')
})

async function tag(c: Context): Promise<void> {
  const bytes = await c.res.arrayBuffer()
  const etag = `"${createHash('sha256').update(Buffer.from(bytes)).digest('base64url').slice(0, TAG_LENGTH)}"`
  const headers = new Headers(c.res.headers)
  headers.set('Cache-Control', PUBLIC)
  headers.set('ETag', etag)
  const held = (c.req.header('If-None-Match') ?? '').split(',').map(each => each.trim().replace(/^W\//, ''))
  c.res = undefined
  if (held.includes(etag) || held.includes('*')) {
    headers.delete('Content-Type')
    c.res = new Response(null, { status: 304, headers })
  } else {
    // So that what is too small is not compressed.
    headers.set('Content-Length', String(bytes.byteLength))
    c.res = new Response(bytes, { status: 200, headers })
  }
}
