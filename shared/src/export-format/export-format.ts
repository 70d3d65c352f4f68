// The export file: one HTML page that people read in any browser, around the same data for machines (SPEC X4–X9).
import { toHexString } from 'lib0/buffer'
import { digest } from 'lib0/hash/sha256'
import { encodeUtf8 } from 'lib0/string'
import { CodedError } from '../errors.ts'
import { type ExportData, readExportData } from './export-data.ts'
import { renderPage } from './page.ts'

export type { ExportData } from './export-data.ts'
export { EXPORT_VERSION } from './export-data.ts'

/** Where the data begins: its length in characters and its SHA-256 stand before it. */
const DATA_START =
  /<script type="application\/json" id="workforce-democracy-export" data-length="(\d{1,15})" data-sha256="([0-9a-f]{64})">/
const PAGE_START = '<!doctype html>'
/** No text inside the page holds this, so its presence at the end means that nothing was cut off. */
const PAGE_END = /<\/html>\s*$/i

/**
 * The export file as the text of one self-contained HTML page, in UTF-8. It runs no script and loads nothing.
 *
 * @example
 * await writeFile('my-data.html', renderExport({ version: 1, madeAt: new Date().toISOString(), documents }))
 */
export function renderExport(data: ExportData): string {
  const json = asciiJson(data)
  const attributes = `data-length="${json.length}" data-sha256="${checksum(json)}"`
  return `${renderPage(data)}<script type="application/json" id="workforce-democracy-export" ${attributes}>${json}</script>
</body>
</html>`
}

/**
 * The data of an export file, checked against its length and checksum. Nothing of the file is executed.
 *
 * @throws CodedError `export-truncated` when the end is missing, `export-damaged` when the data was changed or the
 * file is no export, `export-unknown-version` when a newer version made it
 */
export function parseExport(html: string): ExportData {
  const whole = PAGE_END.test(html)
  const start = DATA_START.exec(html)
  if (!start) throw new CodedError(whole || !beginsAsPage(html) ? 'export-damaged' : 'export-truncated')
  const length = Number(start[1])
  const from = start.index + start[0].length
  const json = html.slice(from, from + length)
  if (json.length < length) throw new CodedError(whole ? 'export-damaged' : 'export-truncated')
  if (checksum(json) !== start[2]) throw new CodedError('export-damaged')
  if (!whole)
    throw new CodedError('export-truncated', 'Its data is whole, but the end of the page is missing.')
  return readExportData(json)
}

/** Whether `html` begins as an export does, or is too short to tell. */
function beginsAsPage(html: string): boolean {
  return html.slice(0, PAGE_START.length).toLowerCase() === PAGE_START.slice(0, html.length)
}

/**
 * JSON in which `<`, `>`, `&` and everything outside printable ASCII is escaped: it cannot end its element, and
 * stays what it is when a program on the way changes the encoding of the file.
 */
function asciiJson(data: ExportData): string {
  return JSON.stringify(data).replace(
    /[<>&]|[^ -~]/g,
    unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function checksum(json: string): string {
  return toHexString(digest(encodeUtf8(json)))
}
