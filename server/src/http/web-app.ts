// The web app: the files that the build has made, and its one page for whatever path a person is on.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { serveStatic } from '@hono/node-server/serve-static'
import type { Context, MiddlewareHandler } from 'hono'
import { html } from 'hono/html'
import { createMiddleware } from 'hono/factory'

/** Where the build puts the app, from the root of the project. */
const PLACE = 'client-sdk/example/dist'
/** Files whose name says what is in them. */
const UNCHANGING = /^\/assets\//
const READING: ReadonlySet<string> = new Set(['GET', 'HEAD'])
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

/** The directory of the built app; `undefined` where it is not built. */
export function findWebApp(): string | undefined {
  for (let at = dirname(fileURLToPath(import.meta.url)); at !== dirname(at); at = dirname(at)) {
    const directory = join(at, PLACE)
    if (existsSync(join(directory, 'index.html'))) return directory
  }
  return undefined
}

/**
 * Serves the files of the app, and its page at `/` and wherever no route is and a browser asks for a page. For the end of
 * the app: whatever is not its own it leaves to what comes after.
 */
export function webApp(directory = findWebApp()): MiddlewareHandler {
  if (directory === undefined)
    return createMiddleware((c, next) => (c.req.path === '/' ? Promise.resolve(c.html(notBuilt())) : next()))
  const found = (_: string, c: Context) => {
    c.header('Cache-Control', UNCHANGING.test(c.req.path) ? FOREVER : ASK_FIRST)
    c.header('Content-Security-Policy', POLICY)
  }
  const files = serveStatic({ root: directory, precompressed: true, onFound: found })
  const page = serveStatic({ root: directory, path: 'index.html', precompressed: true, onFound: found })
  return createMiddleware(async (c, next) => {
    if (!READING.has(c.req.method) || SERVER.test(c.req.path)) return await next()
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
