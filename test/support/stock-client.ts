// An unchanged WebsocketProvider of y-websocket, as its documentation says to use it.
import { RegisterArray, STOCK_SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX } from '@workforce-democracy/shared'
import { WebSocket } from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'

/** A stock client with a person's votes. */
export interface StockClient extends AsyncDisposable {
  readonly doc: Y.Doc
  readonly provider: WebsocketProvider
  readonly registers: RegisterArray
}

/** A stock client of one person, without BroadcastChannel, which bypasses servers. */
export function stockClient(
  url: string,
  accessToken: string,
  { doc = new Y.Doc(), connect = true }: { doc?: Y.Doc; connect?: boolean } = {},
): StockClient {
  const provider = new WebsocketProvider(`${url.replace('http', 'ws')}/api/sync`, 'votes', doc, {
    protocols: [STOCK_SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX + accessToken],
    WebSocketPolyfill: WebSocket as unknown as typeof globalThis.WebSocket,
    disableBc: true,
    connect,
  })
  return {
    doc,
    provider,
    registers: new RegisterArray(doc),
    async [Symbol.asyncDispose]() {
      provider.destroy()
      doc.destroy()
    },
  }
}
