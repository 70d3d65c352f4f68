// Everything of a person in one file that they keep, and back.
import {
  DOCUMENT_NAMES,
  type DocumentName,
  EXPORT_VERSION,
  parseEntry,
  parseExport,
  partsOf,
  type RegisterEntry,
  renderExport,
  toEntry,
} from '@workforce-democracy/shared'
import type { Catalogs } from './catalogs.ts'
import type { Documents } from './replica.ts'

/** What an import did. */
export interface ImportResult {
  /** Registers that were new here or greater than what was here. */
  readonly joined: number
  /** Registers in the file, malformed ones left out. */
  readonly found: number
}

/** The export file: one HTML page, made without network. */
export function exportFile(replica: Documents, catalogs: Catalogs): string {
  const entries = (name: DocumentName) => [...replica.state(name).values()].map(toEntry).sort(byKey)
  const documents = Object.fromEntries(DOCUMENT_NAMES.map(name => [name, entries(name)])) as Record<
    DocumentName,
    RegisterEntry[]
  >
  const { resources: catalog } = catalogs
  return renderExport({
    version: EXPORT_VERSION,
    madeAt: new Date(replica.now()).toISOString(),
    ...(catalog && { catalogVersion: catalog.version, resources: namedResources(replica, catalogs) }),
    documents,
  })
}

/**
 * Joins what an export file holds: what is newer here stays. All of it is saved in one commit, or nothing.
 *
 * @throws CodedError `export-truncated`, `export-damaged`, `export-unknown-version`, `store-failed`
 */
export async function importFile(replica: Documents, html: string): Promise<ImportResult> {
  const { documents } = parseExport(html)
  const registers = DOCUMENT_NAMES.map(name => ({
    name,
    registers: (documents[name] ?? []).flatMap(entry => parseEntry(entry) ?? []),
  }))
  const joined = await Promise.all(
    registers.map(each => replica.join(each.name, each.registers, { durable: false })),
  )
  return {
    joined: joined.reduce((sum, changed) => sum + changed.length, 0),
    found: registers.reduce((sum, each) => sum + each.registers.length, 0),
  }
}

const byKey = ([a]: RegisterEntry, [b]: RegisterEntry) => (a < b ? -1 : 1)

/** Titles of the resources that occur in the documents. */
function namedResources(replica: Documents, catalogs: Catalogs): { id: string; title: string }[] {
  const titleById = new Map(catalogs.resources?.resources.map(({ id, title }) => [id, title]))
  const named = new Map<string, string>()
  for (const name of DOCUMENT_NAMES) {
    for (const id of [...replica.state(name).keys()].flatMap(key => partsOf(key) ?? [])) {
      const title = titleById.get(catalogs.resolve(id))
      if (title) named.set(id, title)
    }
  }
  return Array.from(named, ([id, title]) => ({ id, title }))
}
