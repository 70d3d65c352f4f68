// One open document and its connection: a Yjs document between the replica and the server, thrown away at will.
import {
  CLOSE_CODES,
  type DocumentName,
  DURABLE_SUBPROTOCOL,
  type ErrorCode,
  type Register,
  RegisterArray,
  registersBeyond,
  STOCK_SUBPROTOCOL,
  TOKEN_SUBPROTOCOL_PREFIX,
} from '@workforce-democracy/shared'
import { type Decoder, readVarUint } from 'lib0/decoding'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import type { Replica } from '../replica.ts'
import { countingWebSocket, type WebSocketConstructor } from './counting-socket.ts'
import { Unacknowledged } from './unacknowledged.ts'

const MESSAGE_DURABLE = 4
const MESSAGE_MOVED = 5
const FIRST_RETRY_MS = 200
const LAST_RETRY_MS = 30_000

/** Where one document stands with the server. */
export type DocumentSyncState =
  | { readonly state: 'offline' | 'catching-up' | 'live' }
  | { readonly state: 'problem'; readonly problem: ErrorCode }

/** What the sync of a document is made of. */
export interface DocumentSyncOptions {
  readonly document: DocumentName
  readonly replica: Replica
  /** WebSocket address of the sync endpoint, without the document. */
  readonly url: string
  /** `renew` asks for a fresh one although the last has not expired. */
  readonly accessToken: (options: { readonly renew: boolean }) => Promise<string>
  readonly WebSocket: WebSocketConstructor
  /** 0 to 1: spreads the retries of many devices. */
  readonly random: () => number
  readonly onState: () => void
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

export class DocumentSync {
  readonly #options: DocumentSyncOptions
  readonly #unacknowledged = new Unacknowledged()
  #state: DocumentSyncState = { state: 'offline' }
  #doc = new Y.Doc()
  #array = new RegisterArray(this.#doc)
  #provider: WebsocketProvider | undefined
  #generation = 1
  #position: number | undefined
  #failures = 0
  #tokenRefused = false
  #retry: ReturnType<typeof setTimeout> | undefined
  #closed = false
  /** Joins run one after the other, so that what is pushed is compared with everything that came before. */
  #joining: Promise<void> = Promise.resolve()

  constructor(options: DocumentSyncOptions) {
    this.#options = options
    this.#follow()
    void this.#connect()
  }

  get state(): DocumentSyncState {
    return this.#state
  }

  /** Brings saved registers to the server: now if it is there, else with the next connection. */
  push(registers: readonly Register[]): void {
    // Before the first sync nobody knows what the server lacks; then everything that it does is pushed.
    if (this.#position === undefined) return
    const before = this.#unacknowledged.counted
    this.#array.write(registers)
    if (this.#unacknowledged.counted > before) this.#unacknowledged.carried(registers)
  }

  /** Tries again at once, for instance because the network is back. */
  reconnectNow(): void {
    if (this.#state.state === 'live' || this.#closed) return
    this.#failures = 0
    clearTimeout(this.#retry)
    void this.#connect()
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#retry)
    this.#drop()
    await this.#joining
  }

  #follow(): void {
    this.#array.onChange(({ added, local }) => {
      if (!local && added.length > 0) this.#enqueue(() => this.#join(added))
    })
  }

  /** A new Yjs document: its old updates are never sent, what the new one lacks is pushed as registers. */
  #startOver(): void {
    this.#drop()
    this.#doc = new Y.Doc()
    this.#array = new RegisterArray(this.#doc)
    this.#position = undefined
    this.#follow()
  }

  #drop(): void {
    this.#provider?.destroy()
    this.#provider = undefined
    this.#array.destroy()
    this.#doc.destroy()
  }

  async #connect(): Promise<void> {
    try {
      const token = await this.#options.accessToken({ renew: this.#tokenRefused })
      if (this.#closed) return
      this.#provider ??= this.#createProvider()
      this.#provider.protocols = [DURABLE_SUBPROTOCOL, STOCK_SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX + token]
      this.#provider.params = this.#params()
      this.#provider.connect()
    } catch {
      // No token without network, or none at all: the account says which, here it is one more failure.
      this.#retryLater()
    }
  }

  #params(): Record<string, string> {
    const params = { mode: 'open', generation: String(this.#generation) }
    return this.#position === undefined ? params : { ...params, position: String(this.#position) }
  }

  #createProvider(): WebsocketProvider {
    const { url, document, WebSocket } = this.#options
    const provider = new WebsocketProvider(url, document, this.#doc, {
      connect: false,
      disableBc: true,
      WebSocketPolyfill: countingWebSocket(WebSocket, {
        onConnect: () => this.#unacknowledged.restart(),
        onCounted: (n, type) =>
          this.#unacknowledged.sending(n, type === 'step2' ? this.#pendingInDocument() : []),
      }),
    })
    provider.messageHandlers[MESSAGE_DURABLE] = (_encoder: unknown, decoder: Decoder) =>
      this.#onDurable(decoder)
    provider.messageHandlers[MESSAGE_MOVED] = (_encoder: unknown, decoder: Decoder) => {
      this.#generation = readVarUint(decoder)
    }
    provider.on('status', ({ status }) => status === 'connected' && this.#setState({ state: 'catching-up' }))
    provider.on('sync', synced => synced && this.#onSynced())
    provider.on('connection-close', event => this.#onClose(provider, event?.code))
    return provider
  }

  #onSynced(): void {
    this.#failures = 0
    this.#position ??= 0
    this.#enqueue(async () => {
      const { replica, document } = this.#options
      await this.#join([...this.#array.state().values()])
      this.push(registersBeyond(replica.state(document), this.#array.state()))
      this.#array.prune()
      this.#setState({ state: 'live' })
    })
  }

  #onDurable(decoder: Decoder): void {
    const count = readVarUint(decoder)
    this.#position = readVarUint(decoder)
    const durable = this.#unacknowledged.acknowledged(count)
    if (durable.length > 0) {
      this.#enqueue(() => this.#options.replica.markDurable(this.#options.document, durable))
    }
  }

  /** What came from the server is durable there. */
  async #join(registers: readonly Register[]): Promise<void> {
    await this.#options.replica.join(this.#options.document, registers, { durable: true })
    this.#array.prune()
  }

  #pendingInDocument(): Register[] {
    const inDocument = this.#array.state()
    return this.#options.replica.pendingRegisters(this.#options.document).filter(({ key, stamp, device }) => {
      const there = inDocument.get(key)
      return there?.stamp === stamp && there.device === device
    })
  }

  #onClose(provider: WebsocketProvider, code: number | undefined): void {
    if (provider !== this.#provider || this.#closed) return
    // The provider would come back with the token of its first connection; we come back with a fresh one.
    provider.shouldConnect = false
    this.#tokenRefused = code === CLOSE_CODES.unauthorized
    const problem = code === undefined ? undefined : PROBLEM_BY_CLOSE_CODE[code]
    if (code === CLOSE_CODES.moved) queueMicrotask(() => this.#startOver())
    this.#setState(problem ? { state: 'problem', problem } : { state: 'offline' })
    // Where it has moved to is known now: that is worth no wait, unless it happens again.
    this.#retryLater(code === CLOSE_CODES.moved && this.#failures === 0)
  }

  #retryLater(atOnce = false): void {
    if (this.#closed) return
    const backoffMs = atOnce ? 0 : Math.min(FIRST_RETRY_MS * 2 ** this.#failures, LAST_RETRY_MS)
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
