// The web app: the files that the build has made, and its one page for whatever path a person is on.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { serveStatic } from '@hono/node-server/serve-static'
import type { Context } from 'hono'
import { html } from 'hono/html'

const READING: ReadonlySet<string> = new Set(['GET', 'HEAD'])
/** For files whose name says what is in them. */
const FOREVER = 'public, max-age=31536000, immutable'
const ASK_FIRST = 'no-cache'

/** What pages of the app may load and run: their own files, and the WebAssembly of the SDK. */
const POLICY: readonly string[] = [
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
]
/** The players that a person can have shown on the page of a video: until then nothing is asked of them. */
const VIDEO_FRAMES = 'frame-src https://www.youtube-nocookie.com https://player.vimeo.com'

/** The directory of something built; `undefined` where it is not. */
function findBuilt(place: string): string | undefined {
  for (let at = dirname(fileURLToPath(import.meta.url)); at !== dirname(at); at = dirname(at)) {
    const directory = join(at, place)
    if (existsSync(join(directory, 'index.html'))) return directory
  }
  return undefined
}

/**
 * Answers what no route takes: with the files of the app, and its page at `/` and wherever a browser asks for a page; the
 * same for the pages of admins at `/admin`; else as `notFound` does.
 */
export function orWebApp(
  { config }: { readonly config: { readonly videoFrames: boolean } },
  notFound: (c: Context) => Response,
): (c: Context) => Promise<Response> {
  const appPolicy = config.videoFrames ? [...POLICY, VIDEO_FRAMES] : POLICY
  const app = pagesOf(findBuilt('client-sdk/example/dist'), '', appPolicy)
  const admin = pagesOf(findBuilt('server/admin/dist'), '/admin', POLICY)
  return async c => {
    if (!READING.has(c.req.method) || SERVER.test(c.req.path)) return notFound(c)
    return (await (/^\/admin(\/|$)/.test(c.req.path) ? admin : app)(c)) ?? notFound(c)
  }
}

type Pages = (c: Context) => Promise<Response | undefined>

/** The files of a directory, and its page for every other path below `base`. */
function pagesOf(directory: string | undefined, base: string, policy: readonly string[]): Pages {
  if (directory === undefined)
    return async c => (c.req.path === (base || '/') ? c.html(notBuilt()) : undefined)
  const onFound = (_: string, c: Context) => {
    c.header('Cache-Control', c.req.path.startsWith(`${base}/assets/`) ? FOREVER : ASK_FIRST)
    c.header('Content-Security-Policy', policy.join('; '))
  }
  const options = { root: directory, precompressed: true, onFound }
  const files = serveStatic({ ...options, rewriteRequestPath: path => path.slice(base.length) || '/' })
  const page = serveStatic({ ...options, path: 'index.html' })
  const nothingElse = async () => undefined
  return async c => {
    const file = await files(c, nothingElse)
    if (file) return file
    const asksForPage = c.req.header('Accept')?.includes('text/html') ?? false
    return asksForPage ? ((await page(c, nothingElse)) ?? undefined) : undefined
  }
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
