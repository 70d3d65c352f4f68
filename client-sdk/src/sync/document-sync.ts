// One document and its way to the server: a Yjs document in between, thrown away at will, moved where it has to be.
import {
  CLOSE_CODES,
  type DocumentMode,
  type ErrorCode,
  isOpenable,
  type Register,
  registersBeyond,
} from '@workforce-democracy/shared'
import type { Http } from '../http.ts'
import { isChoiceDurable } from './choices.ts'
import type { ConnectionParams } from './document-connection.ts'
import { type Copy, type CopyOptions, createCopy } from './document-copy.ts'
import { askForMove } from './document-move.ts'
import { forgetHeld, keepHeld, readHeld } from './held-stamps.ts'
import { contentFor, type MoveTarget, needsMove } from './move-content.ts'
import type { Acknowledged } from './receipts.ts'
import { isSealed } from './sealed-carrier.ts'
import type { SealedKeys } from './sealing.ts'

const FIRST_RETRY_MS = 200
const LAST_RETRY_MS = 30_000

/** Where one document stands with the server. */
export type DocumentSyncState =
  | { readonly state: 'offline' | 'catching-up' | 'live' }
  | { readonly state: 'problem'; readonly problem: ErrorCode }

/** What the sync of a document is made of. */
export interface DocumentSyncOptions extends CopyOptions {
  /** Who may read it, by what the person has chosen. The server's word is never taken for it. */
  readonly mode: DocumentMode
  readonly http: Pick<Http, 'send'>
  /** `renew` asks for a fresh one although the last has not expired. */
  readonly accessToken: (options: { readonly renew: boolean }) => Promise<string>
  /** 0 to 1: spreads the retries of many devices. */
  readonly random: () => number
  readonly onState: () => void
  /** Told when a sealed document lacks what it had. */
  readonly onTampering: (code: 'tampered' | 'rolled-back') => void
  /**
   * Called when a sealed document is found under a newer key than this device has. Resolves when the account's record has
   * been looked at, with whether that was possible.
   */
  readonly onOutdated: () => Promise<boolean>
  /** Told of each connection that did not come about or was lost, when the next attempt has to wait. */
  readonly onFailed: () => void
}

/** What a close code says to a device: everything else is worth another try. */
const PROBLEM_BY_CLOSE_CODE: Readonly<Record<number, ErrorCode>> = {
  [CLOSE_CODES.malformed]: 'malformed-message',
  [CLOSE_CODES.forbidden]: 'forbidden',
  [CLOSE_CODES.notFound]: 'unknown-document',
  [CLOSE_CODES.tooLarge]: 'too-large',
  [CLOSE_CODES.protocolTooOld]: 'protocol-too-old',
}

/** A document as this device finds it on the server. */
export interface DocumentOnServer {
  readonly state: DocumentSyncState['state']
  readonly problem?: ErrorCode
  readonly mode: DocumentMode
  readonly generation: number
  /** Of the log, up to which this device has it; `undefined` before the first word of this connection. */
  readonly position: number | undefined
  /** How many envelopes lie there, or entries of an open document. */
  readonly size: number
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
  #acknowledged: Acknowledged | undefined
  /** Those that the copy was made with. */
  #keys: SealedKeys | undefined
  #failures = 0
  #heals = 0
  #tokenRefused = false
  #retry: ReturnType<typeof setTimeout> | undefined
  #healing: ReturnType<typeof setTimeout> | undefined
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

  /** For developers. */
  inspect(): DocumentOnServer {
    const place = { mode: this.#named, generation: this.#generation }
    return { ...this.#state, ...place, position: this.#copy?.position, size: this.#copy?.size() ?? 0 }
  }

  /** Whether it lies where it is to lie, as far as this device knows. */
  get isSettled(): boolean {
    return this.#state.state === 'live' && !needsMove(this.#copy, this.#target)
  }

  /** The newest envelope of this device that is known to be durable, and where. */
  get acknowledged(): Acknowledged | undefined {
    return this.#acknowledged
  }

  /** Takes note that other devices have said something: what they name may be missing here. */
  namesChanged(): void {
    const copy = this.#copy
    if (copy?.isSynced && isSealed(copy.carrier)) this.#enqueue(async () => this.#settleIfQuiet(copy))
  }

  /** Takes note of the mode that the person has chosen. */
  setMode(mode: DocumentMode): void {
    if (mode === this.#wanted) return
    this.#wanted = mode
    this.#askAnew(mode)
  }

  /** Takes note that the choice of the mode may be durable now. */
  choiceChanged(): void {
    void this.#move()
  }

  /** Takes note that this device has other keys. */
  keysChanged(): void {
    const keys = this.#options.sealing()?.keys
    const isSame = keys?.vaultId === this.#keys?.vaultId && keys?.epoch === this.#keys?.epoch
    if (this.#copy && (isSame || this.#state.state !== 'problem')) void this.#move()
    else this.#askAnew(this.#wanted)
  }

  /** Sends at once what waits. */
  flush(): void {
    this.#copy?.carrier.flush()
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
    this.flush()
    if (this.#state.state === 'live') return
    this.#failures = 0
    clearTimeout(this.#retry)
    void this.#connect()
  }

  async close(): Promise<void> {
    this.flush()
    this.#closed = true
    clearTimeout(this.#retry)
    clearTimeout(this.#healing)
    this.#drop()
    await this.#joining
  }

  /** A new Yjs document: its old updates are never sent, what the new one lacks is pushed as registers. */
  #startOver(): void {
    this.#drop()
    this.#keys = this.#options.sealing()?.keys
    const copy = createCopy(this.#options, {
      ...{ mode: this.#named, generation: this.#generation, epoch: this.#olderEpoch },
      onConnected: () => this.#setState({ state: 'catching-up' }),
      onSynced: each => this.#onSynced(each),
      onChange: (each, added) => this.#join(each, added, () => undefined),
      onDurable: (each, position, registers) => this.#onDurable(each, position, registers),
      onClosed: (each, code) => this.#onClosed(each, code),
    })
    if (!copy) this.#setState({ state: 'problem', problem: 'document-sealed' })
    this.#copy = copy
  }

  #drop(): void {
    this.#copy?.destroy()
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
    const params = { mode: carrier.mode, generation: String(this.#generation), receipts: '1' }
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

  /** What came from the server is durable there. */
  #join(copy: Copy, registers: readonly Register[], afterwards: () => void): void {
    const { replica, document } = this.#options
    copy.joins++
    this.#enqueue(async () => {
      if (registers.length > 0) await replica.join(document, registers, { durable: true })
      copy.joins--
      if (copy !== this.#copy) return
      afterwards()
      await this.#settleIfQuiet(copy)
    })
  }

  async #settleIfQuiet(copy: Copy): Promise<void> {
    if (copy === this.#copy && copy.joins === 0 && copy.isSynced) await this.#settle(copy)
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
    if (trouble === 'keys-outdated') void this.#lookForKeys(copy)
    if (trouble === 'tampered' || trouble === 'rolled-back') {
      if (!copy.isHealPutOff) this.#options.onTampering(trouble)
      this.#heal(copy)
    }
    if (trouble) return
    if (isSealed(carrier) && carrier.hasOlder()) this.#heal(copy)
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
      const { carrier, connection } = copy
      if (own && connection.isAllAcknowledged && !carrier.trouble()) await this.#hold(copy, { own })
      if (isSealed(carrier) && copy === this.#copy && copy.joins === 0) carrier.tidy()
      void this.#move()
    })
  }

  async #hold({ carrier, position }: Copy, which: { readonly own: boolean }): Promise<void> {
    const { replica, document } = this.#options
    if (isSealed(carrier)) {
      const held = carrier.hold(which)
      const stamp = held.newest.get(replica.device)
      if (which.own && stamp && position !== undefined)
        this.#acknowledged = { generation: this.#generation, position, stamp }
      await keepHeld(replica, document, held)
    } else if (this.#wanted === 'open') await forgetHeld(replica, document)
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

  /**
   * Whoever begins an epoch first puts it in the account's record. So when that knows of no newer key than this device has,
   * the envelope that names one is made up. A server that hides the record could hide the envelope as well.
   */
  async #lookForKeys(copy: Copy): Promise<void> {
    if (copy.isLookingForKeys) return
    copy.isLookingForKeys = true
    const hasLooked = await this.#options.onOutdated()
    copy.isLookingForKeys = false
    if (!hasLooked || copy !== this.#copy || !isSealed(copy.carrier)) return
    copy.carrier.disbelieveNewer()
    this.#enqueue(() => this.#settle(copy))
  }

  /** Moves the document to a generation with everything that this device has; not over and over at once. */
  #heal(copy: Copy): void {
    if (copy.isHealPutOff) return
    const waitMs = this.#heals === 0 ? 0 : backoff(this.#heals)
    this.#heals++
    copy.isHealPutOff = true
    this.#healing = setTimeout(() => {
      copy.isHealPutOff = false
      if (copy === this.#copy) void this.#move()
    }, waitMs)
  }

  async #move(): Promise<void> {
    const copy = this.#copy
    if (!copy?.isSynced || copy.joins > 0 || copy.isMoving || this.#closed) return
    if (!needsMove(copy, this.#target)) return
    // Until the server has said up to where this copy has everything, the move would be refused.
    if (copy.position === undefined || copy.isHealPutOff) return
    const { document, replica, http, accessToken } = this.#options
    if (copy.carrier.mode !== this.#wanted && !isChoiceDurable(replica, document)) return
    const content = contentFor(copy, this.#target)
    if (!content) return
    copy.isMoving = true
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

  #followTo(generation: number): void {
    this.#generation = generation
    this.#askAnew(this.#wanted)
  }

  /** Where a move goes from here. */
  get #target(): MoveTarget {
    const { document, replica, sealing } = this.#options
    return { document, replica, mode: this.#wanted, sealing: sealing(), generation: this.#generation }
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
    // What came from there cannot be sent back, so some of it was never taken by an honest server: without it, anew.
    if (code === CLOSE_CODES.malformed) queueMicrotask(() => copy === this.#copy && this.#startOver())
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
    if (!atOnce) this.#options.onFailed()
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
