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
   * @throws CodedError `consent-required` for a local document, `document-sealed` for a sealed one, `too-large`
   */
  write(ref: DocumentRef, compute: (state: ReadonlyState) => readonly Write[]): Promise<readonly Register[]>
}

/** What a write has left of a document. */
export interface Written {
  readonly head: number
  /** Updates after the snapshot, the write's own included. */
  readonly tail: { readonly updates: number; readonly bytes: number; readonly deletes: boolean }
  readonly snapshotBytes: number
}

interface WriterServices {
  readonly pool: Pool
  readonly reader: DocumentReader
  readonly dataKeys: DataKeys
  readonly nowMs: () => number
  /** How large a document may become, history included: that is folded in long before. */
  readonly limits: { readonly documentBytes: number }
  /** Called after commit. */
  readonly onCommitted: (ref: DocumentRef, written: Written) => void
}

/** Makes the writer of this server. */
export function createDocumentWriter(services: WriterServices): DocumentWriter {
  return {
    async write(ref, compute) {
      const { registers, ...written } = await inTransaction(services.pool, db =>
        append(services, db, ref, compute),
      )
      services.onCommitted(ref, written)
      return registers
    },
  }
}

async function append(
  { reader, dataKeys, nowMs, limits }: WriterServices,
  db: Db,
  ref: DocumentRef,
  compute: (state: ReadonlyState) => readonly Write[],
): Promise<Written & { registers: readonly Register[] }> {
  const row = await lockDocument(db, ref)
  if (!row) throw new CodedError('consent-required')
  if (row.mode === 'sealed') throw new CodedError('document-sealed')
  const loaded = await reader.read(db, ref)
  if (!loaded) throw new CodedError('consent-required')
  const { registers, update } = writeTo(toYDoc(loaded), compute, nowMs)
  const updates = [...loaded.tail.map(each => each.update), update]
  const bytes = updates.reduce((sum, { length }) => sum + length, 0)
  const snapshotBytes = loaded.snapshot?.update.length ?? 0
  if (snapshotBytes + bytes > limits.documentBytes) throw new CodedError('too-large')
  const cipher = await dataKeys.cipherFor({ ...ref, generation: row.generation })
  const entry = { ...ref, generation: row.generation, updates: 1, data: cipher.seal(update, entryPlace(1)) }
  const [base] = await appendEntries(db, [entry])
  if (base === undefined) throw new CodedError('moved')
  // Whether it or what came before it has superseded anything nobody has looked: most writes do.
  const tail = { updates: updates.length, bytes, deletes: true }
  return { registers, head: base + 1, tail, snapshotBytes }
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
