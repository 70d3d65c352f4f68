// A site in plain files on an origin of its own, with the Content-Security-Policy that the SDK promises to work under.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Files of a site by path, such as `/page.js`. */
export type SiteFiles = ReadonlyMap<string, string | Uint8Array>

/** A served site. */
export interface Site extends AsyncDisposable {
  readonly origin: string
}

const TYPE_BY_ENDING: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  wasm: 'application/wasm',
}

/** What a page has to allow for the SDK, and nothing else. `api` is the origin of the server. */
export function contentSecurityPolicy(api?: string): string {
  const connect = api ? `${api} ${api.replace(/^http/, 'ws')}` : "'none'"
  return [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    `connect-src ${connect}`,
    "worker-src 'self'",
    "require-trusted-types-for 'script'",
  ].join('; ')
}

/**
 * Serves `files` on a free port; `/` is a page that runs `/page.js` as a module unless there is one. `api` is asked with
 * each request: a server that is told which sites may call it starts after the site.
 */
export async function serveSite(
  files: SiteFiles,
  api: () => string | undefined = () => undefined,
): Promise<Site> {
  const page = '<!doctype html><title>Test</title><script type="module" src="/page.js"></script>'
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/'
    const body = path === '/' ? (files.get('/index.html') ?? page) : files.get(path)
    const ending = path === '/' ? 'html' : (path.split('.').at(-1) ?? '')
    response.writeHead(body === undefined ? 404 : 200, {
      'content-type': TYPE_BY_ENDING[ending] ?? 'application/octet-stream',
      'content-security-policy': contentSecurityPolicy(api()),
    })
    response.end(body)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
