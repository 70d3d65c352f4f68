// Keeps every open document in sync while somebody is signed in, and says in one word where things stand.
import type { DocumentMode, DocumentName, ErrorCode } from '@workforce-democracy/shared'
import type { Replica } from '../replica.ts'
import type { Session } from '../session.ts'
import type { WebSocketConstructor } from './counting-socket.ts'
import { DeviceSocket } from './device-socket.ts'
import { DocumentSync } from './document-sync.ts'

/** Where the data of this device stands. */
export interface SyncStatus {
  /**
   * `local`: nothing is synced (no server, nobody signed in, or nothing opened).
   * `offline`: saved on this device, the server is away.
   * `catching-up`: connected, and not yet told everything that the server has.
   * `saved`: connected, and the server does not yet have everything.
   * `durable`: the server has everything.
   * `problem`: it needs somebody's attention; see `problem`. `unauthorized`: the server has ended the session, because
   * somebody ended it elsewhere, or because two devices used it, one of them with a copy of the other's store.
   */
  readonly state: 'local' | 'offline' | 'catching-up' | 'saved' | 'durable' | 'problem'
  /** Registers saved on this device that the server does not have yet, of documents that are synced. */
  readonly pending: number
  readonly problem?: ErrorCode
}

/** The sync of a client. */
export interface Sync {
  readonly status: SyncStatus
  subscribe(listener: () => void): () => void
  /** Takes note that documents were opened. */
  modesChanged(): void
  /** Takes note that somebody has signed in or out. */
  signedInChanged(): void
  /** Tries to connect at once; resolves when nothing is pending any more, or it cannot be sent now. */
  flush(): Promise<void>
  close(): Promise<void>
}

/** What sync is made of. */
export interface SyncOptions {
  readonly replica: Replica
  readonly session: Pick<Session, 'isSignedIn' | 'isEndedByServer' | 'accessToken'>
  /** HTTP address of the server, `undefined` for a client that stays by itself. */
  readonly serverUrl: string | undefined
  readonly modes: () => ReadonlyMap<DocumentName, DocumentMode>
  readonly WebSocket: WebSocketConstructor | undefined
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** 0 to 1. */
  readonly random: () => number
}

/** Makes the sync of a client. */
export function createSync(options: SyncOptions): Sync {
  const { replica, session, modes, random } = options
  const device = deviceSocketOf(options)
  const syncByDocument = new Map<DocumentName, DocumentSync>()
  const listeners = new Set<() => void>()
  let status: SyncStatus = { state: 'local', pending: 0 }
  let closed = false

  const update = () => {
    const next = session.isEndedByServer ? endedStatus(replica, modes()) : statusOf(replica, syncByDocument)
    if (next.state === status.state && next.pending === status.pending && next.problem === status.problem)
      return
    status = next
    for (const listener of listeners) listener()
  }
  const reconcile = () => {
    if (closed) return
    const wanted = new Set(session.isSignedIn && device ? openOnes(modes()) : [])
    for (const [document, sync] of syncByDocument) {
      if (wanted.has(document)) continue
      syncByDocument.delete(document)
      void sync.close()
    }
    for (const document of wanted) {
      if (syncByDocument.has(document) || !device) continue
      const sync = new DocumentSync({
        document,
        replica,
        url: device.url,
        accessToken: tokenOptions => session.accessToken(tokenOptions),
        WebSocket: device.channelClass(),
        random,
        onState: update,
      })
      syncByDocument.set(document, sync)
    }
    update()
  }
  const stopWritten = replica.onWritten((document, registers) =>
    syncByDocument.get(document)?.push(registers),
  )
  const stopChanges = replica.subscribe(update)
  reconcile()

  const sync: Sync = {
    get status() {
      return status
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    modesChanged: reconcile,
    signedInChanged: reconcile,
    flush() {
      device?.reconnectNow()
      for (const each of syncByDocument.values()) each.reconnectNow()
      return new Promise(resolve => {
        const done = () => ['local', 'durable', 'problem'].includes(status.state) || closed
        if (done()) return resolve()
        const stop = sync.subscribe(() => {
          if (!done() && status.state !== 'offline') return
          stop()
          resolve()
        })
      })
    },
    async close() {
      closed = true
      stopWritten()
      stopChanges()
      await Promise.all([...syncByDocument.values()].map(each => each.close()))
      syncByDocument.clear()
      device?.close()
      for (const listener of [...listeners]) listener()
    },
  }
  return sync
}

/** Nothing without a server, or where there are no sockets. */
function deviceSocketOf({ serverUrl, WebSocket, now, random }: SyncOptions): DeviceSocket | undefined {
  if (!serverUrl || !WebSocket) return undefined
  const url = `${serverUrl.replace(/^http/, 'ws').replace(/\/+$/, '')}/api/sync`
  return new DeviceSocket({ url, WebSocket, now, random })
}

function openOnes(modes: ReadonlyMap<DocumentName, DocumentMode>): DocumentName[] {
  return [...modes].filter(([, mode]) => mode === 'open').map(([document]) => document)
}

/** Nothing is synced until somebody signs in again, and what waits for that is counted. */
function endedStatus(replica: Replica, modes: ReadonlyMap<DocumentName, DocumentMode>): SyncStatus {
  const pending = openOnes(modes).reduce((sum, document) => sum + replica.pendingCount(document), 0)
  return { state: 'problem', pending, problem: 'unauthorized' }
}

function statusOf(replica: Replica, syncByDocument: ReadonlyMap<DocumentName, DocumentSync>): SyncStatus {
  const states = [...syncByDocument.values()].map(({ state }) => state)
  const pending = [...syncByDocument.keys()].reduce(
    (sum, document) => sum + replica.pendingCount(document),
    0,
  )
  const [first] = states
  if (!first) return { state: 'local', pending: 0 }
  for (const each of states)
    if (each.state === 'problem') return { state: 'problem', pending, problem: each.problem }
  if (states.some(({ state }) => state === 'offline')) return { state: 'offline', pending }
  if (states.some(({ state }) => state === 'catching-up')) return { state: 'catching-up', pending }
  return { state: pending > 0 ? 'saved' : 'durable', pending }
}
