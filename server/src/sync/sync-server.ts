// Serves WebSockets: keeps them awake while they are open, and lets them go without losing what they sent.
import { setTimeout as pause } from 'node:timers/promises'
import {
  CLOSE_CODES,
  DURABLE_SUBPROTOCOL,
  STOCK_SUBPROTOCOL,
  TOKEN_SUBPROTOCOL_PREFIX,
} from '@workforce-democracy/shared'
import type { WebSocket } from 'ws'
import { type Places, type SyncRequest, type SyncServices, serveConnection } from './connection.ts'
import { ConnectionCounts } from './connection-counts.ts'
import type { Session } from './session.ts'

/** A peer that is sent nothing for this long gets an empty awareness update; stock clients give up at 30 s. */
const SILENCE_MS = 20_000
const KEEP_ALIVE_MS = 5_000
/** How far the cursor of a client that only listens may lag (SPEC P7). */
const TELL_POSITIONS_MS = 1_000
/** How long a stop waits for commits: a Postgres that says nothing takes none. */
const SETTLE_MS = 3_000
/** How long peers have to answer the close at shutdown. */
const FAREWELL_MS = 2_000
/** An awareness update of no client. */
const NO_AWARENESS: Uint8Array = new Uint8Array([0])

/** Serves WebSockets. */
export interface SyncServer extends AsyncDisposable {
  accept(socket: WebSocket, request: SyncRequest): void
  /** Closes every socket with 1012 once what it received is committed and acknowledged, or cannot be. */
  shutDown(): Promise<void>
}

/** Which subprotocol the server selects. The one with the token is never echoed. */
export function selectSubprotocol(offered: Iterable<string>): string | false {
  const protocols = [...offered]
  if (protocols.includes(DURABLE_SUBPROTOCOL)) return DURABLE_SUBPROTOCOL
  if (protocols.includes(STOCK_SUBPROTOCOL)) return STOCK_SUBPROTOCOL
  return protocols.find(protocol => !protocol.startsWith(TOKEN_SUBPROTOCOL_PREFIX)) ?? false
}

/** Makes the sync server. */
export function createSyncServer(services: SyncServices): SyncServer {
  const { limits, metrics, rooms } = services
  const keepAlive = setInterval(() => keepAwake(services), KEEP_ALIVE_MS).unref()
  const positions = setInterval(() => tellPositions(rooms), TELL_POSITIONS_MS).unref()
  const sockets = new Set<WebSocket>()
  const sessionBySocket = new WeakMap<WebSocket, Session>()
  const pings = setInterval(() => pingAll(sockets, sessionBySocket), limits.pongMs).unref()
  const places: Places = {
    ofAddresses: new ConnectionCounts(limits.unauthenticatedPerAddress),
    ofPersons: new ConnectionCounts(limits.connectionsPerPerson),
  }
  metrics.observe('sockets', () => sockets.size)
  metrics.observe('rooms', () => rooms.size)
  metrics.observe('queued_bytes', () => services.intake.bytes)
  return {
    accept(socket, request) {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      void serveConnection(services, places, socket, request, session => sessionBySocket.set(socket, session))
    },
    async shutDown() {
      // Who writes without a pause must not keep the server from stopping.
      for (const socket of sockets) socket.pause()
      await Promise.race([rooms.settled(), pause(SETTLE_MS, undefined, { ref: false })])
      for (const session of rooms.sessions()) session.closeWith(CLOSE_CODES.restart, 'restarting')
      for (const socket of sockets) socket.close(CLOSE_CODES.restart, 'restarting')
      const closed = [...sockets].map(socket => new Promise(resolve => socket.once('close', resolve)))
      for (const socket of sockets) socket.resume()
      await Promise.race([
        Promise.all(closed),
        new Promise(resolve => setTimeout(resolve, FAREWELL_MS).unref()),
      ])
    },
    async [Symbol.asyncDispose]() {
      clearInterval(keepAlive)
      clearInterval(positions)
      clearInterval(pings)
      for (const socket of sockets) socket.terminate()
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

function pingAll(sockets: ReadonlySet<WebSocket>, sessionBySocket: WeakMap<WebSocket, Session>): void {
  for (const socket of sockets) {
    // Behind a large answer a ping waits long: that has a time limit of its own.
    if (sessionBySocket.get(socket)?.isTakingAnswer) continue
    if (unanswered.has(socket)) socket.terminate()
    else {
      unanswered.add(socket)
      socket.once('pong', () => unanswered.delete(socket))
      socket.ping()
    }
  }
}
