// What comes to a room: each message in the order of its arrival is taken, asked for again, tried first, or refused.
import { type DocumentMode, type ErrorCode, errorCode, isOpenable } from '@workforce-democracy/shared'
import type { Pool } from '../db/database.ts'
import type { DocumentRef } from '../db/documents.ts'
import { type DocumentReader, updatesOf } from '../documents/document-reader.ts'
import { hasFormOf } from '../documents/update-content.ts'
import { type DecodedUpdate, decodeUpdate, deletes } from './decoded-update.ts'
import type { DocumentQuota } from './document-quota.ts'
import type { Intake } from './intake.ts'
import type { KnownState, Verdict } from './known-state.ts'
import type { Session } from './session.ts'
import type { Trials } from './trials.ts'

/** What may wait here while an update is tried: sockets of everybody are left unread where too much waits (SPEC P16). */
const MAX_WAITING_BYTES = 1024 * 1024

interface Received {
  readonly session: Session
  readonly type: 'step2' | 'update'
  readonly number: number
  readonly update: Uint8Array
  /** Monotonic milliseconds. */
  readonly atMs: number
}

/** A message on its way to the log; without an update it only waits for those before it. */
export interface Accepted {
  readonly session: Session
  readonly number: number
  readonly update: Uint8Array | undefined
  readonly deletes: boolean
  /** Monotonic milliseconds of its reception. */
  readonly atMs: number
}

/** The room that the messages come to. */
export interface ReceptionHost {
  readonly ref: DocumentRef
  /** 0 for a local document. */
  readonly generation: number
  readonly mode: DocumentMode | undefined
  readonly isDiscarded: boolean
  openIfLocal(): Promise<void>
  /** Takes in what the log has that the room does not know. */
  catchUp(): Promise<void>
  accept(accepted: Accepted): void
  /** Resolves when all that was accepted is in the log, or not going to be. */
  committed(): Promise<void>
  discard(error: unknown): void
}

interface ReceptionServices {
  readonly pool: Pool
  readonly reader: DocumentReader
  readonly trials: Trials
  readonly intake: Intake
}

/** Takes the messages of one room's sessions. */
export class Reception {
  readonly #host: ReceptionHost
  readonly #services: ReceptionServices
  readonly #known: KnownState
  readonly #quota: DocumentQuota
  readonly #inbox: Received[] = []
  #trying = false
  #pumping = false
  #pumped: Promise<void> | undefined

  /** @param known what the document holds; what is accepted is added to it at once */
  constructor(host: ReceptionHost, services: ReceptionServices, known: KnownState, quota: DocumentQuota) {
    this.#host = host
    this.#services = services
    this.#known = known
    this.#quota = quota
  }

  /** Whether something waits. */
  get isBusy(): boolean {
    return this.#pumping
  }

  /** Resolves when what waits now is accepted or refused. */
  get settled(): Promise<void> | undefined {
    return this.#pumped
  }

  /** Takes a step 2 or an update. Messages are handled strictly in the order of their arrival. */
  receive(session: Session, type: 'step2' | 'update', update: Uint8Array): void {
    this.#services.intake.add(update.length)
    const received = { session, type, number: session.count(type), update, atMs: performance.now() }
    if (this.#trying && this.#waitingBytes + update.length > MAX_WAITING_BYTES)
      this.#refuse(received, 'overloaded')
    else if (this.#pumping) this.#inbox.push(received)
    else this.#take(received)
  }

  get #waitingBytes(): number {
    return this.#inbox.reduce((sum, { update }) => sum + update.length, 0)
  }

  /** Handles a message; those that come while it has to wait are handled after it. */
  #take(received: Received): void {
    try {
      const work = this.#handle(received)
      if (work) this.#pumped = this.#pump(received, work)
    } catch (error) {
      this.#host.discard(error)
      this.#release(received)
    }
  }

  async #pump(first: Received, work: Promise<void>): Promise<void> {
    this.#pumping = true
    let received: Received | undefined = first
    try {
      await work
      for (received = this.#inbox.shift(); received; received = this.#inbox.shift())
        await this.#handle(received)
    } catch (error) {
      this.#host.discard(error)
      for (const each of [...(received ? [received] : []), ...this.#inbox.splice(0)]) this.#release(each)
    } finally {
      this.#pumping = false
    }
  }

  /** Synchronous for the usual case; only what has to ask Postgres first gives a promise. */
  #handle(received: Received): Promise<void> | undefined {
    const { session, update } = received
    if (this.#host.isDiscarded || !session.isOpen) return this.#release(received)
    const decoded = tryDecode(update)
    if (!decoded || (this.#host.mode === 'sealed' && !hasFormOf('sealed', decoded.structs)))
      return this.#refuse(received, 'malformed-message')
    if (session.isLeftOut(received.type)) return this.#release(received)
    const verdict = this.#known.assess(decoded)
    if (verdict === 'incomplete') return this.#handleIncomplete(received, decoded)
    return this.#handleComplete(received, decoded, verdict)
  }

  #handleComplete(
    received: Received,
    decoded: DecodedUpdate,
    verdict: Exclude<Verdict, 'incomplete'>,
  ): Promise<void> | undefined {
    if (verdict === 'untried') return this.#try(received, decoded)
    if (verdict === 'fits' && this.#host.generation === 0) return this.#openBy(received, decoded)
    if (verdict === 'fits' && this.#quota.isNear(received.update.length))
      return this.#acceptWithin(received, decoded)
    this.#accept(received, verdict === 'fits' ? decoded : undefined)
    return undefined
  }

  /** What it rests on may have come through another server: look there before asking the client. */
  async #handleIncomplete(received: Received, decoded: DecodedUpdate): Promise<void> {
    await this.#host.catchUp()
    const verdict = this.#known.assess(decoded)
    if (verdict !== 'incomplete') return this.#handleComplete(received, decoded, verdict)
    const { session, type } = received
    const next = session.holdCount(type)
    if (next === 'refuse') return this.#refuse(received, 'malformed-message')
    if (next === 'ask') session.sendStep1(this.#known.encodeStateVector())
    this.#release(received)
  }

  /** What may cost Yjs much is taken only when it was seen to cost little (SPEC P31). */
  async #try(received: Received, decoded: DecodedUpdate): Promise<void> {
    // All that was accepted is to be in the log, for the document is read from there.
    await this.#host.committed()
    if (this.#host.isDiscarded) return this.#release(received)
    const code = await this.#trial(received.update).catch(errorCode)
    if (code) return this.#refuse(received, code)
    this.#known.tried(decoded)
    return this.#handle(received)
  }

  /** The code that the update is to be refused with, if any. */
  async #trial(update: Uint8Array): Promise<ErrorCode | undefined> {
    const { pool, reader, trials, intake } = this.#services
    const loaded = await reader.read(pool, this.#host.ref)
    this.#trying = true
    // Trials have a limit of their own.
    intake.remove(update.length)
    try {
      const updates = [...(loaded ? updatesOf(loaded) : []), update]
      return (await trials.passes(this.#host.ref, updates)) ? undefined : 'too-costly'
    } finally {
      intake.add(update.length)
      this.#trying = false
    }
  }

  /** A client's first update opens a local document, where the server may read it at all. */
  async #openBy(received: Received, decoded: DecodedUpdate): Promise<void> {
    if (!isOpenable(this.#host.ref.document)) return this.#refuse(received, 'forbidden')
    await this.#host.openIfLocal()
    if (this.#host.isDiscarded) return this.#release(received)
    this.#accept(received, decoded)
  }

  /** Looked at closely only near a limit, when nothing else is under way. */
  async #acceptWithin(received: Received, decoded: DecodedUpdate): Promise<void> {
    await this.#host.committed()
    if (await this.#quota.allows(received.update.length)) this.#accept(received, decoded)
    else this.#refuse(received, 'too-large')
  }

  #refuse(received: Received, code: ErrorCode): undefined {
    received.session.close(code)
    return this.#release(received)
  }

  /** What is received counts until it is committed or not going to be. */
  #release({ update }: Received): undefined {
    this.#services.intake.remove(update.length)
    return undefined
  }

  #accept(received: Received, fits: DecodedUpdate | undefined): void {
    // A commit may have failed while Postgres was asked about this message.
    if (this.#host.isDiscarded) {
      this.#release(received)
      return
    }
    const { session, type, number, update, atMs } = received
    session.complete(type, number)
    if (fits) {
      this.#known.add(fits)
      this.#quota.add(update.length)
    } else this.#release(received)
    this.#host.accept({
      session,
      number,
      atMs,
      update: fits && update,
      deletes: fits !== undefined && deletes(fits),
    })
  }
}

function tryDecode(update: Uint8Array): DecodedUpdate | undefined {
  try {
    return decodeUpdate(update)
  } catch {
    return undefined
  }
}
