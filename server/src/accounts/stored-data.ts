// Shows a person everything that is stored about them, as it is stored: what can be read here, and what cannot.
import type { StoredBytes, StoredResponse, StoredValue } from '@workforce-democracy/shared'
import * as Y from 'yjs'
import { asPerson } from '../db/as-person.ts'
import type { Db, Pool } from '../db/database.ts'
import { listPersonTables, listRowsOf, type StoredRow } from '../db/stored-rows.ts'
import { decodeEntry } from '../documents/log-entry.ts'
import type { DataCipher, DataKeys, KeyScope } from '../encryption/data-keys.ts'

/** Shows what is stored. */
export interface StoredData {
  /** Every row about a person, in both databases. */
  describe(personId: string): Promise<StoredResponse>
}

interface StoredDataServices {
  readonly pool: Pool
  readonly keysPool: Pool
  readonly dataKeys: Pick<DataKeys, 'existing'>
  readonly nowMs: () => number
}

/** The documents whose registers lie in rows of a table that does not name them. */
const DOCUMENT_BY_TABLE: Readonly<Record<string, string>> = { user_profiles: 'profile', civic_votes: 'votes' }
/** Rows that hold Yjs updates. */
const WITH_UPDATES = new Set(['document_updates.data', 'document_snapshots.data'])
const NEVER_SHOWN = /_hash$|_seed$|^wrapped$|^chain$/

/** Makes it. */
export function createStoredData({ pool, keysPool, dataKeys, nowMs }: StoredDataServices): StoredData {
  return {
    async describe(personId) {
      const found = [
        ...(await asPerson(pool, personId, db => listAll(db, personId))),
        ...(await listAll(keysPool, personId)),
      ]
      const tables = found.map(async ({ table, rows }) => ({
        table,
        rows: await Promise.all(rows.map(row => describeRow(dataKeys, { table, row, personId }))),
      }))
      return { madeAt: new Date(nowMs()).toISOString(), tables: await Promise.all(tables) }
    },
  }
}

/** The tables that have rows about a person, with these. */
async function listAll(db: Db, personId: string): Promise<{ table: string; rows: readonly StoredRow[] }[]> {
  const found: { table: string; rows: readonly StoredRow[] }[] = []
  for (const each of await listPersonTables(db)) {
    const rows = await listRowsOf(db, each, personId)
    if (rows.length > 0) found.push({ table: each.table, rows })
  }
  return found
}

interface RowOf {
  readonly table: string
  readonly row: StoredRow
  readonly personId: string
}

async function describeRow(
  dataKeys: Pick<DataKeys, 'existing'>,
  rowOf: RowOf,
): Promise<Record<string, StoredValue>> {
  const cipher = await dataKeys.existing(scopeOf(rowOf))
  const described = Object.entries(rowOf.row).map(([column, value]): [string, StoredValue] => {
    if (!Buffer.isBuffer(value)) return [column, plainValue(value)]
    if (NEVER_SHOWN.test(column)) return [column, { kind: 'hash', sizeBytes: value.length }]
    return [column, describeBytes(cipher, rowOf, column, value)]
  })
  return Object.fromEntries(described)
}

/** Of documents each generation has a key of its own; all else is under that of the account. */
function scopeOf({ table, row, personId }: RowOf): KeyScope {
  const document = typeof row.document === 'string' ? row.document : DOCUMENT_BY_TABLE[table]
  if (!document) return { personId, document: 'account', generation: 0 }
  return { personId, document, generation: Number(row.generation ?? 0) }
}

function plainValue(value: unknown): StoredValue {
  if (value instanceof Date) return value.toISOString()
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value
  return { json: value }
}

function describeBytes(
  cipher: DataCipher | undefined,
  rowOf: RowOf,
  column: string,
  bytes: Buffer,
): StoredBytes {
  const sizeBytes = bytes.length
  const plain = cipher && opened(cipher, rowOf, column, bytes)
  if (!plain) return { kind: 'opaque', sizeBytes }
  if (WITH_UPDATES.has(`${rowOf.table}.${column}`)) {
    const { entries, envelopes } = elementsOf(decodeEntry(plain, Number(rowOf.row.updates ?? 1)))
    if (envelopes.length > 0) return { kind: 'sealed', sizeBytes, envelopes }
    return { kind: 'readable', sizeBytes, content: entries }
  }
  const text = textOf(plain)
  if (text === undefined) return { kind: 'opaque', sizeBytes }
  return { kind: 'readable', sizeBytes, content: jsonOf(text) ?? text }
}

/** A value is bound to its place, and where that names a row, it does so by something that stands in the row. */
function opened(
  cipher: DataCipher,
  { table, row }: RowOf,
  column: string,
  bytes: Buffer,
): Buffer | undefined {
  for (const name of rowNames(row)) {
    try {
      return cipher.open(bytes, name === undefined ? { table, column } : { table, column, row: name })
    } catch {
      // Another name, or none of them.
    }
  }
  return undefined
}

function rowNames(row: StoredRow): (string | undefined)[] {
  const names = Object.entries(row).flatMap(([column, value]) => {
    if (Buffer.isBuffer(value)) return NEVER_SHOWN.test(column) ? [value.toString('hex')] : []
    if (column === 'updates') return [`${value} updates`]
    return typeof value === 'string' || typeof value === 'number' ? [String(value)] : []
  })
  return [undefined, ...names]
}

/** What updates bring: plain values, and the sizes of those that are bytes. */
function elementsOf(updates: readonly Uint8Array[]): { entries: unknown[]; envelopes: number[] } {
  const contents = updates.flatMap(update =>
    Y.decodeUpdate(update).structs.flatMap(struct => (struct instanceof Y.Item ? [struct.content] : [])),
  )
  return {
    entries: contents.flatMap(content => (content instanceof Y.ContentAny ? content.arr : [])),
    envelopes: contents.flatMap(content =>
      content instanceof Y.ContentBinary ? [content.content.byteLength] : [],
    ),
  }
}

function textOf(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
