// The server as a replica: an HTTP write becomes registers of the device `server`, appended like anybody's.
import {
  CodedError,
  type JsonValue,
  type ReadonlyState,
  type Register,
  RegisterWriter,
  SERVER_DEVICE,
} from '@workforce-democracy/shared'
import { type Db, inTransaction, type Pool } from '../db/database.ts'
import { appendEntries } from '../db/document-log.ts'
import { type DocumentRef, lockDocument } from '../db/documents.ts'
import type { DataKeys } from '../encryption/data-keys.ts'
import { type DocumentReader, entryPlace, updatesOf } from './document-reader.ts'
import type { WholeDocuments } from './whole-documents.ts'

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
  readonly documents: WholeDocuments
  readonly dataKeys: DataKeys
  readonly nowMs: () => number
  /** Called after commit with the new head. */
  readonly onCommitted: (ref: DocumentRef, head: number) => void
}

/** Registers of one moment of a document, and the update that writes them. */
interface Prepared {
  readonly generation: number
  readonly head: number
  readonly registers: readonly Register[]
  readonly update: Uint8Array
}

type Compute = (state: ReadonlyState) => readonly Write[]

/** Makes the writer of this server. */
export function createDocumentWriter(services: WriterServices): DocumentWriter {
  const { pool, onCommitted } = services
  return {
    async write(ref, compute) {
      // To build the document may take long: nobody waits for its lock meanwhile, unless somebody else wrote.
      const early = await prepare(services, pool, ref, compute)
      const { registers, head } = await inTransaction(pool, async db => {
        const row = await lockDocument(db, ref)
        const isPresent = row?.generation === early.generation && row.head === early.head
        return append(services, db, ref, isPresent ? early : await prepare(services, db, ref, compute))
      })
      onCommitted(ref, head)
      return registers
    },
  }
}

async function prepare(
  { reader, documents, nowMs }: WriterServices,
  db: Db,
  ref: DocumentRef,
  compute: Compute,
): Promise<Prepared> {
  const loaded = await reader.read(db, ref)
  if (!loaded) throw new CodedError('consent-required')
  const { generation, head, mode } = loaded
  if (mode === 'sealed') throw new CodedError('document-sealed')
  const updates = updatesOf(loaded)
  const { registers: present } = await documents.read(ref, updates)
  const registers = registersFor(present, compute, nowMs)
  return { generation, head, registers, update: await documents.write(ref, updates, registers) }
}

function registersFor(
  present: readonly Register[],
  compute: Compute,
  nowMs: () => number,
): readonly Register[] {
  const state = new Map(present.map(register => [register.key, register]))
  const lastStamp = present.reduce(
    (last, { device, stamp }) => (device === SERVER_DEVICE ? Math.max(last, stamp) : last),
    0,
  )
  const writer = new RegisterWriter({ device: SERVER_DEVICE, lastStamp, nowMs })
  return compute(state).map(({ key, value }) => writer.write(state, key, value))
}

/** Under the lock of the document's row, which stands where this was prepared for. */
async function append(
  { dataKeys }: WriterServices,
  db: Db,
  ref: DocumentRef,
  { generation, registers, update }: Prepared,
): Promise<{ registers: readonly Register[]; head: number }> {
  const cipher = await dataKeys.cipherFor({ ...ref, generation })
  const entry = { ...ref, generation, updates: 1, data: cipher.seal(update, entryPlace(1)) }
  const [base] = await appendEntries(db, [entry])
  if (base === undefined) throw new CodedError('moved')
  return { registers, head: base + 1 }
}
