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
import type { Room } from './room.ts'
import type { Rooms } from './rooms.ts'
import { Session } from './session.ts'

/** An update or awareness message may have this size, a step 2 that of a document. */
const MAX_UPDATE_BYTES = 1024 * 1024
const MAX_DOCUMENT_BYTES = 8 * 1024 * 1024
/** What the WebSocket library lets through: more than we accept, so that it is we who refuse, with a code that ends retries. */
export const MAX_FRAME_BYTES = MAX_DOCUMENT_BYTES + 64 * 1024
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
  readonly logger: Logger
  readonly nowMs: () => number
}

/** What a WebSocket request asks for. */
export interface SyncRequest {
  readonly document: string
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
  const keepAlive = setInterval(() => keepAwake(services), KEEP_ALIVE_MS).unref()
  const sockets = new Set<WebSocket>()
  const pings = setInterval(() => pingAll(sockets), PING_MS).unref()
  return {
    accept(socket, request) {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      void serve(services, socket, request)
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

/** A connection from its first frame to its last. Frames that come before the person is known wait. */
async function serve(services: SyncServices, socket: WebSocket, request: SyncRequest): Promise<void> {
  const early: Uint8Array[] = []
  let earlyBytes = 0
  let take = (frame: Uint8Array): void => {
    earlyBytes += frame.length
    if (earlyBytes > MAX_FRAME_BYTES) throw new CodedError('too-large')
    early.push(frame)
  }
  let refuse = (error: unknown) => socket.close(new CodedError(errorCode(error)).closeCode, errorCode(error))
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
    const { room, session } = await enter(services, socket, request)
    refuse = error => session.close(errorCode(error))
    take = frame => dispatch(services, room, session, frame)
    socket.once('close', () => {
      session.gone()
      services.rooms.left(room, session)
    })
    for (const frame of early.splice(0)) take(frame)
    if (socket.readyState !== socket.OPEN) services.rooms.left(room, session)
  } catch (error) {
    if (!(error instanceof CodedError)) services.logger.error({ code: 'internal' }, 'a connection failed')
    refuse(error)
  }
}

async function enter(
  services: SyncServices,
  socket: WebSocket,
  request: SyncRequest,
): Promise<{ room: Room; session: Session }> {
  const holder = await authenticate(services, request.protocols)
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
  checkSize(message)
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
  const holder = await services.authenticate(accessToken).catch(() => undefined)
  if (holder?.sessionId !== session.accountSessionId) session.close('unauthorized')
}

function toFrame(data: RawData, isBinary: boolean): Uint8Array {
  if (!isBinary) throw new CodedError('malformed-message', 'Frames are binary.')
  if (Array.isArray(data)) return Buffer.concat(data)
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data
}

function checkSize(message: Message): void {
  const limit = message.type === 'step2' ? MAX_DOCUMENT_BYTES : MAX_UPDATE_BYTES
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
