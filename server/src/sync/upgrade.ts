// Where a request becomes a WebSocket: `GET /api/sync/<document>`, or `GET /api/sync` for several documents. Beside the
// HTTP app, since what that makes of a request would stay in memory as long as the socket, and be more than the
// connection itself.
import type { IncomingMessage, Server } from 'node:http'
import { CLOSE_CODES } from '@workforce-democracy/shared'
import { WebSocket, WebSocketServer } from 'ws'
import { networkAddress } from '../network-address.ts'
import type { SyncRequest } from './connection.ts'
import { readTarget } from './document-request.ts'
import { type SyncServer, selectSubprotocol } from './sync-server.ts'

const PATH = /^\/api\/sync(?:\/([^/]+))?$/
const NOT_FOUND = 'HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'

/** How requests are upgraded. */
export interface UpgradeOptions {
  /** Longest frame that is read at all. */
  readonly maxFrameBytes: number
  /** See `networkAddress`. */
  readonly trustProxy: boolean
}

/**
 * Upgrades what `server` is asked to. A bad token is refused after the upgrade, since a stock client retries for ever
 * on HTTP errors.
 */
export function acceptUpgrades(
  server: Server,
  sync: SyncServer,
  { maxFrameBytes, trustProxy }: UpgradeOptions,
): void {
  const webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: maxFrameBytes,
    perMessageDeflate: false,
    WebSocket: SyncWebSocket,
    handleProtocols: (offered, request) =>
      selectSubprotocol(offered, targetOf(request)?.document === undefined),
  })
  server.on('upgrade', (request, stream, head) => {
    const target = targetOf(request)
    if (target) {
      const address = networkAddress(request, trustProxy)
      webSockets.handleUpgrade(request, stream, head, webSocket =>
        sync.accept(webSocket, { ...target, address }),
      )
    } else {
      stream.on('error', () => undefined)
      stream.end(NOT_FOUND)
      // Nobody else looks after it any more: a peer that keeps its side open would keep it for ever.
      request.socket.destroySoon()
    }
  })
}

/** The code that the library closes with by itself when a message is too long; stock clients would try again for ever. */
const TOO_LONG = 1009

class SyncWebSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    super.close(code === TOO_LONG ? CLOSE_CODES.tooLarge : code, reason)
  }
}

/** What is asked for, `undefined` when it is nothing of ours: anybody may send anything. */
function targetOf({ headers, socket, url = '' }: IncomingMessage): Omit<SyncRequest, 'address'> | undefined {
  if (!URL.canParse(url, 'ws://localhost')) return undefined
  const { pathname, search } = new URL(url, 'ws://localhost')
  const matched = PATH.exec(pathname)
  if (!matched) return undefined
  const [, document] = matched
  return {
    document: document === undefined ? undefined : readTarget(document + search),
    stream: socket,
    protocols: (headers['sec-websocket-protocol'] ?? '').split(',').map(each => each.trim()),
  }
}
