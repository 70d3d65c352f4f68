// Serves WebSockets: keeps them awake while they are open, and lets them go without losing what they sent.
import { setTimeout as pause } from 'node:timers/promises'
import {
  CHANNELS_SUBPROTOCOL,
  CLOSE_CODES,
  DURABLE_SUBPROTOCOL,
  STOCK_SUBPROTOCOL,
  TOKEN_SUBPROTOCOL_PREFIX,
} from '@workforce-democracy/shared'
import type { WebSocket } from 'ws'
import { type Connection, type SyncRequest, type SyncServices, serveConnection } from './connection.ts'
import { ConnectionCounts } from './connection-counts.ts'
import { GatheringSocket } from './gathering-socket.ts'
import type { Places } from './identification.ts'

/** A peer that is sent nothing for this long gets an empty awareness update; stock clients give up at 30 s. */
const SILENCE_MS = 20_000
const KEEP_ALIVE_MS = 5_000
/** How far the cursor of a client that only listens may lag (SPEC P7). */
const TELL_POSITIONS_MS = 1_000
/** How long a stop waits for commits: a Postgres that says nothing takes none. */
const SETTLE_MS = 3_000
/** How long peers have to answer the close at shutdown. */
const FAREWELL_MS = 2_000
/** Timers take no longer ones: they fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1
/** The library's code for a message that is longer than it reads. */
const TOO_LONG = 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'
/** An awareness update of no client. */
const NO_AWARENESS: Uint8Array = new Uint8Array([0])

/** Serves WebSockets. */
export interface SyncServer extends AsyncDisposable {
  accept(socket: WebSocket, request: SyncRequest): void
  /** Open WebSockets whose person is known. */
  connections(): Iterable<Connection>
  /** Closes every socket with 1012 once what it received is committed and acknowledged, or cannot be. */
  shutDown(): Promise<void>
}

/**
 * Which subprotocol the server selects. The one with the token is never echoed.
 *
 * @param manyDocuments whether the socket is to carry channels
 */
export function selectSubprotocol(offered: Iterable<string>, manyDocuments: boolean): string | false {
  const protocols = [...offered]
  const known = manyDocuments ? [CHANNELS_SUBPROTOCOL] : [DURABLE_SUBPROTOCOL, STOCK_SUBPROTOCOL]
  const isToken = (protocol: string) => protocol.startsWith(TOKEN_SUBPROTOCOL_PREFIX)
  return (
    known.find(protocol => protocols.includes(protocol)) ?? protocols.find(each => !isToken(each)) ?? false
  )
}

/** Makes the sync server. */
export function createSyncServer(services: SyncServices): SyncServer {
  const { limits, metrics, rooms } = services
  const keepAlive = setInterval(() => keepAwake(services), KEEP_ALIVE_MS).unref()
  const positions = setInterval(() => tellPositions(rooms), TELL_POSITIONS_MS).unref()
  /** Without a connection while it is not known whose it is. */
  const connectionBySocket = new Map<WebSocket, Connection | undefined>()
  const pings = setInterval(() => pingAll(connectionBySocket, metrics), limits.pongMs).unref()
  const places: Places = {
    ofAddresses: new ConnectionCounts(limits.unauthenticatedPerAddress),
    ofPersons: new ConnectionCounts(limits.connectionsPerPerson),
  }
  metrics.observe('sockets', () => connectionBySocket.size)
  metrics.observe('sessions', () => [...rooms.sessions()].length)
  metrics.observe('rooms', () => rooms.size)
  metrics.observe('queued_bytes', () => services.intake.bytes)
  return {
    accept(webSocket, request) {
      connectionBySocket.set(webSocket, undefined)
      const socket = new GatheringSocket(webSocket, request.stream)
      // A token is good for ten minutes, and a session for as long as it is renewed: no socket outlives both for ever.
      const end = () => socket.close(CLOSE_CODES.restart, 'long enough')
      const ending = setTimeout(end, Math.min(limits.socketMs, MAX_TIMER_MS)).unref()
      socket.onceGone(() => {
        clearTimeout(ending)
        connectionBySocket.delete(webSocket)
        services.intake.forget(socket)
      })
      // Errors of a socket are followed by its close, which is where we act; one of them is a limit of ours.
      webSocket.on('error', error => {
        if ('code' in error && error.code === TOO_LONG) metrics.refused('too-large')
      })
      void serveConnection(services, places, socket, request, webSocket.protocol, connection => {
        if (connectionBySocket.has(webSocket)) connectionBySocket.set(webSocket, connection)
      })
    },
    *connections() {
      for (const connection of connectionBySocket.values()) if (connection) yield connection
    },
    async shutDown() {
      const sockets = [...connectionBySocket.keys()]
      // Who writes without a pause must not keep the server from stopping.
      for (const socket of sockets) socket.pause()
      await Promise.race([rooms.settled(), pause(SETTLE_MS, undefined, { ref: false })])
      for (const session of rooms.sessions()) session.closeWith(CLOSE_CODES.restart, 'restarting')
      for (const socket of sockets) socket.close(CLOSE_CODES.restart, 'restarting')
      const closed = sockets.map(socket => new Promise(resolve => socket.once('close', resolve)))
      for (const socket of sockets) socket.resume()
      await Promise.race([Promise.all(closed), pause(FAREWELL_MS, undefined, { ref: false })])
    },
    async [Symbol.asyncDispose]() {
      clearInterval(keepAlive)
      clearInterval(positions)
      clearInterval(pings)
      for (const socket of connectionBySocket.keys()) socket.terminate()
    },
  }
}

function keepAwake({ rooms, nowMs }: SyncServices): void {
  for (const session of rooms.sessions()) {
    session.closeIfLate()
    if (nowMs() - session.lastSentAtMs >= SILENCE_MS)
      session.send({ type: 'awareness', update: NO_AWARENESS })
  }
}

function tellPositions(rooms: SyncServices['rooms']): void {
  for (const session of rooms.sessions()) session.tellPosition()
}

const unanswered = new WeakSet<WebSocket>()

function pingAll(
  connectionBySocket: ReadonlyMap<WebSocket, Connection | undefined>,
  metrics: SyncServices['metrics'],
): void {
  for (const [socket, connection] of connectionBySocket) {
    // Behind a large answer a ping waits long: that has a time limit of its own.
    if (connection?.isTakingAnswer) continue
    if (unanswered.has(socket)) {
      metrics.refused('no-pong')
      socket.terminate()
    } else {
      unanswered.add(socket)
      socket.once('pong', () => unanswered.delete(socket))
      socket.ping()
    }
  }
}
