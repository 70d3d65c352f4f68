// The server as a replica: an HTTP write becomes registers of the device `server`, appended like anybody's.
import {
  CodedError,
  type JsonValue,
  type ReadonlyState,
  type Register,
  RegisterArray,
  RegisterWriter,
  SERVER_DEVICE,
} from '@workforce-democracy/shared'
import * as Y from 'yjs'
import { type Db, inTransaction, type Pool } from '../db/database.ts'
import { appendEntries } from '../db/document-log.ts'
import { type DocumentRef, lockDocument } from '../db/documents.ts'
import type { DataKeys } from '../encryption/data-keys.ts'
import { type DocumentReader, entryPlace, toYDoc } from './document-reader.ts'

/** One value to write under a key. */
export interface Write {
  readonly key: string
  readonly value: JsonValue
}

/** Writes to open documents on behalf of a person. */
export interface DocumentWriter {
  /**
   * Writes what `compute` makes of the newest state, and commits it. Returns the registers written.
   *
   * @throws CodedError `consent-required` for a local document, `document-sealed` for a sealed one
   */
  write(ref: DocumentRef, compute: (state: ReadonlyState) => readonly Write[]): Promise<readonly Register[]>
}

interface WriterServices {
  readonly pool: Pool
  readonly reader: DocumentReader
  readonly dataKeys: DataKeys
  readonly nowMs: () => number
  /** Called after commit with the new head. */
  readonly onCommitted: (ref: DocumentRef, head: number) => void
}

/** Makes the writer of this server. */
export function createDocumentWriter(services: WriterServices): DocumentWriter {
  return {
    async write(ref, compute) {
      const { registers, head } = await inTransaction(services.pool, db => append(services, db, ref, compute))
      services.onCommitted(ref, head)
      return registers
    },
  }
}

async function append(
  { reader, dataKeys, nowMs }: WriterServices,
  db: Db,
  ref: DocumentRef,
  compute: (state: ReadonlyState) => readonly Write[],
): Promise<{ registers: readonly Register[]; head: number }> {
  const row = await lockDocument(db, ref)
  if (!row) throw new CodedError('consent-required')
  if (row.mode === 'sealed') throw new CodedError('document-sealed')
  const loaded = await reader.read(db, ref)
  if (!loaded) throw new CodedError('consent-required')
  const { registers, update } = writeTo(toYDoc(loaded), compute, nowMs)
  const cipher = await dataKeys.cipherFor({ ...ref, generation: row.generation })
  const entry = { ...ref, generation: row.generation, updates: 1, data: cipher.seal(update, entryPlace(1)) }
  const [base] = await appendEntries(db, [entry])
  if (base === undefined) throw new CodedError('moved')
  return { registers, head: base + 1 }
}

/** Writes into a Yjs document that is thrown away after; what stays is the update. */
function writeTo(
  doc: Y.Doc,
  compute: (state: ReadonlyState) => readonly Write[],
  nowMs: () => number,
): { registers: readonly Register[]; update: Uint8Array } {
  const array = new RegisterArray(doc)
  const state = array.state()
  const before = Y.encodeStateVector(doc)
  const lastStamp = [...state.values()].reduce(
    (last, { device, stamp }) => (device === SERVER_DEVICE ? Math.max(last, stamp) : last),
    0,
  )
  const writer = new RegisterWriter({ device: SERVER_DEVICE, lastStamp, nowMs })
  const registers = compute(state).map(({ key, value }) => writer.write(state, key, value))
  array.write(registers)
  const update = Y.encodeStateAsUpdate(doc, before)
  array.destroy()
  doc.destroy()
  return { registers, update }
}
