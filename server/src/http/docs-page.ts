// The document of the API as a page for people: no script, and nothing from elsewhere.
import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'
import type { ApiContent } from './documented.ts'
import type { ApiDocument, ApiOperation } from './openapi.ts'

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; background: #fff }
summary { cursor: pointer; padding: .4rem 0 }
code, pre { font: 14px/1.45 ui-monospace, monospace; background: #f3f3f0; border-radius: 4px }
code { padding: .1rem .3rem }
pre { padding: .8rem; overflow-x: auto }
details { border-top: 1px solid #ddd }
details > div { padding: 0 0 1rem 1rem }
table { border-collapse: collapse }
td, th { text-align: left; vertical-align: top; padding: .2rem 1rem .2rem 0 }
@media (prefers-color-scheme: dark) {
  body { color: #eee; background: #16181a }
  code, pre { background: #24272a }
  details { border-color: #3a3d40 }
}
`

/** What a content security policy names the page's style by. */
export const DOCS_STYLE_SOURCE = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`

/** The page. */
export function renderDocs(document: ApiDocument) {
  const operations = Object.entries(document.paths).flatMap(([path, byMethod]) =>
    Object.entries(byMethod).map(([method, operation]) => ({ path, method, operation })),
  )
  const tags = [...new Set(operations.flatMap(({ operation }) => operation.tags ?? []))]
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${document.info.title}: HTTP API</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<h1>${document.info.title}: HTTP API</h1>
<p>${document.info.description}</p>
<p>For programs: <a href="/api/openapi.json">/api/openapi.json</a> (OpenAPI ${document.openapi}).</p>
${tags.map(
  tag => html`<h2>${tag}</h2>
${operations.filter(({ operation }) => operation.tags?.includes(tag)).map(renderOperation)}`,
)}
</body>
</html>`
}

function renderOperation({
  path,
  method,
  operation,
}: {
  readonly path: string
  readonly method: string
  readonly operation: ApiOperation
}) {
  const { summary, description, security, parameters = [], requestBody, responses } = operation
  return html`<details>
<summary><code>${method.toUpperCase()} ${path}</code> ${summary}</summary>
<div>
${description ? html`<p>${description}</p>` : ''}
<p>${security.length > 0 ? 'With an access token.' : 'Without a token.'}</p>
${
  parameters.length > 0
    ? html`<table><tr><th>Parameter</th><th>In</th><th>Form</th></tr>
${parameters.map(
  ({ name, in: place, schema, required }) =>
    html`<tr><td><code>${name}</code>${required ? '' : ' (optional)'}</td><td>${place}</td><td><code>${JSON.stringify(schema)}</code></td></tr>`,
)}</table>`
    : ''
}
${renderContents('Request', requestBody?.content)}
${Object.entries(responses).map(
  ([status, response]) => html`<h4>${status}</h4><p>${response.description}</p>
${status.startsWith('2') ? renderContents('Answer', response.content) : ''}`,
)}
</div>
</details>
`
}

function renderContents(title: string, contents: Readonly<Record<string, ApiContent>> = {}) {
  return Object.entries(contents).map(
    ([mediaType, { schema, example }]) => html`<p>${title}, <code>${mediaType}</code>:</p>
${example === undefined ? '' : html`<pre>${JSON.stringify(example, undefined, 2)}</pre>`}
<details><summary>Schema</summary><pre>${JSON.stringify(schema, undefined, 2)}</pre></details>`,
  )
}
