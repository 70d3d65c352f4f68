// A WebSocket from its first frame to its last: whose it is, which room it enters, and what each frame asks for.
import type { Socket } from 'node:net'
import {
  CodedError,
  type DocumentMode,
  DURABLE_SUBPROTOCOL,
  decodeMessage,
  errorCode,
  isDocumentName,
  type Message,
  TOKEN_SUBPROTOCOL_PREFIX,
} from '@workforce-democracy/shared'
import * as decoding from 'lib0/decoding'
import type { Logger } from 'pino'
import type { RawData, WebSocket } from 'ws'
import * as Y from 'yjs'
import type { DocumentRef } from '../db/documents.ts'
import type { Metrics } from '../metrics.ts'
import type { ConnectionCounts } from './connection-counts.ts'
import { MAX_CLIENTS } from './decoded-update.ts'
import { GatheringSocket } from './gathering-socket.ts'
import type { Intake } from './intake.ts'
import type { SyncLimits } from './limits.ts'
import { MessageAllowance } from './message-allowance.ts'
import type { Room } from './room.ts'
import type { Rooms } from './rooms.ts'
import { Session } from './session.ts'

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
  /** What carries the WebSocket. */
  readonly stream: Socket
  /** Network address of the peer; only counted, never kept. */
  readonly address: string
  readonly protocols: readonly string[]
  /** From `?mode=&generation=&position=`; a stock client gives none. */
  readonly mode: string | undefined
  readonly generation: string | undefined
  readonly position: string | undefined
}

/** The library's code for a message that is longer than it reads. */
const TOO_LONG = 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'

/** Places that connections take. */
export interface Places {
  /** Connections that have not shown a good token yet, by address. */
  readonly ofAddresses: ConnectionCounts
  readonly ofPersons: ConnectionCounts
}

/**
 * A connection from its first frame to its last. Nothing is read from it before the person is known: what waits, waits
 * in the network and not in memory.
 *
 * @param onEntered told the session once it is in its room
 */
export async function serveConnection(
  services: SyncServices,
  places: Places,
  socket: WebSocket,
  request: SyncRequest,
  onEntered: (session: Session) => void,
): Promise<void> {
  const { intake, limits, metrics, rooms, logger } = services
  let take = (_frame: Uint8Array): void => undefined
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
  // Errors of a socket are followed by its close, which is where we act; one of them is a limit of ours.
  socket.on('error', error => {
    if ('code' in error && error.code === TOO_LONG) refuse(new CodedError('too-large'))
  })
  socket.pause()
  try {
    const holder = await identify(services, places, socket, request)
    if (!places.ofPersons.take(holder.personId)) throw new CodedError('too-many')
    onceClosed(socket, () => places.ofPersons.release(holder.personId))
    const { room, session } = await enter(services, holder, socket, request)
    onEntered(session)
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
      if (!session.isOpen) return
      if (!allowance.use(services.nowMs())) throw new CodedError('too-many')
      if (intake.admit(socket) === 'refuse') throw new CodedError('overloaded')
      dispatch(services, room, session, frame)
    }
  } catch (error) {
    if (!(error instanceof CodedError)) logger.error({ code: 'internal' }, 'a connection failed')
    refuse(error)
  }
  socket.resume()
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
    socket: new GatheringSocket(socket, request.stream),
    personId: holder.personId,
    accountSessionId: holder.sessionId,
    durableMessages: socket.protocol === DURABLE_SUBPROTOCOL,
    cursor: generation ? { generation, position: numberOf(request.position) ?? 0 } : undefined,
    limits: services.limits,
    nowMs: services.nowMs,
    onRefused: code => services.metrics.refused(code),
  })
  const room = await services.rooms.find(ref)
  try {
    if (mode === 'open') await room.openIfLocal()
    if (room.mode === 'sealed') throw new CodedError('not-available-yet')
    if ((mode && mode !== room.mode) || (generation && generation !== room.generation)) {
      session.closeMoved(room.generation)
      throw new CodedError('moved')
    }
    room.enter(session)
    return { room, session }
  } catch (error) {
    services.rooms.left(room)
    throw error
  }
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
  if (message.type === 'step1' && message.stateVector.length > limit) throw new CodedError('too-large')
}

function checkStateVector(stateVector: Uint8Array): void {
  try {
    const clients = decoding.readVarUint(decoding.createDecoder(stateVector))
    if (clients > MAX_CLIENTS) throw new CodedError('malformed-message')
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
