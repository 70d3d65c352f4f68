// Sends a published catalog: compressed as the client accepts it, and not at all when it has it (RFC 9110).
import type { Context } from 'hono'
import { CODINGS, type Coding, type Published } from './published.ts'

/** A minute fresh; for a day what is held may be shown while a newer one is fetched. */
const CACHE_CONTROL = 'public, max-age=60, stale-while-revalidate=86400'

/**
 * Answers with the catalog, or 304. The strong ETag is the version for the plain bytes; other bytes need another
 * strong one (RFC 9110, section 8.8.3.3), so a coding is named behind it. Any of them says that a client is current.
 */
export async function catalogResponse(
  c: Context,
  published: Published<{ readonly version: string }>,
): Promise<Response> {
  const { version } = published.catalog
  const coding = preferredCoding(c.req.header('accept-encoding'))
  c.header('ETag', coding === 'identity' ? `"${version}"` : `"${version}.${coding}"`)
  c.header('Cache-Control', CACHE_CONTROL)
  c.header('Vary', 'Accept-Encoding', { append: true })
  if (holds(c.req.header('if-none-match'), version)) return c.body(null, 304)
  if (coding !== 'identity') c.header('Content-Encoding', coding)
  c.header('Content-Type', 'application/json')
  return c.body(await published.bytes(coding))
}

function holds(ifNoneMatch: string | undefined, version: string): boolean {
  const tags = (ifNoneMatch ?? '').split(',').map(tag => tag.trim().replace(/^W\//, ''))
  return tags.some(
    tag => tag === '*' || CODINGS.some(coding => tag === `"${version}.${coding}"`) || tag === `"${version}"`,
  )
}

/** The coding with the greatest weight in `Accept-Encoding`; of equals the smallest bytes. */
export function preferredCoding(acceptEncoding = ''): Coding {
  const weights = new Map<string, number>()
  for (const part of acceptEncoding.toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map(text => text.trim())
    const quality = parameters.find(parameter => parameter.startsWith('q='))
    weights.set(name === 'x-gzip' ? 'gzip' : name, quality ? Number(quality.slice(2)) || 0 : 1)
  }
  const weightOf = (coding: Coding) =>
    weights.get(coding) ?? weights.get('*') ?? (coding === 'identity' ? 0.0005 : 0)
  return CODINGS.reduce((best, coding) => (weightOf(coding) > weightOf(best) ? coding : best))
}
