// The web app: the files that the build has made, and its one page for whatever path a person is on.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { serveStatic } from '@hono/node-server/serve-static'
import type { Context, MiddlewareHandler } from 'hono'
import { createMiddleware } from 'hono/factory'
import { html } from 'hono/html'

const READING: ReadonlySet<string> = new Set(['GET', 'HEAD'])
/** For files whose name says what is in them. */
const FOREVER = 'public, max-age=31536000, immutable'
const ASK_FIRST = 'no-cache'

/** What pages of the app may load and run: their own files, and the WebAssembly of the SDK. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

/** The directory of something built; `undefined` where it is not. */
function findBuilt(place: string): string | undefined {
  for (let at = dirname(fileURLToPath(import.meta.url)); at !== dirname(at); at = dirname(at)) {
    const directory = join(at, place)
    if (existsSync(join(directory, 'index.html'))) return directory
  }
  return undefined
}

/**
 * Serves the files of the app, and its page at `/` and wherever no route is and a browser asks for a page; the same for
 * the pages of admins at `/admin`. For the end of the server's app: whatever is neither's own it leaves to what comes after.
 */
export function webApp(): MiddlewareHandler {
  const app = pagesOf(findBuilt('client-sdk/example/dist'))
  const admin = pagesOf(findBuilt('server/admin/dist'), '/admin')
  return createMiddleware((c, next) => {
    if (!READING.has(c.req.method) || SERVER.test(c.req.path)) return next()
    return (/^\/admin(\/|$)/.test(c.req.path) ? admin : app)(c, next)
  })
}

/** The files of a directory, and its page for every other path below `base`. */
function pagesOf(directory: string | undefined, base = ''): MiddlewareHandler {
  if (directory === undefined)
    return createMiddleware((c, next) =>
      c.req.path === `${base || '/'}` ? Promise.resolve(c.html(notBuilt())) : next(),
    )
  const onFound = (_: string, c: Context) => {
    c.header('Cache-Control', c.req.path.startsWith(`${base}/assets/`) ? FOREVER : ASK_FIRST)
    c.header('Content-Security-Policy', POLICY)
  }
  const options = { root: directory, precompressed: true, onFound }
  const files = serveStatic({ ...options, rewriteRequestPath: path => path.slice(base.length) || '/' })
  const page = serveStatic({ ...options, path: 'index.html' })
  return createMiddleware(async (c, next) => {
    const asksForPage = c.req.header('Accept')?.includes('text/html') ?? false
    return await files(c, () => (asksForPage ? page(c, next) : next()) as Promise<void>)
  })
}

/** What is never a page of the app. */
const SERVER = /^\/(api|health|metrics|\.well-known)(\/|$)/

const notBuilt = () => html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Workforce Democracy</title></head>
<body>
<h1>The web app is not built</h1>
<p>The server runs. <code>npm ci</code> and then <code>npm run build:app</code> build its pages; <code>npm start</code> does so by itself.</p>
<p>The HTTP API describes itself at <a href="/api/docs">/api/docs</a>.</p>
</body>
</html>`
