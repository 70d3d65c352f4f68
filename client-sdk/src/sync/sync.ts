// Keeps every document that is not local in sync while somebody is signed in, and says in one word where things stand.
import { CodedError, type DocumentMode, type DocumentName, type ErrorCode } from '@workforce-democracy/shared'
import type { Http } from '../http.ts'
import type { Sodium } from '../keys/sodium.ts'
import type { Replica } from '../replica.ts'
import type { Session } from '../session.ts'
import type { WebSocketConstructor } from './counting-socket.ts'
import { DeviceSocket } from './device-socket.ts'
import { type DocumentOnServer, DocumentSync } from './document-sync.ts'
import { createReceiptBook, type ReceiptFinding } from './receipts.ts'
import type { SealedKeys, Sealing } from './sealing.ts'
import { createSyncLog, type SyncEvent } from './sync-log.ts'

/** Where the data of this device stands. */
export interface SyncStatus {
  /**
   * `local`: nothing is synced (no server, nobody signed in, or nothing opened).
   * `offline`: saved on this device, the server is away.
   * `catching-up`: not yet told everything that the server has. On a device that has just come to an account that is
   * so until all of it has arrived, also without network: no defaults are written until then.
   * `saved`: connected, and the server does not yet have everything.
   * `durable`: the server has everything.
   * `problem`: it needs somebody's attention; see `problem`. `consent-required`: on a device that has just come to the
   * account the person has yet to confirm what is open ({@link Privacy.confirm}). `unauthorized`: the server has ended the session, because
   * somebody ended it elsewhere, or because two devices used it, one of them with a copy of the other's store.
   */
  readonly state: 'local' | 'offline' | 'catching-up' | 'saved' | 'durable' | 'problem'
  /** Registers saved on this device that the server does not have yet, of documents that are synced. */
  readonly pending: number
  readonly problem?: ErrorCode
}

/** Something that an honest server does not do. */
export interface Tampering {
  readonly document: DocumentName
  /**
   * `tampered`: of a sealed document something is missing that others name, or made up. `rolled-back`: it lacks what this
   * device had had before, or the server has signed that it had come further. `forked`: the server has signed two histories
   * of it. `receipt-refused`: it gave a receipt that it has not signed.
   */
  readonly code: 'tampered' | ReceiptFinding
}

/** What developers see of the sync. */
export interface SyncInspection {
  readonly documents: Readonly<Partial<Record<DocumentName, DocumentOnServer>>>
  /** The last events, the newest last. */
  readonly log: readonly SyncEvent[]
}

/**
 * The sync of a client.
 *
 * @example
 * const stop = client.sync.subscribe(() => console.log(client.sync.status.state, client.sync.tampering))
 * await client.sync.flush()
 * stop()
 */
export interface Sync {
  readonly status: SyncStatus
  subscribe(listener: () => void): () => void
  /** For developers: the documents on the server, and what has happened lately. */
  inspect(): SyncInspection
  /** Takes note that documents were opened. */
  modesChanged(): void
  /** Takes note that this device has got keys, or newer ones: what is sealed moves to them. */
  keysChanged(): void
  /** What was found since the client was opened. What was missing is made good from this device. */
  readonly tampering: readonly Tampering[]
  /**
   * Resolves once a document lies on the server in the mode that this device syncs it in, under its newest key; at once
   * for a local one.
   *
   * @throws CodedError `client-closed`, `not-signed-in`
   */
  moved(document: DocumentName): Promise<void>
  /**
   * Resolves once that is so of every document, or cannot be brought about now, for instance without network. Returns
   * those of which it is not so: they follow by themselves.
   */
  settled(): Promise<DocumentName[]>
  /** Takes note that somebody has signed in or out, or that the account has another problem, or none. */
  accountChanged(): void
  /** Tries to connect at once; resolves when nothing is pending any more, or it cannot be sent now. */
  flush(): Promise<void>
  close(): Promise<void>
}

/** What sync is made of. */
export interface SyncOptions {
  readonly replica: Replica
  readonly session: Pick<Session, 'isSignedIn' | 'ended' | 'accessToken' | 'user'>
  /** HTTP address of the server, `undefined` for a client that stays by itself. */
  readonly serverUrl: string | undefined
  readonly modes: () => ReadonlyMap<DocumentName, DocumentMode>
  readonly http: Pick<Http, 'send'>
  /** What sealed documents are sealed with. Without keys they stay on this device. */
  readonly sealedKeys?: () => SealedKeys | undefined
  readonly sodium: Pick<Sodium, 'aead' | 'randomBytes' | 'ed25519'>
  /** What the account has against syncing. */
  readonly problem: () => { readonly code: ErrorCode; readonly stopsSync: boolean } | undefined
  /** Whether the account's data has yet to arrive here for the first time. */
  readonly isRestoring: () => boolean
  /** Told when it has. */
  readonly onRestored: () => Promise<void>
  /** Looks at the account's record, since something is sealed under a newer key; resolves with whether it could. */
  readonly onOutdated: () => Promise<boolean>
  readonly WebSocket: WebSocketConstructor | undefined
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** 0 to 1. */
  readonly random: () => number
  /** How often this device tells the others of its receipts; the first time somewhat earlier. Ten minutes unless given. */
  readonly publishReceiptsMs?: number
}

const PUBLISH_RECEIPTS_MS = 10 * 60_000

/** How long one waits for documents to be moved, and how long after the first thing that went wrong. */
const MAX_SETTLING_MS = 30_000
const FAILED_SETTLING_MS = 5000

/** Makes the sync of a client. */
export function createSync(options: SyncOptions): Sync {
  const { replica, session, http, random } = options
  const sealing = () => sealingOf(options)
  const device = deviceSocketOf(options)
  const syncByDocument = new Map<DocumentName, DocumentSync>()
  const listeners = new Set<() => void>()
  const tampering: Tampering[] = []
  const log = createSyncLog(options.now)
  /** Those who wait for an attempt to connect, and need not know which. */
  const failureListeners = new Set<() => void>()
  let status: SyncStatus = { state: 'local', pending: 0 }
  let closed = false
  const arrivals = new Set<() => void>()

  const tell = () => {
    for (const listener of [...listeners]) listener()
  }
  const found = (document: DocumentName, code: Tampering['code']) => {
    tampering.push({ document, code })
    log.add(code, document)
    tell()
  }
  const receipts = createReceiptBook({
    ...{ replica, http, sodium: options.sodium, onFound: found },
    personId: () => session.user?.id,
    acknowledged: document => syncByDocument.get(document)?.acknowledged,
  })
  const publish = () => {
    const maySay = session.isSignedIn && options.modes().has('settings') && !options.isRestoring()
    // What cannot be saved now is said the next time.
    if (maySay) void receipts.publish().catch(() => undefined)
  }
  const everyMs = options.publishReceiptsMs ?? PUBLISH_RECEIPTS_MS
  let publishing: ReturnType<typeof setTimeout>[] = []
  /** Only while something is synced: a client that is not leaves no timer behind. */
  const keepPublishing = (isWanted: boolean) => {
    if (isWanted === publishing.length > 0) return
    for (const timer of publishing) clearTimeout(timer)
    publishing = isWanted ? [setTimeout(publish, everyMs / 10), setInterval(publish, everyMs)] : []
  }
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
    if (options.isRestoring() && isAllThere(syncByDocument) && replica.unconfirmed().length === 0) restored()
    if (next.state === status.state && next.pending === status.pending && next.problem === status.problem)
      return
    status = next
    log.add(next.problem ? `${next.state}: ${next.problem}` : next.state)
    tell()
  }
  const reconcile = () => {
    if (closed) return
    const maySync = session.isSignedIn && device && !options.problem()?.stopsSync
    const wanted = maySync ? syncedModes(options) : new Map<DocumentName, DocumentMode>()
    for (const [document, sync] of syncByDocument) {
      if (wanted.has(document)) continue
      syncByDocument.delete(document)
      void sync.close()
    }
    for (const [document, mode] of wanted) {
      const present = syncByDocument.get(document)
      present?.setMode(mode)
      if (present || !device) continue
      const sync = new DocumentSync({
        ...{ document, mode, replica, http, sealing },
        url: device.url,
        accessToken: tokenOptions => session.accessToken(tokenOptions),
        WebSocket: device.channelClass(),
        random,
        onState: () => {
          const { state, problem } = sync.inspect()
          log.add(problem ? `${state}: ${problem}` : state, document)
          update()
          for (const check of [...arrivals]) check()
        },
        onTampering: code => found(document, code),
        onReceipt: receipt => receipts.take(document, receipt),
        onOutdated: () => options.onOutdated(),
        onFailed: () => {
          for (const listener of [...failureListeners]) listener()
        },
      })
      syncByDocument.set(document, sync)
    }
    keepPublishing(syncByDocument.size > 0)
    update()
    for (const check of [...arrivals]) check()
  }
  const stopWritten = replica.onWritten((document, registers) => {
    const there = syncByDocument.get(document)
    there?.push(registers)
    // What the person has chosen does not wait for more.
    if (document === 'settings') there?.flush()
  })
  const stopChanges = replica.subscribe(({ document }) => {
    if (document === 'settings') {
      for (const each of syncByDocument.values()) {
        each.choiceChanged()
        each.namesChanged()
      }
      receipts.compare()
    }
    update()
  })
  reconcile()

  const sync: Sync = {
    get status() {
      return status
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    inspect: () => ({
      documents: Object.fromEntries([...syncByDocument].map(([name, each]) => [name, each.inspect()])),
      log: log.events(),
    }),
    modesChanged: reconcile,
    keysChanged() {
      for (const each of syncByDocument.values()) each.keysChanged()
      reconcile()
    },
    tampering,
    moved(document) {
      return new Promise((resolve, reject) => {
        const check = () => {
          const there = syncByDocument.get(document)
          const isLocal = !options.modes().has(document)
          const canBeMoved = !closed && session.isSignedIn && !isLocal
          if (canBeMoved && !there?.isSettled) return
          arrivals.delete(check)
          if (closed) reject(new CodedError('client-closed'))
          else if (canBeMoved || isLocal) resolve()
          else reject(new CodedError('not-signed-in'))
        }
        arrivals.add(check)
        check()
      })
    },
    settled() {
      return new Promise(resolve => {
        const unsettled = () => [...syncByDocument].filter(([, each]) => !each.isSettled)
        let timer = setTimeout(() => finish(), MAX_SETTLING_MS)
        const finish = () => {
          clearTimeout(timer)
          arrivals.delete(check)
          failureListeners.delete(onFailure)
          resolve(unsettled().map(([document]) => document))
        }
        const check = () => {
          const waited = unsettled()
          if (closed || waited.every(([, { state }]) => state.state === 'problem')) finish()
        }
        // What fails once may be refused because somebody else was faster, or a session that has just been replaced.
        const onFailure = () => {
          failureListeners.delete(onFailure)
          clearTimeout(timer)
          timer = setTimeout(finish, FAILED_SETTLING_MS)
        }
        arrivals.add(check)
        failureListeners.add(onFailure)
        check()
      })
    },
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
      keepPublishing(false)
      stopWritten()
      stopChanges()
      await Promise.all([...syncByDocument.values()].map(each => each.close()))
      syncByDocument.clear()
      device?.close()
      await receipts.idle()
      for (const check of [...arrivals]) check()
      tell()
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

/** The documents to sync: sealed ones only with keys. */
function syncedModes({ modes, sealedKeys }: SyncOptions): Map<DocumentName, DocumentMode> {
  const hasKeys = sealedKeys?.() !== undefined
  return new Map([...modes()].filter(([, mode]) => mode === 'open' || hasKeys))
}

function sealingOf({ sealedKeys, sodium }: SyncOptions): Sealing | undefined {
  const keys = sealedKeys?.()
  return keys && { aead: sodium.aead, randomBytes: length => sodium.randomBytes(length), keys }
}

const isAllThere = (syncByDocument: ReadonlyMap<DocumentName, DocumentSync>) =>
  syncByDocument.size > 0 && [...syncByDocument.values()].every(({ state: { state } }) => state === 'live')

function statusOf(options: SyncOptions, syncByDocument: ReadonlyMap<DocumentName, DocumentSync>): SyncStatus {
  const { replica, session, problem, isRestoring } = options
  // Once the session has ended nothing is synced until somebody signs in again, and what waits for that is counted.
  const documents = [...(session.ended ? syncedModes(options) : syncByDocument).keys()]
  const pending = documents.reduce((sum, document) => sum + replica.pendingCount(document), 0)
  if (session.ended) return { state: 'problem', pending, problem: session.ended }
  const states = [...syncByDocument.values()].map(({ state }) => state)
  const accountProblem = problem()
  if (accountProblem) return { state: 'problem', pending, problem: accountProblem.code }
  const [first] = states
  if (!first) return { state: 'local', pending: 0 }
  for (const each of states)
    if (each.state === 'problem') return { state: 'problem', pending, problem: each.problem }
  if (isRestoring() && isAllThere(syncByDocument) && replica.unconfirmed().length > 0)
    return { state: 'problem', pending, problem: 'consent-required' }
  if (isRestoring()) return { state: 'catching-up', pending }
  if (states.some(({ state }) => state === 'offline')) return { state: 'offline', pending }
  if (states.some(({ state }) => state === 'catching-up')) return { state: 'catching-up', pending }
  return { state: pending > 0 ? 'saved' : 'durable', pending }
}
