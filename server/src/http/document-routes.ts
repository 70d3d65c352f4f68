// The document of the API, for programs and for people.
import { Hono } from 'hono'
import * as z from 'zod/mini'
import { DOCS_STYLE_SOURCE, renderDocs } from './docs-page.ts'
import { documented } from './documented.ts'
import { type ApiDocument, describeApi } from './openapi.ts'
import { securityHeaders } from './security-headers.ts'

interface DocumentServices {
  readonly config: { readonly publicUrl: string | undefined; readonly trustProxy: boolean }
  /** The whole app: its routes are all there by the first request. */
  readonly app: () => Hono
}

/** `GET /openapi.json`, `GET /docs` */
export function createDocumentRoutes({ config, app }: DocumentServices): Hono {
  const routes = new Hono()
  let made: Promise<ApiDocument> | undefined
  const document = () => {
    made ??= describeApi(app(), config.publicUrl)
    return made
  }
  routes.get(
    '/openapi.json',
    documented({
      summary: 'Describe this API for programs',
      who: 'anyone',
      answer: { schema: z.looseObject({ openapi: z.string() }), example: { openapi: '3.1.0' } },
    }),
    async c => c.json(await document()),
  )
  routes.get(
    '/docs',
    documented({
      summary: 'Describe this API for people',
      who: 'anyone',
      answer: { mediaType: 'text/html; charset=UTF-8', schema: z.string() },
    }),
    securityHeaders({ config, styleSources: [DOCS_STYLE_SOURCE] }),
    async c => c.html(await renderDocs(await document())),
  )
  return routes
}
