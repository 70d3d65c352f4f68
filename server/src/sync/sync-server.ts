// Where a WebSocket becomes a session: token, document, mode and generation, then frames in the order they come.
import {
  CLOSE_CODES,
  CodedError,
  type DocumentMode,
  DURABLE_SUBPROTOCOL,
  decodeMessage,
  errorCode,
  isDocumentName,
  type Message,
  STOCK_SUBPROTOCOL,
  TOKEN_SUBPROTOCOL_PREFIX,
} from '@workforce-democracy/shared'
import type { Logger } from 'pino'
import type { RawData, WebSocket } from 'ws'
import * as Y from 'yjs'
import type { DocumentRef } from '../db/documents.ts'
import type { Metrics } from '../metrics.ts'
import { ConnectionCounts } from './connection-counts.ts'
import type { Intake } from './intake.ts'
import { maxFrameBytes, type SyncLimits } from './limits.ts'
import { MessageAllowance } from './message-allowance.ts'
import type { Room } from './room.ts'
import type { Rooms } from './rooms.ts'
import { Session } from './session.ts'

/** A peer that is sent nothing for this long gets an empty awareness update; stock clients give up at 30 s. */
const SILENCE_MS = 20_000
const KEEP_ALIVE_MS = 5_000
/** Every so often each peer must answer a ping. */
const PING_MS = 30_000
/** An awareness update of no client. */
const NO_AWARENESS: Uint8Array = new Uint8Array([0])

/** Who a token belongs to. */
export interface TokenHolder {
  readonly personId: string
  readonly sessionId: string
}

/** What the sync server is made of. */
export interface SyncServices {
  readonly rooms: Rooms
  /** The holder of a live access token, `undefined` for a bad or revoked one. */
  readonly authenticate: (accessToken: string) => Promise<TokenHolder | undefined>
  readonly intake: Intake
  readonly limits: SyncLimits
  readonly metrics: Pick<Metrics, 'refused' | 'observe'>
  readonly logger: Logger
  readonly nowMs: () => number
}

/** What a WebSocket request asks for. */
export interface SyncRequest {
  readonly document: string
  /** Network address of the peer; only counted, never kept. */
  readonly address: string
  readonly protocols: readonly string[]
  /** From `?mode=&generation=&position=`; a stock client gives none. */
  readonly mode: string | undefined
  readonly generation: string | undefined
  readonly position: string | undefined
}

/** Serves WebSockets. */
export interface SyncServer extends AsyncDisposable {
  accept(socket: WebSocket, request: SyncRequest): void
  /** Closes every socket with 1012 once what it received is committed and acknowledged. */
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
  const sockets = new Set<WebSocket>()
  const pings = setInterval(() => pingAll(sockets), PING_MS).unref()
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
      void serve(services, places, socket, request)
    },
    async shutDown() {
      await services.rooms.settled()
      for (const socket of sockets) socket.close(CLOSE_CODES.restart, 'restarting')
    },
    async [Symbol.asyncDispose]() {
      clearInterval(keepAlive)
      clearInterval(pings)
      for (const socket of sockets) socket.terminate()
    },
  }
}

interface Places {
  /** Connections that have not shown a good token yet, by address. */
  readonly ofAddresses: ConnectionCounts
  readonly ofPersons: ConnectionCounts
}

/** A connection from its first frame to its last. Frames that come before the person is known wait. */
async function serve(
  services: SyncServices,
  places: Places,
  socket: WebSocket,
  request: SyncRequest,
): Promise<void> {
  const { intake, limits, metrics, rooms, logger } = services
  const early: Uint8Array[] = []
  let earlyBytes = 0
  let take = (frame: Uint8Array): void => {
    earlyBytes += frame.length
    if (earlyBytes > maxFrameBytes(limits)) throw new CodedError('too-large')
    early.push(frame)
  }
  let refuse = (error: unknown): void => {
    if (socket.readyState !== socket.OPEN) return
    metrics.refused(errorCode(error))
    socket.close(new CodedError(errorCode(error)).closeCode, errorCode(error))
  }
  socket.on('message', (data, isBinary) => {
    try {
      take(toFrame(data, isBinary))
    } catch (error) {
      refuse(error)
    }
  })
  // Errors of a socket are followed by its close, which is where we act.
  socket.on('error', () => undefined)
  try {
    const holder = await identify(services, places, socket, request)
    if (!places.ofPersons.take(holder.personId)) throw new CodedError('too-many')
    onceClosed(socket, () => places.ofPersons.release(holder.personId))
    const { room, session } = await enter(services, holder, socket, request)
    onceClosed(socket, () => {
      session.gone()
      intake.forget(socket)
      rooms.left(room, session)
    })
    refuse = error => session.close(errorCode(error))
    const allowance = new MessageAllowance({
      perSecond: limits.messagesPerSecond,
      burst: limits.messageBurst,
      nowMs: services.nowMs(),
    })
    take = frame => {
      if (!allowance.use(services.nowMs())) throw new CodedError('too-many')
      if (intake.admit(socket) === 'refuse') throw new CodedError('overloaded')
      dispatch(services, room, session, frame)
    }
    for (const frame of early.splice(0)) take(frame)
  } catch (error) {
    if (!(error instanceof CodedError)) logger.error({ code: 'internal' }, 'a connection failed')
    refuse(error)
  }
}

/** The holder of the token. Without a good one the connection counts for its address until it is gone. */
async function identify(
  services: SyncServices,
  { ofAddresses }: Places,
  socket: WebSocket,
  { address, protocols }: SyncRequest,
): Promise<TokenHolder> {
  if (!ofAddresses.take(address)) throw new CodedError('too-many')
  try {
    const holder = await authenticate(services, protocols)
    ofAddresses.release(address)
    return holder
  } catch (error) {
    onceClosed(socket, () => ofAddresses.release(address))
    throw error
  }
}

/** Calls `listener` when the socket closes, or now if it already has. */
function onceClosed(socket: WebSocket, listener: () => void): void {
  if (socket.readyState === socket.CLOSED) listener()
  else socket.once('close', listener)
}

async function enter(
  services: SyncServices,
  holder: TokenHolder,
  socket: WebSocket,
  request: SyncRequest,
): Promise<{ room: Room; session: Session }> {
  if (!isDocumentName(request.document)) throw new CodedError('unknown-document')
  const ref: DocumentRef = { personId: holder.personId, document: request.document }
  const mode = modeOf(request.mode)
  const generation = numberOf(request.generation)
  const session = new Session({
    socket,
    personId: holder.personId,
    accountSessionId: holder.sessionId,
    durableMessages: socket.protocol === DURABLE_SUBPROTOCOL,
    cursor: generation ? { generation, position: numberOf(request.position) ?? 0 } : undefined,
    nowMs: services.nowMs,
    onRefused: code => services.metrics.refused(code),
  })
  const room = await services.rooms.find(ref)
  if (mode === 'open') await room.openIfLocal()
  if (room.mode === 'sealed') throw new CodedError('not-available-yet')
  if ((mode && mode !== room.mode) || (generation && generation !== room.generation)) {
    session.closeMoved(room.generation)
    throw new CodedError('moved')
  }
  room.enter(session)
  return { room, session }
}

async function authenticate(services: SyncServices, protocols: readonly string[]): Promise<TokenHolder> {
  const token = protocols.find(protocol => protocol.startsWith(TOKEN_SUBPROTOCOL_PREFIX))
  const holder = token && (await services.authenticate(token.slice(TOKEN_SUBPROTOCOL_PREFIX.length)))
  if (!holder) throw new CodedError('unauthorized')
  return holder
}

function dispatch(services: SyncServices, room: Room, session: Session, frame: Uint8Array): void {
  const message = decodeMessage(frame)
  checkSize(message, services.limits)
  switch (message.type) {
    case 'step1':
      checkStateVector(message.stateVector)
      room.answer(session, message.stateVector).catch(error => session.close(errorCode(error)))
      return
    case 'step2':
    case 'update':
      room.receive(session, message.type, message.update)
      return
    case 'awareness':
      room.relayAwareness(session, message.update)
      return
    case 'query-awareness':
      room.answerAwarenessQuery(session)
      return
    case 'renew-token':
      void renew(services, session, message.accessToken)
      return
    default:
      throw new CodedError('malformed-message', 'Only the server sends this message.')
  }
}

async function renew(services: SyncServices, session: Session, accessToken: string): Promise<void> {
  try {
    const holder = await services.authenticate(accessToken)
    if (holder?.sessionId !== session.accountSessionId) session.close('unauthorized')
  } catch {
    // Whether the token is good nobody knows without Postgres: that is no reason to send the person away.
    session.close('overloaded')
  }
}

function toFrame(data: RawData, isBinary: boolean): Uint8Array {
  if (!isBinary) throw new CodedError('malformed-message', 'Frames are binary.')
  if (Array.isArray(data)) return Buffer.concat(data)
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data
}

function checkSize(message: Message, { documentBytes, updateBytes }: SyncLimits): void {
  const limit = message.type === 'step2' ? documentBytes : updateBytes
  if ('update' in message && message.update.length > limit) throw new CodedError('too-large')
}

function checkStateVector(stateVector: Uint8Array): void {
  try {
    Y.decodeStateVector(stateVector)
  } catch (cause) {
    throw new CodedError('malformed-message', 'This is not a state vector.', { cause })
  }
}

function modeOf(mode: string | undefined): DocumentMode | undefined {
  if (mode === undefined || mode === 'open' || mode === 'sealed') return mode
  throw new CodedError('malformed-message', 'The mode is open or sealed.')
}

function numberOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 0)
    throw new CodedError('malformed-message', 'Not a position.')
  return number
}

function keepAwake({ rooms, nowMs }: SyncServices): void {
  for (const session of rooms.sessions()) {
    if (nowMs() - session.lastSentAtMs >= SILENCE_MS)
      session.send({ type: 'awareness', update: NO_AWARENESS })
  }
}

const unanswered = new WeakSet<WebSocket>()

function pingAll(sockets: ReadonlySet<WebSocket>): void {
  for (const socket of sockets) {
    if (unanswered.has(socket)) socket.terminate()
    else {
      unanswered.add(socket)
      socket.once('pong', () => unanswered.delete(socket))
      socket.ping()
    }
  }
}
