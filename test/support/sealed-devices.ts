// Devices of one person that have the keys of sealed documents: what a client is made of, with keys that a test hands in.
import { createHash } from 'node:crypto'
import type { DocumentName, SessionResponse } from '@workforce-democracy/shared'
import { WebSocket } from 'ws'
import { createHttp, type HttpRequest } from '../../client-sdk/src/http.ts'
import { loadSodium } from '../../client-sdk/src/keys/sodium.ts'
import { nameOfRow } from '../../client-sdk/src/replica/replica-rows.ts'
import { openReplica, type Replica } from '../../client-sdk/src/replica.ts'
import { openEncryptedRows } from '../../client-sdk/src/store/encrypted-rows.ts'
import { createMemoryStore } from '../../client-sdk/src/store/memory-store.ts'
import type { Store } from '../../client-sdk/src/store/store.ts'
import type { SealedKeys } from '../../client-sdk/src/sync/sealing.ts'
import { createSync, type Sync } from '../../client-sdk/src/sync/sync.ts'
import { createNotes, type Notes } from '../../client-sdk/src/verbs/notes.ts'
import { createPrivacy, type Privacy } from '../../client-sdk/src/verbs/privacy.ts'
import { createVotes, type Votes } from '../../client-sdk/src/verbs/votes.ts'

/** A device that is signed in. */
export interface SealedDevice extends AsyncDisposable {
  readonly replica: Replica
  readonly sync: Sync
  readonly votes: Votes
  readonly notes: Notes
  readonly privacy: Privacy
  /** From now on it has the keys of this epoch too, and seals with them. */
  setEpoch(epoch: number): void
}

/** How a device is made. */
export interface SealedDeviceOptions {
  readonly serverUrl: string
  readonly person: Pick<SessionResponse, 'accessToken' | 'user'>
  readonly store?: Store
  readonly epoch?: number
  readonly hasKeys?: boolean
  readonly now?: () => number
  /** A document that the server says nothing of. */
  readonly withheld?: DocumentName
  /** Called before each request to move a document and given how to send it; what it returns is the answer. */
  readonly onMove?: (send: () => Promise<Response>) => Promise<Response>
  readonly WebSocket?: typeof globalThis.WebSocket
  /** Whether the server shows the account's record when a newer key is looked for; it does not unless given. */
  readonly keysOnServer?: () => boolean
  readonly publishReceiptsMs?: number
}

/** The keys of a person, made of the person's id so that all devices have the same. */
export function sealedKeysOf(personId: string, epoch = 0): SealedKeys {
  return {
    ...{ vaultId: `vault-${personId}`, epoch },
    documentKey: (document, of) =>
      of > epoch
        ? undefined
        : new Uint8Array(createHash('sha256').update(`${personId}/${document}/${of}`).digest()),
  }
}

/** Opens a device. */
export async function openSealedDevice(options: SealedDeviceOptions): Promise<SealedDevice> {
  const { serverUrl, person, now = Date.now, hasKeys = true } = options
  const sodium = await loadSodium()
  const rows = await openEncryptedRows({
    store: options.store ?? createMemoryStore(),
    ...{ sodium, lock: { storeSecret: new Uint8Array(32).fill(7) }, onDamage: 'refuse' as const },
    nameOf: nameOfRow,
  })
  const replica = await openReplica({ rows, now, randomBytes: sodium.randomBytes })
  replica.setCanSeal(hasKeys)
  let keys = sealedKeysOf(person.user.id, options.epoch)
  const http = createHttp({ serverUrl, fetch: globalThis.fetch, now, onServerOffset: () => undefined })
  const send = (request: HttpRequest) => {
    const isMove = request.path.endsWith('/generation')
    return isMove && options.onMove ? options.onMove(() => http.send(request)) : http.send(request)
  }
  const sync = createSync({
    ...{ replica, serverUrl, now, sodium, random: Math.random },
    session: {
      isSignedIn: true,
      ended: undefined,
      user: person.user,
      accessToken: async () => person.accessToken,
    },
    modes: () => new Map([...replica.modes()].filter(([document]) => document !== options.withheld)),
    http: { send },
    sealedKeys: () => (hasKeys ? keys : undefined),
    problem: () => undefined,
    isRestoring: () => false,
    onRestored: async () => undefined,
    onOutdated: async () => options.keysOnServer?.() ?? false,
    ...(options.publishReceiptsMs !== undefined && { publishReceiptsMs: options.publishReceiptsMs }),
    WebSocket: options.WebSocket ?? (WebSocket as unknown as typeof globalThis.WebSocket),
  })
  replica.subscribe(({ document }) => {
    if (document === 'settings') sync.modesChanged()
  })
  return {
    ...{ replica, sync },
    votes: createVotes({ replica }),
    notes: createNotes({ replica }),
    privacy: createPrivacy({
      ...{ replica, sync, http },
      session: { accessToken: async () => person.accessToken },
      usesSync: { told: async () => undefined },
      sealingProblem: () => (hasKeys ? undefined : 'account-plain'),
    }),
    setEpoch(epoch) {
      keys = sealedKeysOf(person.user.id, epoch)
      sync.keysChanged()
    },
    async [Symbol.asyncDispose]() {
      await sync.close()
      await replica.close()
    },
  }
}

/** What a device has of a document, to be compared. */
export function contentOf({ replica }: SealedDevice, document: DocumentName): string {
  return JSON.stringify([...replica.state(document).values()].sort((a, b) => (a.key < b.key ? -1 : 1)))
}
