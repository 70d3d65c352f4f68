// The server as a replica: an HTTP write becomes registers of the device `server`, appended like anybody's.
import {
  CodedError,
  DOCUMENT_NAMES,
  type JsonValue,
  type ReadonlyState,
  type Register,
  RegisterWriter,
  SERVER_DEVICE,
} from '@workforce-democracy/shared'
import { asPerson } from '../db/as-person.ts'
import type { Db, Pool } from '../db/database.ts'
import { appendEntries, readPersonBytes } from '../db/document-log.ts'
import { type DocumentRef, lockDocument } from '../db/documents.ts'
import { claimIdempotencyKey, type NamedWrite } from '../db/idempotency-keys.ts'
import type { DataKeys } from '../encryption/data-keys.ts'
import { chainLink } from './chain-link.ts'
import { type DocumentReader, entryPlace, updatesOf } from './document-reader.ts'
import type { WholeDocuments } from './whole-documents.ts'

/** One value to write under a key. */
export interface Write {
  readonly key: string
  readonly value: JsonValue
  /** When it was done, for what comes from elsewhere: it is written as of then, and not at all where something later is. */
  readonly asOfMs?: number
}

/** Writes to open documents on behalf of a person. */
export interface DocumentWriter {
  /**
   * Writes what `compute` makes of the newest state, and commits it. Returns the registers written: none for a write that
   * was done before under the name it has in `once`.
   *
   * @throws CodedError `consent-required` for a local document, `document-sealed` for a sealed one, `too-large`,
   * `idempotency-key-reused` where `once` is the name of another write
   */
  write(ref: DocumentRef, compute: Compute, once?: NamedWrite): Promise<readonly Register[]>
}

/** What a write has left of a document. */
export interface Written {
  readonly head: number
  /** Updates after the snapshot, the write's own included. */
  readonly tail: { readonly updates: number; readonly bytes: number; readonly deletes: boolean }
  readonly snapshotBytes: number
}

interface WriterLimits {
  readonly documentBytes: number
  readonly personBytes: number
}

interface WriterServices {
  readonly pool: Pool
  readonly reader: DocumentReader
  readonly documents: WholeDocuments
  readonly dataKeys: DataKeys
  readonly nowMs: () => number
  /** How large a document, and all of a person, may become, history included: that is folded in long before. */
  readonly limits: WriterLimits
  /** Called after commit. */
  readonly onCommitted: (ref: DocumentRef, written: Written) => void
}

/** Registers of one moment of a document, and the update that writes them. Its head is that of the moment. */
interface Prepared extends Written {
  readonly generation: number
  readonly registers: readonly Register[]
  readonly update: Uint8Array
}

/** Runs queries as the person: in a transaction that is there, or in one of their own. */
type Query = <T>(work: (db: Db) => Promise<T>) => Promise<T>

type Compute = (state: ReadonlyState) => readonly Write[]

/** Makes the writer of this server. */
export function createDocumentWriter(services: WriterServices): DocumentWriter {
  const { pool, onCommitted } = services
  return {
    async write(ref, compute, once) {
      // To build the document may take long: nobody waits for its lock meanwhile, unless somebody else wrote.
      const early = await prepare(services, work => asPerson(pool, ref.personId, work), ref, compute)
      const done = await asPerson(pool, ref.personId, async db => {
        if (once && !(await isNew(db, ref.personId, once))) return undefined
        const row = await lockDocument(db, ref)
        const isPresent = row?.generation === early.generation && row.head === early.head
        return append(
          services,
          db,
          ref,
          isPresent ? early : await prepare(services, work => work(db), ref, compute),
        )
      })
      if (!done) return []
      const { registers, ...written } = done
      onCommitted(ref, written)
      return registers
    },
  }
}

async function isNew(db: Db, personId: string, once: NamedWrite): Promise<boolean> {
  const claim = await claimIdempotencyKey(db, personId, once)
  if (claim === 'another') throw new CodedError('idempotency-key-reused')
  return claim === 'new'
}

async function prepare(
  { reader, documents, nowMs, limits }: WriterServices,
  query: Query,
  ref: DocumentRef,
  compute: Compute,
): Promise<Prepared> {
  const loaded = await query(db => reader.read(db, ref))
  if (!loaded) throw new CodedError('consent-required')
  const { generation, head, mode } = loaded
  if (mode === 'sealed') throw new CodedError('document-sealed')
  const updates = updatesOf(loaded)
  const { registers, update } = await documents.edit(ref, updates, present =>
    registersFor(present, compute, nowMs),
  )
  const snapshotBytes = loaded.snapshot?.update.length ?? 0
  const bytes = sizeOf([...updates, update]) - snapshotBytes
  if (!(await isWithin(limits, query, ref, snapshotBytes + bytes))) throw new CodedError('too-large')
  // Whether it or what came before it has superseded anything nobody has looked: most writes do.
  const tail = { updates: loaded.tail.length + 1, bytes, deletes: true }
  return { generation, head, registers, update, tail, snapshotBytes }
}

/** Whether a document of so many bytes is within the limits; what else its person has is asked for only near theirs. */
async function isWithin(
  { documentBytes, personBytes }: WriterLimits,
  query: Query,
  { personId, document }: DocumentRef,
  bytes: number,
): Promise<boolean> {
  if (bytes > documentBytes) return false
  if (bytes <= personBytes / DOCUMENT_NAMES.length) return true
  return bytes + (await query(db => readPersonBytes(db, personId, { except: document }))) <= personBytes
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
  return compute(state).flatMap(({ key, value, asOfMs }) =>
    asOfMs === undefined ? [writer.write(state, key, value)] : writer.bringIn(state, key, value, asOfMs),
  )
}

/** Under the lock of the document's row, which stands where this was prepared for. */
async function append(
  { dataKeys }: WriterServices,
  db: Db,
  ref: DocumentRef,
  { generation, registers, update, tail, snapshotBytes }: Prepared,
): Promise<Written & { registers: readonly Register[] }> {
  const cipher = await dataKeys.cipherFor({ ...ref, generation })
  const entry = {
    ...ref,
    generation,
    updates: 1,
    data: cipher.seal(update, entryPlace(1)),
    deletes: tail.deletes,
    link: chainLink([update]),
  }
  const [base] = await appendEntries(db, [entry])
  if (base === undefined) throw new CodedError('moved')
  return { registers, head: base + 1, tail, snapshotBytes }
}

const sizeOf = (updates: readonly Uint8Array[]) => updates.reduce((sum, { length }) => sum + length, 0)
