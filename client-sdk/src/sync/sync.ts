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
   * `catching-up`: not yet told everything that the server has. On a device that has just come to an account that is
   * so until all of it has arrived, also without network: no defaults are written until then.
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
  /** Takes note that somebody has signed in or out, or that the account has another problem, or none. */
  accountChanged(): void
  /** Tries to connect at once; resolves when nothing is pending any more, or it cannot be sent now. */
  flush(): Promise<void>
  close(): Promise<void>
}

/** What sync is made of. */
export interface SyncOptions {
  readonly replica: Replica
  readonly session: Pick<Session, 'isSignedIn' | 'ended' | 'accessToken'>
  /** HTTP address of the server, `undefined` for a client that stays by itself. */
  readonly serverUrl: string | undefined
  readonly modes: () => ReadonlyMap<DocumentName, DocumentMode>
  /** What the account has against syncing. */
  readonly problem: () => { readonly code: ErrorCode; readonly stopsSync: boolean } | undefined
  /** Whether the account's data has yet to arrive here for the first time. */
  readonly isRestoring: () => boolean
  /** Told when it has. */
  readonly onRestored: () => Promise<void>
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
  /** Those who wait for an attempt to connect, and need not know which. */
  const failureListeners = new Set<() => void>()
  let status: SyncStatus = { state: 'local', pending: 0 }
  let closed = false

  let isNoting = false
  const restored = () => {
    if (isNoting) return
    isNoting = true
    // Noted again with the next change should this fail: until then the state is the cautious one.
    void options
      .onRestored()
      .catch(() => undefined)
      .finally(() => {
        isNoting = false
        if (!options.isRestoring()) update()
      })
  }
  const update = () => {
    const next = statusOf(options, syncByDocument)
    if (options.isRestoring() && isAllThere(syncByDocument)) restored()
    if (next.state === status.state && next.pending === status.pending && next.problem === status.problem)
      return
    status = next
    for (const listener of listeners) listener()
  }
  const reconcile = () => {
    if (closed) return
    const maySync = session.isSignedIn && device && !options.problem()?.stopsSync
    const wanted = new Set(maySync ? openOnes(modes()) : [])
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
        onFailed: () => {
          for (const listener of [...failureListeners]) listener()
        },
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
    accountChanged: reconcile,
    flush() {
      device?.reconnectNow()
      for (const each of syncByDocument.values()) each.reconnectNow()
      return new Promise(resolve => {
        const done = () => ['local', 'durable', 'problem'].includes(status.state) || closed
        if (done()) return resolve()
        const finish = () => {
          stopWaiting()
          failureListeners.delete(finish)
          resolve()
        }
        const stopWaiting = sync.subscribe(() => done() && finish())
        failureListeners.add(finish)
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

const isAllThere = (syncByDocument: ReadonlyMap<DocumentName, DocumentSync>) =>
  syncByDocument.size > 0 && [...syncByDocument.values()].every(({ state: { state } }) => state === 'live')

function statusOf(
  { replica, session, modes, problem, isRestoring }: SyncOptions,
  syncByDocument: ReadonlyMap<DocumentName, DocumentSync>,
): SyncStatus {
  if (session.ended) {
    // Nothing is synced until somebody signs in again, and what waits for that is counted.
    const pending = openOnes(modes()).reduce((sum, document) => sum + replica.pendingCount(document), 0)
    return { state: 'problem', pending, problem: session.ended }
  }
  const states = [...syncByDocument.values()].map(({ state }) => state)
  const pending = [...syncByDocument.keys()].reduce(
    (sum, document) => sum + replica.pendingCount(document),
    0,
  )
  const accountProblem = problem()
  if (accountProblem) return { state: 'problem', pending, problem: accountProblem.code }
  const [first] = states
  if (!first) return { state: 'local', pending: 0 }
  for (const each of states)
    if (each.state === 'problem') return { state: 'problem', pending, problem: each.problem }
  if (isRestoring()) return { state: 'catching-up', pending }
  if (states.some(({ state }) => state === 'offline')) return { state: 'offline', pending }
  if (states.some(({ state }) => state === 'catching-up')) return { state: 'catching-up', pending }
  return { state: pending > 0 ? 'saved' : 'durable', pending }
}
