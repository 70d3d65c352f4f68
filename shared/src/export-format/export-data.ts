// What an export holds: every register of a person, removals included, and nothing that opens anything (SPEC X1–X3).
import * as z from 'zod/mini'
import { DOCUMENT_NAMES, type DocumentName } from '../documents/document-names.ts'
import { CodedError } from '../errors.ts'
import { parseEntry, type RegisterEntry, toEntry } from '../registers/register.ts'

/** The version of the data that this code writes, and the newest that it reads. */
export const EXPORT_VERSION = 1

/** A person's data as it is exported. What this version does not know survives a round trip. */
export interface ExportData {
  readonly version: typeof EXPORT_VERSION
  /** ISO 8601. */
  readonly madeAt: string
  /** Version of the resource catalog at that time, if one was there. */
  readonly catalogVersion?: string
  readonly documents: Readonly<Record<DocumentName, readonly RegisterEntry[]>>
  /** Titles of resources, so that a reader sees names. */
  readonly resources?: readonly { readonly id: string; readonly title: string }[]
}

/** Loose: a property that a later version adds is kept as it is. */
export const exportDataSchema = z.looseObject({
  version: z.literal(EXPORT_VERSION),
  madeAt: z.string(),
  catalogVersion: z.optional(z.string()),
  documents: z.record(z.string(), z.array(z.unknown())),
  resources: z.optional(z.array(z.looseObject({ id: z.string(), title: z.string() }))),
})

/**
 * The data that `json` holds. Malformed entries of a document are left out.
 *
 * @throws CodedError `export-damaged`, `export-unknown-version`
 */
export function readExportData(json: string): ExportData {
  const value = parseJson(json)
  const version = z.safeParse(z.looseObject({ version: z.int() }), value)
  if (version.success && version.data.version > EXPORT_VERSION) throw new CodedError('export-unknown-version')
  const parsed = z.safeParse(exportDataSchema, value)
  if (!parsed.success) throw new CodedError('export-damaged', 'Its data does not have the documented form.')
  return { ...parsed.data, documents: documentsOf(parsed.data.documents) }
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (cause) {
    throw new CodedError('export-damaged', 'Its data is not JSON.', { cause })
  }
}

/** The well-formed entries of every document, empty for one that is not there; documents unknown here stay. */
function documentsOf(documents: Record<string, unknown[]>): ExportData['documents'] {
  const kept = Object.fromEntries(
    [...DOCUMENT_NAMES, ...Object.keys(documents)].map(name => [name, wellFormed(documents[name] ?? [])]),
  )
  return kept as Record<DocumentName, RegisterEntry[]>
}

function wellFormed(entries: readonly unknown[]): RegisterEntry[] {
  return entries.flatMap(entry => {
    const register = parseEntry(entry)
    return register ? [toEntry(register)] : []
  })
}
