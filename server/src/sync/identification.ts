// Whose a WebSocket is, and the place that it takes.
import { CodedError, TOKEN_SUBPROTOCOL_PREFIX } from '@workforce-democracy/shared'
import type { ConnectionCounts } from './connection-counts.ts'
import type { DocumentSocket } from './document-socket.ts'

/** Who a token belongs to. */
export interface TokenHolder {
  readonly personId: string
  readonly sessionId: string
}

/** What knows tokens. */
export interface Tokens {
  /** The holder of a live access token, `undefined` for a bad or revoked one. */
  readonly authenticate: (accessToken: string) => Promise<TokenHolder | undefined>
}

/** What a WebSocket request says of who makes it. */
export interface Claim {
  /** Network address of the peer; only counted, never kept. */
  readonly address: string
  readonly protocols: readonly string[]
}

/** Places that connections take. */
export interface Places {
  /** Connections that have not shown a good token yet, by address. */
  readonly ofAddresses: ConnectionCounts
  readonly ofPersons: ConnectionCounts
}

/**
 * The holder of the token. Without a good one the connection counts for its address until it is gone.
 *
 * @throws CodedError `unauthorized`, `too-many`
 */
export async function identify(
  tokens: Tokens,
  { ofAddresses, ofPersons }: Places,
  socket: Pick<DocumentSocket, 'onceGone'>,
  { address, protocols }: Claim,
): Promise<TokenHolder> {
  if (!ofAddresses.take(address)) throw new CodedError('too-many')
  const holder = await authenticate(tokens, protocols).catch(error => {
    socket.onceGone(() => ofAddresses.release(address))
    throw error
  })
  ofAddresses.release(address)
  if (!ofPersons.take(holder.personId)) throw new CodedError('too-many')
  socket.onceGone(() => ofPersons.release(holder.personId))
  return holder
}

async function authenticate(tokens: Tokens, protocols: readonly string[]): Promise<TokenHolder> {
  const token = protocols.find(protocol => protocol.startsWith(TOKEN_SUBPROTOCOL_PREFIX))
  const holder = token && (await tokens.authenticate(token.slice(TOKEN_SUBPROTOCOL_PREFIX.length)))
  if (!holder) throw new CodedError('unauthorized')
  return holder
}
