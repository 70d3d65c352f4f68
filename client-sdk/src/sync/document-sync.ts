// One document and its way to the server: a Yjs document in between, thrown away at will, moved where it has to be.
import {
  CLOSE_CODES,
  type DocumentMode,
  type DocumentName,
  type ErrorCode,
  freshDocument,
  isOpenable,
  type Register,
  registersBeyond,
} from '@workforce-democracy/shared'
import * as Y from 'yjs'
import type { Http } from '../http.ts'
import type { Replica } from '../replica.ts'
import type { Carrier, CarrierHost } from './carrier.ts'
import type { WebSocketConstructor } from './counting-socket.ts'
import { type ConnectionParams, DocumentConnection } from './document-connection.ts'
import { askForMove } from './document-move.ts'
import { forgetHeld, keepHeld, readHeld } from './held-stamps.ts'
import { createOpenCarrier } from './open-carrier.ts'
import { createSealedCarrier, firstContent, nextPlace, type SealedCarrier } from './sealed-carrier.ts'
import { envelopeOf, placeOf, type Sealing, sealedDocument } from './sealing.ts'

const FIRST_RETRY_MS = 200
const LAST_RETRY_MS = 30_000

/** Where one document stands with the server. */
export type DocumentSyncState =
  | { readonly state: 'offline' | 'catching-up' | 'live' }
  | { readonly state: 'problem'; readonly problem: ErrorCode }

/** What the sync of a document is made of. */
export interface DocumentSyncOptions {
  readonly document: DocumentName
  /** Who may read it, by what the person has chosen. The server's word is never taken for it. */
  readonly mode: DocumentMode
  readonly replica: Replica
  /** WebSocket address of the sync endpoint, without the document. */
  readonly url: string
  readonly http: Pick<Http, 'send'>
  /** `renew` asks for a fresh one although the last has not expired. */
  readonly accessToken: (options: { readonly renew: boolean }) => Promise<string>
  /** What seals, while this device has the keys. */
  readonly sealing: () => Sealing | undefined
  readonly WebSocket: WebSocketConstructor
  /** 0 to 1: spreads the retries of many devices. */
  readonly random: () => number
  readonly onState: () => void
  /** Told when a sealed document lacks what it had. */
  readonly onTampering: (code: 'tampered' | 'rolled-back') => void
}

/** What a close code says to a device: everything else is worth another try. */
const PROBLEM_BY_CLOSE_CODE: Readonly<Record<number, ErrorCode>> = {
  [CLOSE_CODES.malformed]: 'malformed-message',
  [CLOSE_CODES.forbidden]: 'forbidden',
  [CLOSE_CODES.notFound]: 'unknown-document',
  [CLOSE_CODES.tooLarge]: 'too-large',
  [CLOSE_CODES.protocolTooOld]: 'protocol-too-old',
}

/** One Yjs document: everything of it goes when the document is begun anew. */
interface Copy {
  readonly doc: Y.Doc
  readonly carrier: Carrier | SealedCarrier
  readonly connection: DocumentConnection
  /** Once the server has sent what it has. */
  isSynced: boolean
  /** By the server's word on this copy. */
  position: number | undefined
  /** The generation that the server says the document is in, when it is about to close. */
  movedTo: number | undefined
  /** What came and is not yet committed on this device. */
  joins: number
  /** Healing it has to wait: the last time was not long ago. */
  isHealPutOff: boolean
  /** A move is asked for, and its answer is not there. */
  isMoving: boolean
}

export class DocumentSync {
  readonly #options: DocumentSyncOptions
  #state: DocumentSyncState = { state: 'offline' }
  /** The mode that the document is to have, and the one that it is asked for in: another while it has to be moved. */
  #wanted: DocumentMode
  #named: DocumentMode
  #generation = 1
  /** That of the present generation, where it is not of this device's newest key. */
  #olderEpoch: number | undefined
  #copy: Copy | undefined
  #failures = 0
  #heals = 0
  #tokenRefused = false
  #retry: ReturnType<typeof setTimeout> | undefined
  #closed = false
  /** Joins run one after the other, so that what is pushed is compared with everything that came before. */
  #joining: Promise<void> = Promise.resolve()

  constructor(options: DocumentSyncOptions) {
    this.#options = options
    this.#wanted = options.mode
    this.#named = options.mode
    this.#startOver()
    void this.#connect()
  }

  get state(): DocumentSyncState {
    return this.#state
  }

  /** Whether it lies where it is to lie, as far as this device knows. */
  get isSettled(): boolean {
    return this.#state.state === 'live' && !this.#needsMove()
  }

  /** Takes note of the mode that the person has chosen. */
  setMode(mode: DocumentMode): void {
    if (mode === this.#wanted) return
    this.#wanted = mode
    this.#askAnew(mode)
  }

  /** Takes note that this device has other keys. */
  keysChanged(): void {
    if (this.#copy && this.#state.state !== 'problem') void this.#move()
    else this.#askAnew(this.#wanted)
  }

  /** Brings saved registers to the server: now if it is there, else with the next connection. */
  push(registers: readonly Register[]): void {
    const copy = this.#copy
    // Before the first sync nobody knows what the server lacks; then everything that it does is pushed.
    if (copy?.isSynced && this.#mayPush(copy)) copy.carrier.push(registers)
  }

  /** Sends what waits, and tries again at once, for instance because the network is back. */
  reconnectNow(): void {
    if (this.#closed) return
    this.#copy?.carrier.flush()
    if (this.#state.state === 'live') return
    this.#failures = 0
    clearTimeout(this.#retry)
    void this.#connect()
  }

  async close(): Promise<void> {
    this.#copy?.carrier.flush()
    this.#closed = true
    clearTimeout(this.#retry)
    this.#drop()
    await this.#joining
  }

  /** A new Yjs document: its old updates are never sent, what the new one lacks is pushed as registers. */
  #startOver(): void {
    this.#drop()
    const doc = new Y.Doc()
    const carry: CarrierHost['carry'] = (registers, change) => connection.carry(registers, change)
    const carrier = this.#createCarrier({ doc, carry, onChange: added => this.#onChange(copy, added) })
    if (!carrier) {
      doc.destroy()
      this.#setState({ state: 'problem', problem: 'document-sealed' })
      return
    }
    const { url, document, WebSocket } = this.#options
    const connection = new DocumentConnection({
      ...{ document, doc, url, WebSocket },
      pending: () => this.#pendingIn(carrier),
      onConnected: () => this.#setState({ state: 'catching-up' }),
      onSynced: () => this.#onSynced(copy),
      onDurable: (position, registers) => this.#onDurable(copy, position, registers),
      onMoved: generation => {
        copy.movedTo = generation
      },
      onClosed: code => this.#onClosed(copy, code),
    })
    const copy: Copy = {
      ...{ doc, carrier, connection },
      ...{
        isSynced: false,
        position: undefined,
        movedTo: undefined,
        joins: 0,
        isHealPutOff: false,
        isMoving: false,
      },
    }
    this.#copy = copy
  }

  #createCarrier(host: CarrierHost): Carrier | SealedCarrier | undefined {
    if (this.#named === 'open') return createOpenCarrier(host)
    const { document, replica } = this.#options
    const sealing = this.#options.sealing()
    const epoch = this.#olderEpoch ?? sealing?.keys.epoch ?? 0
    const place = sealing && placeOf(sealing, { document, generation: this.#generation, epoch })
    if (!place) return undefined
    return createSealedCarrier({
      ...{ ...host, sealing, place, device: replica.device, held: readHeld(replica, document).newest },
      now: () => replica.now(),
      saved: () => replica.state(document),
    })
  }

  #drop(): void {
    this.#copy?.connection.destroy()
    this.#copy?.carrier.destroy()
    this.#copy?.doc.destroy()
    this.#copy = undefined
  }

  async #connect(): Promise<void> {
    try {
      const token = await this.#options.accessToken({ renew: this.#tokenRefused })
      if (this.#closed) return
      if (!this.#copy) this.#startOver()
      this.#copy?.connection.connect(token, this.#params(this.#copy))
    } catch {
      // No token without network, or none at all: the account says which, here it is one more failure.
      this.#retryLater()
    }
  }

  #params({ carrier, isSynced, position }: Copy): ConnectionParams {
    const params = { mode: carrier.mode, generation: String(this.#generation) }
    return isSynced ? { ...params, position: String(position ?? 0) } : params
  }

  /** What the server may read goes to it only where that is what the person wants now. */
  #mayPush({ carrier }: Copy): boolean {
    return isSealed(carrier) ? !carrier.isOutdated() : this.#wanted === 'open'
  }

  #onSynced(copy: Copy): void {
    const { replica, document } = this.#options
    this.#failures = 0
    copy.isSynced = true
    this.#join(copy, [...copy.carrier.state().values()], () => {
      this.push(registersBeyond(replica.state(document), copy.carrier.state()))
    })
  }

  #onChange(copy: Copy, added: readonly Register[]): void {
    this.#join(copy, added, () => undefined)
  }

  /** What came from the server is durable there. */
  #join(copy: Copy, registers: readonly Register[], afterwards: () => void): void {
    const { replica, document } = this.#options
    copy.joins++
    this.#enqueue(async () => {
      if (registers.length > 0) await replica.join(document, registers, { durable: true })
      copy.joins--
      if (copy !== this.#copy) return
      afterwards()
      if (copy.joins === 0 && copy.isSynced) await this.#settle(copy)
    })
  }

  /** Everything that came is committed here: what is superseded may go, and what is missing shows. */
  async #settle(copy: Copy): Promise<void> {
    const { carrier } = copy
    if (this.#startOverInOlderEpoch(copy)) return
    carrier.tidy()
    const trouble = carrier.trouble()
    const isInPlace = carrier.mode === this.#wanted
    this.#setState(
      trouble ? { state: 'problem', problem: trouble } : { state: isInPlace ? 'live' : 'catching-up' },
    )
    if (trouble && !copy.isHealPutOff) this.#heal(copy, trouble)
    if (trouble) return
    await this.#hold(copy, { own: false })
    void this.#move()
  }

  #onDurable(copy: Copy, position: number, registers: readonly Register[]): void {
    const { replica, document } = this.#options
    copy.position = position
    const own = copy.connection.isAllAcknowledged
    this.#enqueue(async () => {
      if (registers.length > 0) await replica.markDurable(document, registers)
      if (copy !== this.#copy || copy.joins > 0 || !copy.isSynced) return
      if (own && copy.connection.isAllAcknowledged && !copy.carrier.trouble()) await this.#hold(copy, { own })
      void this.#move()
    })
  }

  async #hold({ carrier }: Copy, which: { readonly own: boolean }): Promise<void> {
    const { replica, document } = this.#options
    if (isSealed(carrier)) await keepHeld(replica, document, carrier.hold(which))
    else if (this.#wanted === 'open') await forgetHeld(replica, document)
  }

  #pendingIn(carrier: Carrier): Register[] {
    const inDocument = carrier.state()
    return this.#options.replica.pendingRegisters(this.#options.document).filter(({ key, stamp, device }) => {
      const there = inDocument.get(key)
      return there?.stamp === stamp && there.device === device
    })
  }

  /** A generation that was not moved when the account got a new key. It is read, and moved; never again after that. */
  #startOverInOlderEpoch({ carrier }: Copy): boolean {
    const { replica, document, sealing } = this.#options
    const epoch = isSealed(carrier) ? carrier.olderEpoch() : undefined
    if (epoch === undefined || epoch < readHeld(replica, document).epoch) return false
    if (!sealing()?.keys.documentKey(document, epoch)) return false
    this.#olderEpoch = epoch
    this.#startOver()
    void this.#connect()
    return true
  }

  /** Moves the document to a generation with everything that this device has; not over and over at once. */
  #heal(copy: Copy, trouble: ErrorCode): void {
    if (trouble === 'tampered' || trouble === 'rolled-back') this.#options.onTampering(trouble)
    const waitMs = this.#heals === 0 ? 0 : backoff(this.#heals)
    this.#heals++
    copy.isHealPutOff = true
    setTimeout(() => {
      copy.isHealPutOff = false
      if (copy === this.#copy) void this.#move()
    }, waitMs)
  }

  #needsMove(): boolean {
    const carrier = this.#copy?.carrier
    if (!carrier) return false
    if (carrier.mode !== this.#wanted) return !isSealed(carrier) || carrier.mayLeave()
    if (!isSealed(carrier) || !carrier.mayLeave()) return false
    return carrier.isMoveDue() || carrier.place.epoch < (this.#options.sealing()?.keys.epoch ?? 0)
  }

  async #move(): Promise<void> {
    const copy = this.#copy
    if (!copy?.isSynced || copy.joins > 0 || copy.isMoving || this.#closed || !this.#needsMove()) return
    // Until the server has said up to where this copy has everything, the move would be refused.
    if (copy.position === undefined || copy.isHealPutOff) return
    const content = this.#contentFor(copy)
    if (!content) return
    copy.isMoving = true
    const { document, http, accessToken } = this.#options
    const from = { generation: this.#generation, position: copy.position }
    const asked = { document, from, mode: this.#wanted, content }
    const answer = await askForMove({ http, accessToken: () => accessToken({ renew: false }) }, asked)
    copy.isMoving = false
    // Whoever has been told meanwhile has begun anew.
    if (copy !== this.#copy || this.#closed) return
    if (answer.outcome === 'moved') this.#followTo(answer.generation)
    else if (answer.outcome === 'failed') this.#setState({ state: 'problem', problem: answer.code })
    else if (answer.outcome === 'refused' && copy.position !== from.position) void this.#move()
    // What came meanwhile is on its way, or the document is elsewhere: a new connection tells.
    else this.#askAgain()
  }

  #contentFor({ carrier }: Copy): Uint8Array | undefined {
    const { document, replica } = this.#options
    const saved = replica.state(document)
    if (this.#wanted === 'open') return freshDocument(saved, new Y.Doc().clientID)
    const sealing = this.#options.sealing()
    const place = sealing && nextPlace(sealing, document, this.#generation)
    if (!place) return undefined
    const held = readHeld(replica, document).newest
    const content = isSealed(carrier)
      ? carrier.full()
      : firstContent({ place, device: replica.device, held, saved, nowMs: replica.now() })
    return sealedDocument(envelopeOf(sealing, place, content))
  }

  #followTo(generation: number): void {
    this.#generation = generation
    this.#askAnew(this.#wanted)
  }

  /** Begins anew, asking for the document in a mode. */
  #askAnew(mode: DocumentMode): void {
    if (this.#closed) return
    this.#named = mode
    this.#olderEpoch = undefined
    this.#failures = 0
    this.#setState({ state: 'offline' })
    this.#startOver()
    clearTimeout(this.#retry)
    void this.#connect()
  }

  #askAgain(): void {
    this.#setState({ state: 'offline' })
    this.#startOver()
    this.#retryLater()
  }

  #onClosed(copy: Copy, code: number | undefined): void {
    if (copy !== this.#copy || this.#closed) return
    this.#tokenRefused = code === CLOSE_CODES.unauthorized
    const problem = code === undefined ? undefined : PROBLEM_BY_CLOSE_CODE[code]
    this.#setState(problem ? { state: 'problem', problem } : { state: 'offline' })
    if (code === CLOSE_CODES.moved) queueMicrotask(() => copy === this.#copy && this.#follow(copy))
    // Where it has moved to is known now: that is worth no wait, unless it happens again.
    this.#retryLater(code === CLOSE_CODES.moved && this.#failures === 0)
  }

  /** Goes where the server says that the document is. Of the generation that was named it has another mode. */
  #follow({ movedTo }: Copy): void {
    if (movedTo !== undefined && movedTo !== this.#generation) {
      this.#generation = movedTo
      this.#named = this.#wanted
      this.#olderEpoch = undefined
    } else if (movedTo !== undefined && isOpenable(this.#options.document)) {
      this.#named = this.#named === 'open' ? 'sealed' : 'open'
    }
    this.#startOver()
  }

  #retryLater(atOnce = false): void {
    if (this.#closed) return
    const backoffMs = atOnce ? 0 : backoff(this.#failures)
    this.#failures++
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => void this.#connect(), backoffMs * (0.5 + this.#options.random() / 2))
  }

  #enqueue(work: () => Promise<void>): void {
    this.#joining = this.#joining
      .then(work)
      .catch(() => this.#setState({ state: 'problem', problem: 'store-failed' }))
  }

  #setState(state: DocumentSyncState): void {
    if (this.#closed) return
    this.#state = state
    this.#options.onState()
  }
}

const backoff = (failures: number) => Math.min(FIRST_RETRY_MS * 2 ** failures, LAST_RETRY_MS)

function isSealed(carrier: Carrier | SealedCarrier): carrier is SealedCarrier {
  return carrier.mode === 'sealed'
}
