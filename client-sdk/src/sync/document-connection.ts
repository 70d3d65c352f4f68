// The connection of one Yjs document: what goes out over it, and what the server has said about that.
import {
  type DocumentName,
  DURABLE_SUBPROTOCOL,
  type Register,
  STOCK_SUBPROTOCOL,
  TOKEN_SUBPROTOCOL_PREFIX,
} from '@workforce-democracy/shared'
import { type Decoder, hasContent, readVarUint, readVarUint8Array } from 'lib0/decoding'
import { WebsocketProvider } from 'y-websocket'
import type * as Y from 'yjs'
import { countingWebSocket, type WebSocketConstructor } from './counting-socket.ts'
import { Unacknowledged } from './unacknowledged.ts'

const MESSAGE_DURABLE = 4
const MESSAGE_MOVED = 5

/** What a connection is made of. */
export interface DocumentConnectionOptions {
  readonly document: DocumentName
  readonly doc: Y.Doc
  /** WebSocket address of the sync endpoint, without the document. */
  readonly url: string
  readonly WebSocket: WebSocketConstructor
  /** The registers in the Yjs document that the server is not known to have. */
  readonly pending: () => readonly Register[]
  readonly onConnected: () => void
  /** The server's answer to step 1 is there. */
  readonly onSynced: () => void
  /** `position` is of the last update that has come; `registers` are those that are durable now. */
  readonly onDurable: (position: number, registers: readonly Register[]) => void
  /** Signed by the server, of where the document's log stands. */
  readonly onReceipt: (receipt: Uint8Array) => void
  /** The document is of another generation, or has this one in another mode. Its end follows. */
  readonly onMoved: (generation: number) => void
  readonly onClosed: (code: number | undefined) => void
}

/** How to ask for a document: mode, generation and position. */
export type ConnectionParams = Readonly<Record<string, string>>

export class DocumentConnection {
  readonly #provider: WebsocketProvider
  readonly #unacknowledged = new Unacknowledged()
  #ended = false

  constructor(options: DocumentConnectionOptions) {
    const unacknowledged = this.#unacknowledged
    const provider = new WebsocketProvider(options.url, options.document, options.doc, {
      connect: false,
      disableBc: true,
      WebSocketPolyfill: countingWebSocket(options.WebSocket, {
        onConnect: () => unacknowledged.restart(),
        onCounted: (n, type) => unacknowledged.sending(n, type === 'step2' ? options.pending() : []),
      }),
    })
    provider.messageHandlers[MESSAGE_DURABLE] = (_encoder: unknown, decoder: Decoder) => {
      const durable = unacknowledged.acknowledged(readVarUint(decoder))
      options.onDurable(readVarUint(decoder), durable)
      if (hasContent(decoder)) options.onReceipt(readVarUint8Array(decoder).slice())
    }
    provider.messageHandlers[MESSAGE_MOVED] = (_encoder: unknown, decoder: Decoder) =>
      options.onMoved(readVarUint(decoder))
    provider.on('status', ({ status }) => status === 'connected' && options.onConnected())
    provider.on('sync', synced => synced && options.onSynced())
    provider.on('connection-close', event => {
      if (this.#ended) return
      // The provider would come back with the token of its first connection; we come back with a fresh one.
      provider.shouldConnect = false
      options.onClosed(event?.code)
    })
    this.#provider = provider
  }

  /** Whether everything that has gone out is durable, and something has. */
  get isAllAcknowledged(): boolean {
    return this.#unacknowledged.isEmpty
  }

  connect(accessToken: string, params: ConnectionParams): void {
    this.#provider.protocols = [
      DURABLE_SUBPROTOCOL,
      STOCK_SUBPROTOCOL,
      TOKEN_SUBPROTOCOL_PREFIX + accessToken,
    ]
    this.#provider.params = params
    this.#provider.connect()
  }

  /** Makes a change of the Yjs document, and takes note that what is sent of it carries these registers. */
  carry(registers: readonly Register[], change: () => void): void {
    const before = this.#unacknowledged.counted
    change()
    if (this.#unacknowledged.counted > before) this.#unacknowledged.carried(registers)
  }

  destroy(): void {
    this.#ended = true
    this.#provider.destroy()
  }
}
