// The readable part of an export: one page that needs no script and no network, in light, dark and on paper.
import type { ExportData } from './export-data.ts'
import { type Html, html } from './html.ts'
import { type Table, tablesOf, time } from './tables.ts'

/** Allows what the page is made of and nothing else: no script, no request, no form, not even of what it holds. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

/** The page from its first character up to where the data is appended: the body stays open. */
export function renderPage(data: ExportData): string {
  const documents = tablesOf(data)
  const tables = documents.flatMap(document => document.tables)
  const removed = documents.reduce((sum, document) => sum + document.removed, 0)
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${CONTENT_SECURITY_POLICY}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>My civic learning data</title>
${STYLE}
</head>
<body>
<main>
${introduction(data)}
${tables.length > 0 ? tables.map(tableHtml) : html`<p>There are no entries.</p>`}
<p class="note">${removed} removed entries are kept in the data and not shown.</p>
</main>
`.markup
}

function introduction(data: ExportData): Html {
  return html`<h1>My civic learning data</h1>
<p>Made on ${time(data.madeAt)}.${data.catalogVersion && html` Catalog <code>${data.catalogVersion}</code>.`}</p>
<p>This file is yours. It works without network and sends nothing. It is not encrypted: whoever has it can read it.
The same data for machines is at its end, so that importing the file restores everything.</p>`
}

function tableHtml({ title, columns, rows, totals }: Table): Html {
  return html`<section>
<h2>${title} <span class="note">${rows.length}</span></h2>
<div class="wide"><table>
<thead><tr>${columns.map(column => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>
${rows.map(row => html`<tr>${row.map(cell => html`<td dir="auto">${cell}</td>`)}</tr>\n`)}</tbody>
${totals && html`<tfoot><tr>${totals.map(cell => html`<td>${cell}</td>`)}</tr></tfoot>`}
</table></div>
</section>
`
}

const STYLE = html`<style>
:root { color-scheme: light dark; --line: light-dark(#d5d5d5, #444); --dim: light-dark(#595959, #aaa); }
body { margin: 0; background: Canvas; color: CanvasText; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 70rem; margin: 0 auto; padding: 1.5rem; }
h1 { line-height: 1.2; }
h2 { margin: 2.5rem 0 0.5rem; }
.note { color: var(--dim); font-size: 0.875rem; font-weight: normal; }
.wide { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.4rem 0.8rem 0.4rem 0; border-bottom: 1px solid var(--line); text-align: start; vertical-align: top; }
td { overflow-wrap: anywhere; min-width: 5.5rem; }
td:first-child { min-width: 8rem; }
tfoot td { font-weight: 600; }
time { white-space: nowrap; }
.text { white-space: pre-wrap; min-width: 14rem; }
@media print { main { max-width: none; padding: 0; } tr { break-inside: avoid; } thead { display: table-header-group; } .wide { overflow: visible; } }
</style>`
