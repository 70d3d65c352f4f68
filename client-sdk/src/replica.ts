// A person's documents on this device: held in memory, kept encrypted in the store, joined with what others write.
import {
  CodedError,
  compareRegisters,
  DOCUMENT_NAMES,
  type DocumentMode,
  type DocumentName,
  isOpenable,
  type JsonValue,
  type OpenableDocument,
  parseEntry,
  type ReadonlyState,
  type Register,
  RegisterWriter,
  SERVER_DEVICE,
} from '@workforce-democracy/shared'
import { type ModesOptions, modeKey, modesOn, openedBy, unconfirmedOn } from './modes.ts'
import { randomDeviceName } from './replica/device-name.ts'
import { type AppliedChange, type DocumentChange, DocumentReplica } from './replica/document-replica.ts'
import { DurableWaiters } from './replica/durable-waiters.ts'
import { GroupCommit } from './replica/group-commit.ts'
import { Listeners } from './replica/listeners.ts'
import { decodeRow, encodeRow, type MetaValue, type ReplicaRow } from './replica/replica-rows.ts'
import type { EncryptedRows, StoreFound } from './store/encrypted-rows.ts'
import { createPauses } from './store/pauses.ts'

/** A write that is saved on this device. */
export interface SavedWrite {
  /** What was written; empty when there was nothing to change. */
  readonly registers: readonly Register[]
  /**
   * Resolves once the server has each of the registers, or a greater one of its key.
   *
   * @throws CodedError `consent-required` at once for a document that is not synced from this device,
   * `client-closed` when the client closes before
   */
  durable(): Promise<void>
}

/** What a write puts under a key; `null` removes. */
export interface KeyValue {
  readonly key: string
  readonly value: JsonValue
}

/**
 * In what condition this device's store is: as it was found (see {@link StoreFound}), or `copied`: somebody else writes
 * under its name, from a copy of it, or it is itself an older copy that was put back.
 */
export type StoreCondition = StoreFound | 'copied'

/** What happened to a document. `registers` is empty when only more of it became durable, or a choice was confirmed. */
export interface ReplicaChange {
  readonly document: DocumentName
  readonly registers: readonly Register[]
}

/** What a replica is made of. */
export interface ReplicaOptions {
  readonly rows: EncryptedRows
  /** Milliseconds since 1970 by this device. */
  readonly now: () => number
  readonly randomBytes: (length: number) => Uint8Array
}

/**
 * Opens the replica in a store; a new store gets its device name, and one that was damaged another one: nobody knows what
 * it had written under the old name.
 *
 * @throws CodedError `store-damaged`, `store-failed`
 */
export async function openReplica(options: ReplicaOptions): Promise<Replica> {
  const { rows, randomBytes } = options
  const loaded: ReplicaRow[] = []
  const pauses = createPauses()
  for (const content of rows.contents) {
    loaded.push(decodeRow(content))
    await pauses.due()
  }
  const kept = loaded.find(row => row.kind === 'meta' && row.name === WRITER)
  if (kept) {
    const replica = new Replica(options, loaded)
    if (rows.found !== 'sound') await replica.takeNewName()
    return replica
  }
  const value: WriterRecord = { device: randomDeviceName(randomBytes), lastStamp: 0 }
  const made: ReplicaRow = { kind: 'meta', name: WRITER, value }
  await rows.put([encodeRow(made)])
  return new Replica(options, [...loaded, made])
}

/** What makes stamps monotonic across restarts: saved with every write. */
type WriterRecord = { readonly device: string; readonly lastStamp: number }
const WRITER = 'writer'
/** Documents that were opened on this device. */
const CONFIRMED = 'opened-here'

/** A unit of work in the queue: prepared on the newest state, then saved together with its neighbours. */
interface Job {
  /** Runs when its turn comes. What it throws rejects this job alone. */
  prepare(): { readonly change?: DocumentChange; readonly meta?: { name: string; value: MetaValue } }
  /** Local writes and imports are told to `onWritten`. */
  readonly isWrite: boolean
  resolve(changed: readonly Register[]): void
  reject(error: unknown): void
}

type Prepared = { readonly job: Job } & ReturnType<Job['prepare']>

/** What reading and writing documents takes: a replica, or what a tab has of another tab's. */
export type Documents = Pick<
  Replica,
  'state' | 'now' | 'device' | 'modes' | 'unconfirmed' | 'confirm' | 'write' | 'join' | 'subscribe'
>

export class Replica implements AsyncDisposable {
  readonly #rows: EncryptedRows
  readonly #now: () => number
  readonly #randomBytes: (length: number) => Uint8Array
  #writer: RegisterWriter
  #condition: StoreCondition
  readonly #documents = new Map(DOCUMENT_NAMES.map(name => [name, new DocumentReplica()]))
  readonly #metaByName = new Map<string, MetaValue>()
  readonly #waiters = new DurableWaiters()
  readonly #writtenListeners = new Listeners<[DocumentName, readonly Register[]]>()
  readonly #listeners = new Listeners<[ReplicaChange]>()
  readonly #conditionListeners = new Listeners()
  readonly #commits = new GroupCommit<Job>(jobs => this.#save(jobs))
  #serverOffsetMs = 0
  #canSeal = false
  #closed: Promise<void> | undefined

  /** See {@link openReplica}; `loaded` holds the writer's row. */
  constructor({ rows, now, randomBytes }: ReplicaOptions, loaded: readonly ReplicaRow[]) {
    this.#rows = rows
    this.#now = now
    this.#randomBytes = randomBytes
    this.#condition = rows.found
    for (const row of loaded) this.#load(row)
    this.#writer = this.#writerOf(this.#metaByName.get(WRITER) as WriterRecord)
  }

  /** In what condition the store is. */
  get condition(): StoreCondition {
    return this.#condition
  }

  /** Calls `listener` when the condition has become another one; returns how to stop that. */
  onCondition(listener: () => void): () => void {
    return this.#conditionListeners.add(listener)
  }

  /** Names this store as a writer: 8 characters a–z0–9, drawn anew only when somebody else may write under it. */
  get device(): string {
    return this.#writer.device
  }

  /** Milliseconds since 1970, corrected by the server's clock when known. */
  now(): number {
    return this.#now() + this.#serverOffsetMs
  }

  /** Takes note how far the server's clock is ahead of this device's. */
  setServerOffset(offsetMs: number): void {
    this.#serverOffsetMs = offsetMs
  }

  /** What is saved of a document. It changes in place. */
  state(document: DocumentName): ReadonlyState {
    return this.#document(document).state
  }

  /** The modes of the documents that this device syncs. */
  modes(): ReadonlyMap<DocumentName, DocumentMode> {
    return modesOn(this.#choices)
  }

  /** The documents that were opened elsewhere, and of which nothing is sent from here until {@link confirm}. */
  unconfirmed(): OpenableDocument[] {
    return unconfirmedOn(this.#choices)
  }

  /**
   * Takes note that the person wants these documents open here too, wherever they are.
   *
   * @throws CodedError `store-failed`, `client-closed`
   */
  async confirm(documents: readonly OpenableDocument[]): Promise<void> {
    await this.#enqueue(false, () => ({ meta: this.#confirmedWith(documents) }))
    this.#listeners.call({ document: 'settings', registers: [] })
  }

  /** Takes note whether this device has the keys of sealed documents. Without them these are local. */
  setCanSeal(canSeal: boolean): void {
    this.#canSeal = canSeal
  }

  /** How many registers the server lacks, of one document or of all. */
  pendingCount(document?: DocumentName): number {
    const documents = document ? [this.#document(document)] : [...this.#documents.values()]
    return documents.reduce((sum, { pendingCount }) => sum + pendingCount, 0)
  }

  /** The registers of a document that the server lacks. */
  pendingRegisters(document: DocumentName): Register[] {
    return this.#document(document).pendingRegisters()
  }

  /**
   * Writes to a document. `compute` sees the newest state when the write's turn comes; what arrives while a commit is
   * under way is saved together in the next, or in several where it is very much. Memory and listeners change once it is
   * saved.
   *
   * @throws CodedError `store-failed`, `client-closed`, `invalid-key`, `invalid-input`, and what `compute` throws
   */
  async write(
    document: DocumentName,
    compute: (state: ReadonlyState) => readonly KeyValue[],
  ): Promise<SavedWrite> {
    let registers: readonly Register[] = []
    await this.#enqueue(true, () => {
      const values = compute(this.state(document)).map(checkKeyValue)
      registers = values.map(({ key, value }) => this.#writer.write(this.state(document), key, value))
      const change = { document, registers, onServer: [] }
      const opened = document === 'settings' ? openedBy(registers) : []
      if (opened.length === 0) return { change }
      // Together with the mode: who has opened a document here follows when another device opens it again.
      return { change, meta: this.#confirmedWith(opened) }
    })
    return { registers, durable: () => this.durable(document, registers) }
  }

  /**
   * Joins registers of other writers; returns those that changed the state. `durable` says that they came from the
   * server, else they are pending.
   *
   * @throws CodedError `store-failed`, `client-closed`
   */
  async join(
    document: DocumentName,
    registers: readonly Register[],
    { durable }: { readonly durable: boolean },
  ): Promise<Register[]> {
    const change = { document, registers, onServer: durable ? registers : [] }
    const joined = this.#enqueue(!durable, () => {
      if (this.#isWrittenByCopy(document, registers)) void this.#onCopy()
      return { change }
    })
    return [...(await joined)]
  }

  /**
   * Goes on under a new device name, and takes along which documents are synced. What was written under the old one stays
   * as it is.
   *
   * @throws CodedError `store-failed`, `client-closed`
   */
  async takeNewName(): Promise<void> {
    await this.#enqueue(true, () => {
      const modes = this.modes()
      const { lastStamp } = this.#writer
      this.#writer = this.#writerOf({ device: randomDeviceName(this.#randomBytes), lastStamp })
      const settings = this.state('settings')
      const registers = [...modes]
        .filter(([document]) => isOpenable(document))
        .map(([document, mode]) => this.#writer.write(settings, modeKey(document), mode))
      const meta = { name: WRITER, value: this.#writerRecord() }
      return { change: { document: 'settings', registers, onServer: [] }, meta }
    })
  }

  /**
   * Resolves once the server has each of the registers, or a greater one of its key.
   *
   * @throws CodedError `consent-required` for a document that is not synced from this device, `client-closed`
   */
  async durable(document: DocumentName, registers: readonly Register[]): Promise<void> {
    const missing = registers.filter(register => !this.#document(document).isOnServer(register))
    if (missing.length === 0) return
    if (this.#closed) throw new CodedError('client-closed')
    if (!this.modes().has(document)) throw new CodedError('consent-required')
    await Promise.all(missing.map(register => this.#waiters.wait(document, register)))
  }

  /** Takes note that the server has these registers. */
  async markDurable(document: DocumentName, registers: readonly Register[]): Promise<void> {
    await this.#enqueue(false, () => ({ change: { document, registers: [], onServer: registers } }))
  }

  /** Small values of this device beside the documents: kept encrypted, never synced, never exported. */
  readonly meta = {
    get: (name: string): MetaValue | undefined => this.#metaByName.get(name),
    /** `null` stands for nothing. */
    set: async (name: string, value: MetaValue): Promise<void> => {
      await this.#enqueue(false, () => ({ meta: { name, value } }))
    },
  }

  /** Calls `listener` after each saved write or import; returns how to stop that. */
  onWritten(listener: (document: DocumentName, registers: readonly Register[]) => void): () => void {
    return this.#writtenListeners.add(listener)
  }

  /** Calls `listener` after any change; returns how to stop that. */
  subscribe(listener: (change: ReplicaChange) => void): () => void {
    return this.#listeners.add(listener)
  }

  /** Saves what is under way, and lets go of the store. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    await this.#commits.idle()
    this.#waiters.reject(() => true, new CodedError('client-closed'))
    await this.#rows.close()
  }

  get #choices(): ModesOptions {
    const settings = this.state('settings')
    return { device: this.device, settings, canSeal: this.#canSeal, confirmed: this.#confirmed }
  }

  #confirmedWith(documents: readonly string[]): { name: string; value: MetaValue } {
    return { name: CONFIRMED, value: [...new Set([...this.#confirmed, ...documents])].sort() }
  }

  get #confirmed(): ReadonlySet<string> {
    const kept = this.#metaByName.get(CONFIRMED)
    return new Set(Array.isArray(kept) ? kept.filter(name => typeof name === 'string') : [])
  }

  /** A register under our name that is not beaten by what we have: we save what we write before anybody can send it back. */
  #isWrittenByCopy(document: DocumentName, registers: readonly Register[]): boolean {
    const state = this.state(document)
    return registers.some(register => {
      const ours = state.get(register.key)
      return register.device === this.device && (!ours || compareRegisters(ours, register) < 0)
    })
  }

  async #onCopy(): Promise<void> {
    const found = this.#condition
    this.#condition = 'copied'
    // Where it cannot be saved the next such register tries again.
    await this.takeNewName().catch(() => undefined)
    if (found !== 'copied') this.#conditionListeners.call()
  }

  #writerOf(record: WriterRecord): RegisterWriter {
    return new RegisterWriter({ ...record, nowMs: () => this.now() })
  }

  #document(name: DocumentName): DocumentReplica {
    const document = this.#documents.get(name)
    if (!document) throw new CodedError('unknown-document')
    return document
  }

  #load(row: ReplicaRow): void {
    if (row.kind === 'meta') this.#metaByName.set(row.name, row.value)
    else {
      const onServer = row.pending ? [] : [row.register]
      this.#document(row.document).apply({ registers: [row.register], onServer })
    }
  }

  #enqueue(isWrite: boolean, prepare: Job['prepare']): Promise<readonly Register[]> {
    if (this.#closed) return Promise.reject(new CodedError('client-closed'))
    return new Promise((resolve, reject) => {
      this.#commits.add({ prepare, isWrite, resolve, reject })
    })
  }

  async #save(jobs: readonly Job[]): Promise<void> {
    const { prepared, rows } = this.#prepare(jobs)
    try {
      if (rows.length > 0) await this.#rows.put(rows.map(encodeRow))
    } catch (cause) {
      const error = cause instanceof CodedError ? cause : new CodedError('store-failed', undefined, { cause })
      for (const { job } of prepared) job.reject(error)
      return
    }
    for (const each of prepared) this.#apply(each)
  }

  /** Tries the jobs one after the other on the state, notes the rows that come of them, and takes everything back. */
  #prepare(jobs: readonly Job[]): { prepared: readonly Prepared[]; rows: ReplicaRow[] } {
    const prepared: Prepared[] = []
    const applied: AppliedChange[] = []
    const rowsByName = new Map<string, () => ReplicaRow>()
    for (const job of jobs) {
      try {
        const effect = job.prepare()
        prepared.push({ job, ...effect })
        const { change, meta } = effect
        if (meta) rowsByName.set(`meta/${meta.name}`, () => ({ kind: 'meta', ...meta }))
        if (!change) continue
        const document = this.#document(change.document)
        const trial = document.apply(change)
        applied.push(trial)
        for (const key of trial.touched)
          rowsByName.set(`${change.document}/${key}`, () => this.#registerRow(change.document, key))
      } catch (error) {
        job.reject(error)
      }
    }
    if (applied.some(({ changed }) => changed.some(({ device }) => device === this.device)))
      rowsByName.set(`meta/${WRITER}`, () => this.#writerRow())
    const rows = Array.from(rowsByName.values(), row => row())
    for (const { undo } of applied.reverse()) undo()
    return { prepared, rows }
  }

  #registerRow(name: DocumentName, key: string): ReplicaRow {
    const document = this.#document(name)
    const register = document.state.get(key)
    if (!register) throw new CodedError('internal')
    return { kind: 'register', document: name, register, pending: document.isPending(key) }
  }

  #writerRow(): ReplicaRow {
    return { kind: 'meta', name: WRITER, value: this.#writerRecord() }
  }

  #writerRecord(): WriterRecord {
    const { device, lastStamp } = this.#writer
    return { device, lastStamp }
  }

  #apply({ job, change, meta }: Prepared): void {
    if (meta) this.#metaByName.set(meta.name, meta.value)
    const { changed, touched } = change
      ? this.#document(change.document).apply(change)
      : { changed: [], touched: [] }
    if (change) this.#announce(change, changed, touched, job.isWrite)
    job.resolve(changed)
  }

  #announce(
    { document, onServer }: DocumentChange,
    changed: readonly Register[],
    touched: readonly string[],
    isWrite: boolean,
  ): void {
    const replica = this.#document(document)
    this.#waiters.settle(
      document,
      onServer.map(({ key }) => key),
      register => replica.isOnServer(register),
    )
    if (document === 'settings' && changed.length > 0) {
      const modes = this.modes()
      this.#waiters.reject(name => !modes.has(name), new CodedError('consent-required'))
    }
    if (isWrite && changed.length > 0) this.#writtenListeners.call(document, changed)
    if (touched.length > 0) this.#listeners.call({ document, registers: changed })
  }
}

function checkKeyValue({ key, value }: KeyValue): KeyValue {
  if (!parseEntry([key, 1, SERVER_DEVICE, null])) throw new CodedError('invalid-key')
  if (!parseEntry([key, 1, SERVER_DEVICE, value]))
    throw new CodedError('invalid-input', 'It cannot be kept as JSON.')
  return { key, value }
}
