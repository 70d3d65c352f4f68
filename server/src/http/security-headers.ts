// What browsers are told about answers: where content may come from, and that they come over TLS only.
import { createMiddleware } from 'hono/factory'
import { secureHeaders } from 'hono/secure-headers'

/** Half a year. */
const HSTS = 'max-age=15552000'

interface SecurityHeadersOptions {
  readonly config: { readonly publicUrl: string | undefined; readonly trustProxy: boolean }
  /** Sources of styles beside none, for a page; everything else on it comes from nowhere. */
  readonly styleSources?: readonly string[]
}

/**
 * Sets the security headers (SPEC O6): nothing may be loaded, framed or submitted, types are as declared, no referrer, and
 * behind TLS (`PUBLIC_URL` is https, or the trusted proxy says so) that it stays that way.
 */
export function securityHeaders({ config, styleSources = [] }: SecurityHeadersOptions) {
  const { publicUrl, trustProxy } = config
  const fixed = secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      ...(styleSources.length > 0 && { styleSrc: [...styleSources] }),
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
    xFrameOptions: 'DENY',
    strictTransportSecurity: false,
    // A page that sets headers of its own knows why.
    overwrite: false,
  })
  return createMiddleware(async (c, next) => {
    await fixed(c, next)
    const proto = trustProxy ? c.req.header('X-Forwarded-Proto')?.split(',').at(-1)?.trim() : undefined
    if (publicUrl?.startsWith('https:') || proto === 'https')
      c.res.headers.set('Strict-Transport-Security', HSTS)
  })
}
