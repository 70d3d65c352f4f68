// The room of one document on this server: takes updates from its sessions, hands them to the log,
// acknowledges and relays after commit. It knows what the document holds, not its bytes.
import {
  CodedError,
  type DocumentMode,
  encodeMessage,
  errorCode,
  isOpenable,
} from '@workforce-democracy/shared'
import type { Logger } from 'pino'
import type { Pool } from '../db/database.ts'
import { leaseForStock } from '../db/document-moves.ts'
import {
  addDocuments,
  type DocumentChange,
  type DocumentRef,
  type DocumentRow,
  findDocument,
} from '../db/documents.ts'
import {
  type DocumentReader,
  type LoadedDocument,
  type LoggedUpdate,
  updatesOf,
} from '../documents/document-reader.ts'
import type { Metrics } from '../metrics.ts'
import type { CompactionTrigger } from './compaction.ts'
import { decodeUpdate } from './decoded-update.ts'
import { DocumentQuota } from './document-quota.ts'
import type { DocumentWorker } from './document-worker.ts'
import type { Intake } from './intake.ts'
import { KnownState } from './known-state.ts'
import type { SyncLimits } from './limits.ts'
import { type Accepted, Reception, type ReceptionHost } from './reception.ts'
import type { Session } from './session.ts'
import { answerStep1 } from './step1-answer.ts'
import { Step1Queue } from './step1-queue.ts'
import type { Trials } from './trials.ts'
import { createTurns, type Turns } from './turns.ts'
import type { UpdateLog } from './update-log.ts'

/** From how many bytes on a document is large, and from how many steps of Yjs, which are a tenth of a second. */
const LARGE_BYTES = 1024 * 1024
const LARGE_STEPS = 500_000
/** What rooms are made of. */
export interface RoomServices {
  readonly pool: Pool
  readonly log: UpdateLog
  readonly reader: DocumentReader
  readonly compaction: CompactionTrigger
  readonly worker: DocumentWorker
  readonly trials: Trials
  /** Taken for answers that have a large document in memory. */
  readonly largeAnswers: Turns
  readonly intake: Intake
  readonly limits: SyncLimits
  readonly metrics: Pick<Metrics, 'acknowledged'>
  readonly logger: Logger
  /** Called after new positions of a document were committed by this room. */
  readonly onCommitted: (ref: DocumentRef, head: number) => void
}

/** How far a room has come. Generation 0 is a local document that nobody has opened yet. */
export interface RoomStanding extends DocumentRef {
  readonly generation: number
  readonly position: number
}

interface Standing {
  generation: number
  mode: DocumentMode | undefined
  position: number
}

export class Room implements ReceptionHost {
  readonly ref: DocumentRef
  readonly #services: RoomServices
  readonly #sessions = new Set<Session>()
  readonly #standing: Standing
  readonly #known: KnownState
  readonly #quota: DocumentQuota
  /** What was loaded, kept until the first step 1 is answered: so a cold start reads once. */
  #loaded: LoadedDocument | undefined
  readonly #step1s = new Step1Queue()
  readonly #largeAnswer = createTurns(1)
  readonly #reception: Reception
  readonly #pending: Accepted[] = []
  #committing = false
  #committed: Promise<void> | undefined
  /** How far the log has come by what others say; looked up after our own commits. */
  #announcedHead = 0
  #discarded = false

  private constructor(
    ref: DocumentRef,
    services: RoomServices,
    loaded: LoadedDocument | undefined,
    known: KnownState,
  ) {
    this.ref = ref
    this.#services = services
    this.#loaded = loaded
    this.#standing = {
      generation: loaded?.generation ?? 0,
      mode: loaded?.mode,
      position: loaded?.head ?? 0,
    }
    this.#known = known
    this.#quota = new DocumentQuota(ref, services, loaded ? sizeOf(updatesOf(loaded)) : 0)
    this.#reception = new Reception(this, services, known, this.#quota)
  }

  /** Loads a document into a new room. */
  static async load(ref: DocumentRef, services: RoomServices): Promise<Room> {
    const loaded = await services.reader.read(services.pool, ref)
    if (!loaded) return new Room(ref, services, undefined, new KnownState())
    const { known, deletes } = await summaryOf(services.worker, loaded)
    const { snapshot, tail } = loaded
    const bytes = sizeOf(tail.map(({ update }) => update))
    services.compaction.opened(ref, { updates: tail.length, bytes, deletes }, snapshot?.update.length ?? 0)
    return new Room(ref, services, loaded, known)
  }

  get standing(): RoomStanding {
    const { generation, position } = this.#standing
    return { ...this.ref, generation, position }
  }

  get generation(): number {
    return this.#standing.generation
  }

  get mode(): DocumentMode | undefined {
    return this.#standing.mode
  }

  /** Whether nobody is here and nothing is under way. */
  get isIdle(): boolean {
    return this.#sessions.size === 0 && !this.#committing && !this.#reception.isBusy
  }

  get sessions(): ReadonlySet<Session> {
    return this.#sessions
  }

  /** Gives the document a mode if it is local: opens it unless told otherwise. What has a mode keeps it. */
  async openIfLocal(mode: DocumentMode = 'open'): Promise<void> {
    const { personId, document } = this.ref
    if (this.#standing.generation > 0 || (mode === 'open' && !isOpenable(document))) return
    await addDocuments(this.#services.pool, personId, [document], mode)
    await this.#noticeOpened()
    if (this.#standing.generation === 0 && !this.#discarded) throw new CodedError('not-found')
  }

  /** Looks whether a local document has been opened. Opens nothing: what others say is a hint. */
  async #noticeOpened(): Promise<void> {
    if (this.#standing.generation > 0) return
    const row = await findDocument(this.#services.pool, this.ref)
    if (!row) return
    // Whoever came to a local document does not know that it is sealed now.
    if (row.mode === 'sealed' && this.#sessions.size > 0) return this.#leave(row)
    this.#standing.generation = row.generation
    this.#standing.mode = row.mode
    if (this.hasStock) await this.leaseForStock()
  }

  /** Whether a stock client is here. */
  get hasStock(): boolean {
    for (const session of this.#sessions) if (session.isStock) return true
    return false
  }

  /** Tells all servers that a stock client is here, or about to be. Returns `false` when the document has moved. */
  async leaseForStock(): Promise<boolean> {
    const { generation } = this.#standing
    if (generation === 0) return true
    if ((await leaseForStock(this.#services.pool, [{ ...this.ref, generation }])).length > 0) return true
    await this.leaveIfMoved()
    return false
  }

  /** Lets a session in, and asks it for what the server lacks. */
  enter(session: Session): void {
    this.#sessions.add(session)
    session.sendStep1(this.#known.encodeStateVector())
  }

  leave(session: Session): void {
    this.#sessions.delete(session)
  }

  /** Takes a step 2 or an update. */
  receive(session: Session, type: 'step2' | 'update', update: Uint8Array): void {
    this.#reception.receive(session, type, update)
  }

  /** Answers a step 1. */
  async answer(session: Session, stateVector: Uint8Array): Promise<void> {
    await this.#step1s.add(session, stateVector, asked => {
      const answer = () => this.#answer(session, asked)
      // Whoever has a large document takes one of the places, however many connections ask.
      return this.#isLarge ? this.#largeAnswer(() => this.#services.largeAnswers(answer)) : answer()
    })
  }

  get #isLarge(): boolean {
    return this.#quota.bytes > LARGE_BYTES || this.#known.loadSteps > LARGE_STEPS
  }

  async #answer(session: Session, stateVector: Uint8Array): Promise<void> {
    if (!session.isOpen) return
    const { pool, reader, worker } = this.#services
    const fresh = this.#loaded
    this.#loaded = undefined
    const loaded = fresh?.head === this.#standing.position ? fresh : await reader.read(pool, this.ref)
    const { generation } = this.#standing
    // What another generation holds belongs into no Yjs document of this one.
    if (loaded && generation > 0 && loaded.generation !== generation) return this.#closeMoved()
    const answer = await answerStep1(worker, this.ref, loaded, stateVector, session.cursor)
    session.sendAnswer(answer, this.#standing.position)
  }

  /** Takes an awareness update: every session gets it, also the one that sent it, which would otherwise think us gone. */
  relayAwareness(session: Session, update: Uint8Array): void {
    session.awareness = update
    const frame = encodeMessage({ type: 'awareness', update })
    for (const each of this.#sessions) each.sendFrame(frame)
  }

  /** Sends what others announced. */
  answerAwarenessQuery(session: Session): void {
    for (const { awareness } of this.#sessions)
      if (awareness) session.send({ type: 'awareness', update: awareness })
  }

  /** Takes note that the log has moved on without this room, and relays what is new. */
  async advanced(head: number): Promise<void> {
    this.#announcedHead = Math.max(this.#announcedHead, head)
    // While a commit is under way it looks itself, so that relays stay in the order of positions.
    if (!this.#committing) this.#committed = this.#commit()
    await this.#committed
  }

  /** Takes note that the document has moved on, or was opened, moved or deleted by another server. */
  async changed({ generation, head }: DocumentChange): Promise<void> {
    const known = this.#standing.generation
    if (known > 0 && generation !== known) await this.leaveIfMoved().catch(error => this.discard(error))
    await this.advanced(head)
  }

  /** Closes every session. */
  close(closeCode: number, reason: string): void {
    for (const session of this.#sessions) session.closeWith(closeCode, reason)
  }

  /** Resolves when everything received so far is committed or refused. */
  async settled(): Promise<void> {
    while (this.#reception.isBusy || this.#committing)
      await Promise.all([this.#reception.settled, this.#committed])
  }

  /** Takes what fits, or adds nothing, on its way to the log. */
  accept(accepted: Accepted): void {
    this.#pending.push(accepted)
    if (!this.#committing) this.#committed = this.#commit()
  }

  /** Resolves when all that was accepted is in the log, or not going to be. */
  async committed(): Promise<void> {
    await this.#committed
  }

  async #commit(): Promise<void> {
    this.#committing = true
    try {
      while (!this.#discarded) {
        const batch = this.#pending.splice(0)
        if (batch.length > 0) {
          await this.#commitBatch(batch).finally(() => this.#services.intake.remove(pendingBytes(batch)))
        } else if (this.#announcedHead > this.#standing.position) await this.#follow()
        else break
      }
    } catch (error) {
      this.discard(error)
    } finally {
      this.#committing = false
    }
  }

  /** Takes in what others were said to have written. */
  async #follow(): Promise<void> {
    this.#announcedHead = 0
    await this.#noticeOpened()
    if (this.#discarded) return
    await this.catchUp()
    for (const session of this.#sessions) session.sendDurable(this.#standing.position)
  }

  async #commitBatch(batch: readonly Accepted[]): Promise<void> {
    const withUpdate = batch.flatMap(({ session, update }) => (update ? { session, update } : []))
    if (withUpdate.length > 0) {
      const target = { ...this.ref, generation: this.#standing.generation }
      const base = await this.#services.log.append(
        target,
        withUpdate.map(({ update }) => update),
        batch.some(({ deletes }) => deletes),
      )
      if (base === 'moved') return this.#closeMoved()
      // Others may have written between our last position and this commit: relays go out in the order of positions.
      if (base > this.#standing.position) await this.catchUp(base)
      for (const [n, { session, update }] of withUpdate.entries()) {
        this.#relay({ position: base + n + 1, update }, session)
      }
    }
    const nowMs = performance.now()
    for (const { session, number, atMs } of batch) {
      session.committed(number)
      this.#services.metrics.acknowledged((nowMs - atMs) / 1000)
    }
    for (const session of this.#sessions) session.sendDurable(this.#standing.position)
    if (withUpdate.length > 0) this.#afterCommit(batch, withUpdate.length)
  }

  #afterCommit(batch: readonly Accepted[], updates: number): void {
    this.#services.onCommitted(this.ref, this.#standing.position)
    const deletes = batch.some(({ deletes }) => deletes)
    this.#services.compaction.committed(this.ref, { updates, bytes: pendingBytes(batch), deletes })
  }

  /** Sends an update to all but its sender, once. */
  #relay({ position, update }: LoggedUpdate, sender?: Session): void {
    if (position <= this.#standing.position) return
    const frame = encodeMessage({ type: 'update', update })
    for (const session of this.#sessions) if (session !== sender) session.sendFrame(frame)
    this.#standing.position = position
    // Not the whole document any more.
    this.#loaded = undefined
  }

  /** Takes in and relays what the log holds after our position, at most up to `limit`. */
  async catchUp(limit = Number.POSITIVE_INFINITY): Promise<void> {
    const { pool, reader } = this.#services
    const { generation, position } = this.#standing
    const updates = await reader.readAfter(pool, this.ref, generation, position)
    if (!updates) return this.#reload()
    for (const logged of updates) {
      if (logged.position > limit) break
      if (logged.position > this.#standing.position) this.#quota.add(logged.update.length)
      this.#known.add(decodeUpdate(logged.update))
      this.#relay(logged)
    }
  }

  /** A snapshot has swallowed what we had not seen: sends the document whole. */
  async #reload(): Promise<void> {
    const loaded = await this.#services.reader.read(this.#services.pool, this.ref)
    if (!loaded || loaded.generation !== this.#standing.generation) return this.#closeMoved()
    for (const update of updatesOf(loaded)) this.#known.add(decodeUpdate(update))
    for (const session of this.#sessions) {
      for (const update of updatesOf(loaded)) session.send({ type: 'update', update })
    }
    this.#standing.position = Math.max(this.#standing.position, loaded.head)
  }

  /** Looks where the document is, since whoever told us may have known less than we do, and ends when it has moved. */
  async leaveIfMoved(): Promise<void> {
    const row = await findDocument(this.#services.pool, this.ref)
    if (row?.generation !== this.#standing.generation) this.#leave(row)
  }

  async #closeMoved(): Promise<void> {
    this.#leave(await findDocument(this.#services.pool, this.ref))
  }

  #leave(row: DocumentRow | undefined): void {
    this.#end()
    for (const session of this.#sessions) {
      if (row) session.closeMoved(row.generation)
      // Documents are only deleted with their account.
      else session.close(this.#standing.generation > 0 ? 'account-deleted' : 'not-found')
    }
  }

  /** After a failure nobody knows what is stored: every session starts again from what Postgres has. */
  discard(error: unknown): void {
    this.#services.logger.error({ code: errorCode(error) }, 'a room was discarded')
    this.#end()
    for (const session of this.#sessions) session.close('overloaded')
  }

  #end(): void {
    this.#discarded = true
    this.#services.intake.remove(pendingBytes(this.#pending.splice(0)))
  }

  /** Whether the room must not be entered any more. */
  get isDiscarded(): boolean {
    return this.#discarded
  }
}

/** What a document holds, and whether its tail deletes. Only what its snapshot has no summary of is decoded. */
async function summaryOf(
  worker: DocumentWorker,
  loaded: LoadedDocument,
): Promise<{ known: KnownState; deletes: boolean }> {
  const { snapshot, tail } = loaded
  const summary = snapshot?.summary
  if (summary && tail.length === 0) return { known: KnownState.decode(summary), deletes: false }
  const updates = summary ? tail.map(({ update }) => update) : updatesOf(loaded)
  const found = await worker.run('summarize', { updates, summary })
  return { known: KnownState.decode(found.summary), deletes: found.deletes }
}

const sizeOf = (updates: readonly Uint8Array[]) => updates.reduce((sum, { length }) => sum + length, 0)

const pendingBytes = (batch: readonly Accepted[]) =>
  sizeOf(batch.flatMap(({ update }) => (update ? [update] : [])))
