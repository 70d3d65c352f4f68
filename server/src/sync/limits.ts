// How much one person, one connection and this server as a whole may take (SPEC P15).

/** Limits of the sync server. Whoever is over one is closed with its code; an update of a stream is never dropped. */
export interface SyncLimits {
  /** An update or awareness message; 4413. */
  readonly updateBytes: number
  /** A step 2, and a document as it is stored once compacted; 4413. */
  readonly documentBytes: number
  /** All documents of a person, as stored; 4413. */
  readonly personBytes: number
  /** Messages of one connection a second, on average; 4529. */
  readonly messagesPerSecond: number
  /** Messages that a connection may send at once. */
  readonly messageBurst: number
  /** Connections of one person; 4529. */
  readonly connectionsPerPerson: number
  /** Documents that one socket carries at once; 4529 for the channel beyond. */
  readonly channelsPerSocket: number
  /** Connections of one network address that have not shown a good token yet; 4529. */
  readonly unauthenticatedPerAddress: number
  /** Received and not yet committed, over all documents: from here on sockets are not read from. */
  readonly pauseAtBytes: number
  /** The same: from here on connections that still send are closed 4503. */
  readonly refuseAtBytes: number
  /** Sent to one connection and not yet taken, beyond the answer to its step 1; 4503. */
  readonly unreadBytes: number
  /** Sent over a socket with channels and not yet taken, answers included; 4503. */
  readonly socketUnreadBytes: number
  /** How long a connection has to take the answer to its step 1; 4503. */
  readonly answerMs: number
  /** How long a peer has to answer a ping, and how often it gets one; who is late is cut off. */
  readonly pongMs: number
  /** How long a socket lives; then it is closed 1012, and its client comes back. */
  readonly socketMs: number
}

const MIB = 1024 * 1024

export const DEFAULT_SYNC_LIMITS: SyncLimits = {
  updateBytes: MIB,
  documentBytes: 8 * MIB,
  personBytes: 32 * MIB,
  messagesPerSecond: 200,
  messageBurst: 5_000,
  connectionsPerPerson: 50,
  channelsPerSocket: 16,
  unauthenticatedPerAddress: 100,
  pauseAtBytes: 32 * MIB,
  refuseAtBytes: 64 * MIB,
  unreadBytes: MIB,
  socketUnreadBytes: 48 * MIB,
  answerMs: 60_000,
  pongMs: 30_000,
  socketMs: 12 * 60 * 60_000,
}

/** What the WebSocket library must let through: more than we take, so that it is we who refuse, with a code that ends retries. */
export const maxFrameBytes = ({ documentBytes }: SyncLimits): number => documentBytes + 64 * 1024
