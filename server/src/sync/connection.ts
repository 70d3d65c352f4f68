// A connection from its first frame to its last: whose it is, which room it enters, and what each frame asks for.
import type { Socket } from 'node:net'
import {
  CHANNELS_SUBPROTOCOL,
  CodedError,
  type DocumentMode,
  decodeMessage,
  ERROR_KINDS,
  type ErrorCode,
  errorCode,
  isDocumentName,
  type Message,
} from '@workforce-democracy/shared'
import * as decoding from 'lib0/decoding'
import type { Logger } from 'pino'
import * as Y from 'yjs'
import type { DocumentRef } from '../db/documents.ts'
import type { Metrics } from '../metrics.ts'
import { admit } from './admission.ts'
import { ChannelSocket } from './channel-socket.ts'
import { MAX_CLIENTS } from './decoded-update.ts'
import type { DocumentRequest } from './document-request.ts'
import type { DocumentSocket } from './document-socket.ts'
import { EarlyFrames } from './early-frames.ts'
import type { GatheringSocket } from './gathering-socket.ts'
import { type Claim, identify, type Places, type TokenHolder, type Tokens } from './identification.ts'
import type { Intake } from './intake.ts'
import { maxFrameBytes, type SyncLimits } from './limits.ts'
import { MessageAllowance } from './message-allowance.ts'
import type { Room } from './room.ts'
import type { Rooms } from './rooms.ts'
import { Session } from './session.ts'

/** What the sync server is made of. */
export interface SyncServices extends Tokens {
  readonly rooms: Rooms
  readonly intake: Intake
  readonly limits: SyncLimits
  readonly metrics: Pick<Metrics, 'refused' | 'observe'>
  readonly logger: Logger
  readonly nowMs: () => number
}

/** What a WebSocket request asks for. */
export interface SyncRequest extends Claim {
  /** `undefined`: many, each in a channel. */
  readonly document: DocumentRequest | undefined
  /** What carries the WebSocket. */
  readonly stream: Socket
}

/** A WebSocket whose person is known. */
export interface Connection {
  readonly personId: string
  /** The account session of the access token. */
  readonly accountSessionId: string
  /** Whether the peer has still to take the answer to a step 1. */
  readonly isTakingAnswer: boolean
  close(code: ErrorCode): void
}

/**
 * Serves one WebSocket.
 *
 * @param selectedProtocol the subprotocol that was agreed on
 * @param onConnected told the connection once the person is known and let in
 */
export async function serveConnection(
  services: SyncServices,
  places: Places,
  socket: GatheringSocket,
  request: SyncRequest,
  selectedProtocol: string,
  onConnected: (connection: Connection) => void,
): Promise<void> {
  if (!request.document && selectedProtocol !== CHANNELS_SUBPROTOCOL)
    return refuse(services, socket, new CodedError('protocol-too-old'))
  // Nothing is read from whom nobody knows: what waits, waits in the network and not in memory.
  socket.pause()
  const identified = identify(services, places, socket, request)
  if (request.document) await serveDocument(services, socket, identified, request.document, onConnected)
  else await serveChannels(services, socket, identified, onConnected)
  socket.resume()
}

/** Serves a socket that carries channels; they may be opened before the person is known. */
async function serveChannels(
  services: SyncServices,
  socket: GatheringSocket,
  identified: Promise<TokenHolder>,
  onConnected: (connection: Connection) => void,
): Promise<void> {
  const channels = new ChannelSocket({
    socket,
    limits: services.limits,
    nowMs: services.nowMs,
    onOpen: (channel, request) =>
      void serveDocument(services, channel, identified, request, session => {
        channel.session = session
      }),
    onRefused: code => services.metrics.refused(code),
  })
  try {
    const { personId, sessionId } = await identified
    onConnected({
      personId,
      accountSessionId: sessionId,
      get isTakingAnswer() {
        return channels.isTakingAnswer
      },
      close: code => channels.refuse(code),
    })
  } catch (error) {
    refuse(services, channels, error)
  }
}

/**
 * Serves one document's connection from its first frame to its last. Frames that come before its room is entered wait.
 *
 * @param onEntered told the session once it is in its room
 */
async function serveDocument(
  services: SyncServices,
  socket: DocumentSocket,
  identified: Promise<TokenHolder>,
  request: DocumentRequest,
  onEntered: (session: Session) => void,
): Promise<void> {
  const { intake, limits, rooms } = services
  const early = new EarlyFrames(socket.early, maxFrameBytes(limits))
  let take = (frame: Uint8Array): void => {
    if (socket.isOpen) early.add(frame)
  }
  let fail = (error: unknown): void => refuse(services, socket, error)
  socket.onFrame(frame => {
    try {
      take(frame)
    } catch (error) {
      fail(error)
    }
  })
  try {
    const { room, session } = await enter(services, await identified, socket, request)
    onEntered(session)
    socket.onceGone(() => {
      session.gone()
      rooms.left(room, session)
    })
    fail = error => session.close(errorCode(error))
    const allowance = new MessageAllowance({
      perSecond: limits.messagesPerSecond,
      burst: limits.messageBurst,
      nowMs: services.nowMs(),
    })
    take = frame => {
      if (!session.isOpen) return
      if (!allowance.use(services.nowMs())) throw new CodedError('too-many')
      if (intake.admit(socket.source) === 'refuse') throw new CodedError('overloaded')
      dispatch(services, room, session, frame)
    }
    for (const frame of early.takeAll()) take(frame)
  } catch (error) {
    early.takeAll()
    fail(error)
  }
}

/** Closes what is not in a room yet. */
function refuse(
  { metrics, logger }: SyncServices,
  socket: Pick<DocumentSocket, 'isOpen' | 'close'>,
  error: unknown,
): void {
  if (!socket.isOpen) return
  if (!(error instanceof CodedError)) logger.error({ code: 'internal' }, 'a connection failed')
  const code = errorCode(error)
  metrics.refused(code)
  socket.close(ERROR_KINDS[code].closeCode, code)
}

async function enter(
  services: SyncServices,
  holder: TokenHolder,
  socket: DocumentSocket,
  request: DocumentRequest,
): Promise<{ room: Room; session: Session }> {
  if (!isDocumentName(request.document)) throw new CodedError('unknown-document')
  const ref: DocumentRef = { personId: holder.personId, document: request.document }
  const mode = modeOf(request.mode)
  const generation = numberOf(request.generation)
  const session = new Session({
    socket,
    ...ref,
    receipts: request.receipts === '1',
    accountSessionId: holder.sessionId,
    durableMessages: socket.durableMessages,
    cursor: generation ? { generation, position: numberOf(request.position) ?? 0 } : undefined,
    limits: services.limits,
    nowMs: services.nowMs,
    onRefused: code => services.metrics.refused(code),
  })
  const room = await admit(services.rooms, session, ref, { mode, generation })
  return { room, session }
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
