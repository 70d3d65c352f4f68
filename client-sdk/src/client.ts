// Puts the parts of the SDK together: the one place that knows them all.
import {
  type AgreementVote,
  type Alignment,
  agreementOn,
  alignment,
  CodedError,
  type Dashboard,
  type DocumentName,
  dashboard,
  type ErrorCode,
  type ReadonlyState,
} from '@workforce-democracy/shared'
import { createAccountRequests } from './account/account-requests.ts'
import { openKeyring } from './account/keyring.ts'
import { sealedKeysOf } from './account/sealed-keys.ts'
import { createAccountStanding } from './account/standing.ts'
import { type Account, createAccount } from './account.ts'
import { type Catalogs, civicOf, createCatalogs, publicCatalogs } from './catalogs.ts'
import { exportFile, type ImportResult, importFile } from './export.ts'
import { createHttp } from './http.ts'
import { type Inspection, inspectClient } from './inspection.ts'
import type { Argon2id } from './keys/argon2id.ts'
import { loadSodium } from './keys/sodium.ts'
import type { StoreLock } from './keys/store-key.ts'
import { createLocal, type Local } from './local.ts'
import { createRecommender, type Recommendations } from './recommendations.ts'
import { nameOfRow } from './replica/replica-rows.ts'
import { openReplica, type Replica, type StoreCondition } from './replica.ts'
import {
  createRepresentativeFinder,
  type FoundRepresentatives,
  type RepresentativeQuery,
} from './representatives.ts'
import { createSession } from './session.ts'
import { type OnDamage, openEncryptedRows } from './store/encrypted-rows.ts'
import type { Store } from './store/store.ts'
import { createSync, type Sync } from './sync/sync.ts'
import { createUsesSync, type UsesSync } from './uses.ts'
import { type Bookmarks, createBookmarks } from './verbs/bookmarks.ts'
import { createNotes, type Notes } from './verbs/notes.ts'
import { createPaths, type Paths } from './verbs/paths.ts'
import { createPrivacy, type Privacy } from './verbs/privacy.ts'
import { createProfile, type Profile } from './verbs/profile.ts'
import { createProgress, type Progress } from './verbs/progress.ts'
import { createVotes, type Votes } from './verbs/votes.ts'

/** What {@link openClient} takes, with either `passphrase` (8 characters or more) or `storeSecret` (32 bytes or more). */
export type ClientOptions = StoreLock & {
  /** Where this device keeps its rows, such as `createSqliteStore({ path })`. */
  readonly storage: Store
  /** HTTP address of the server. Without one the client stays by itself. */
  readonly server?: string
  readonly fetch?: typeof globalThis.fetch
  readonly WebSocket?: typeof globalThis.WebSocket
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** 0 to 1: spreads the retries of many devices. */
  readonly random?: () => number
  /**
   * What to do with a store that is damaged or gone; `refuse` unless given. What is set aside is kept, and what an account
   * has on its server comes back with the next sign-in. See {@link OnDamage}.
   */
  readonly damaged?: OnDamage
  /** Whether there is a store here already: then `store-lost` says that it is gone, where the storage cannot know. */
  readonly expectStore?: boolean
  /** Derives keys from passphrases, elsewhere than on the thread that calls; on it unless given. */
  readonly argon2id?: Argon2id
}

/**
 * What a client says about its store.
 *
 * @example
 * const stop = client.store.subscribe(() => console.log(client.store.condition, client.store.gone))
 * stop()
 */
export interface StoreReport {
  /**
   * `sound`, or what was found when it was opened: `damaged` (some of it could not be read), `key-lost` (nothing could be
   * opened), `lost` (it was gone). `copied`: another device writes under this store's name, from a copy of it; from then
   * on this one writes under a new name, and both sync as two devices.
   */
  readonly condition: StoreCondition
  /** How many damaged rows the store keeps aside. */
  readonly damagedRows: number
  /** The file that a damaged store is kept in, where it had to be replaced. */
  readonly keptAt: string | undefined
  /**
   * Why nothing can be saved any more, though it was open: `store-lost` when the browser or another script has deleted it,
   * `store-outdated` when a newer version of the SDK has taken it over. What was read stays readable until the client is
   * closed, and can be exported.
   */
  readonly gone: ErrorCode | undefined
  /** Calls `listener` when the condition has changed, or the store is gone; returns how to stop that. */
  subscribe(listener: () => void): () => void
}

/** Where a person stands, and who ranked what is recommended; nobody where the person wants none. */
export type OwnDashboard = Dashboard & { readonly rankedBy: Recommendations['rankedBy'] | undefined }

/** A person's data on this device. */
export interface Client extends AsyncDisposable {
  readonly votes: Votes
  readonly bookmarks: Bookmarks
  readonly progress: Progress
  readonly paths: Paths
  readonly local: Local
  readonly profile: Profile
  readonly notes: Notes
  readonly privacy: Privacy
  readonly account: Account
  readonly catalogs: Catalogs
  readonly sync: Pick<Sync, 'status' | 'subscribe' | 'flush' | 'tampering'>
  /** The name under which this store writes: 8 characters. A store that was copied or damaged gets another one. */
  readonly device: string
  readonly store: StoreReport
  /**
   * The joined registers of a document, by key. It changes in place.
   *
   * @example
   * console.log(client.state('votes').size)
   */
  state(document: DocumentName): ReadonlyState
  /**
   * What to learn next. The server ranks when it may see and has everything that ranking looks at, else this device,
   * with the same result; `rankedBy: 'device'` asks for the latter.
   *
   * @throws CodedError `offline` when no catalog has been fetched yet and there is no network, `consent-required` where
   * the person wants none
   * @example
   * const { items } = await client.recommendations()
   * console.log(items.map(({ resource, score }) => [resource.title, score]))
   */
  recommendations(options?: { readonly rankedBy?: 'device' }): Promise<Recommendations>
  /**
   * Where this person stands: totals, what to learn next and what was begun. Without recommendations where the person wants
   * none.
   *
   * @throws CodedError `offline` when no catalog has been fetched yet and there is no network
   * @example
   * const { user, continueLearning } = await client.dashboard()
   * console.log(user.streakDays, continueLearning.map(({ resource }) => resource.title))
   */
  dashboard(): Promise<OwnDashboard>
  /**
   * How far each representative votes as this person does, worked out on this device; on bills of one topic, if one is given.
   *
   * @throws CodedError `offline` when no catalog has been fetched yet
   * @example
   * const [closest] = client.alignment({ topic: 'labor' })
   * if (closest) console.log(client.agreement(closest.representative.id))
   */
  alignment(options?: { readonly topic?: string }): Alignment[]
  /**
   * The bills that one representative's alignment rests on, by bill id. None for an unknown representative.
   *
   * @throws CodedError `offline` when no catalog has been fetched yet
   * @example
   * const votes = client.agreement('S000033')
   * if (client.catalogs.civic) console.log(agreementByTopic(client.catalogs.civic, votes))
   */
  agreement(representativeId: string): AgreementVote[]
  /**
   * Representatives by place, chamber or name, worked out on this device: nobody learns which place it is. The table of
   * districts is fetched whole when a postcode is first asked for, and kept for use offline.
   *
   * @throws CodedError `offline` when the catalog, or for a postcode the table, has never been fetched and there is no network
   * @example
   * const { representatives, districts } = await client.representatives({ postcode: '35005' })
   */
  representatives(query?: RepresentativeQuery): Promise<FoundRepresentatives>
  /**
   * Everything that there is to see for developers, the person's data included.
   *
   * @example
   * const { documents, sync } = await client.inspect()
   * console.log(documents.map(({ name, pending }) => [name, pending]), sync.log)
   */
  inspect(): Promise<Inspection>
  /**
   * Everything in one HTML page that opens anywhere and can be imported again. Needs no network.
   *
   * @example
   * const html = await client.exportFile()
   * const { joined, found } = await client.importFile(html)
   */
  exportFile(): Promise<string>
  /**
   * Joins what an export file holds.
   *
   * @throws CodedError `export-truncated`, `export-damaged`, `export-unknown-version`, `store-failed`
   */
  importFile(html: string): Promise<ImportResult>
  /**
   * Saves what is under way and lets go of the store.
   *
   * @example
   * await client.close()
   */
  close(): Promise<void>
}

/**
 * Opens a person's data on this device, making the store if there is none.
 *
 * @throws CodedError `wrong-passphrase`, `store-damaged`, `store-lost`, `store-in-use`, `store-failed`, `invalid-input`
 * @example
 * await using client = await openClient({ storage: createMemoryStore(), passphrase: 'correct horse battery staple' })
 * await client.votes.cast('hr8-118', 'yes')
 */
export async function openClient(options: ClientOptions): Promise<Client> {
  return (await openCore(options)).client
}

/** A client, and the parts of it that serve other tabs. */
export interface ClientCore {
  readonly client: Client
  readonly replica: Replica
  readonly sync: Pick<Sync, 'moved'>
  readonly usesSync: Pick<UsesSync, 'told'>
}

/** {@link openClient} for those who serve other tabs. */
export async function openCore(options: ClientOptions): Promise<ClientCore> {
  const { storage, server, now = Date.now, random = Math.random } = options
  const { damaged: onDamage = 'refuse', expectStore = false } = options
  const sodium = await loadSodium({ argon2id: options.argon2id })
  const lock = lockOf(options)
  const rows = await openEncryptedRows({
    ...{ store: storage, sodium, lock, onDamage, expectStore },
    nameOf: nameOfRow,
  })
  const openAll = async () => {
    const opened = await openReplica({ rows, now, randomBytes: sodium.randomBytes })
    return { replica: opened, keyring: await openKeyring({ replica: opened, sodium }) }
  }
  const { replica, keyring } = await openAll().catch(async error => {
    await rows.close()
    throw error
  })

  const http = createHttp({
    serverUrl: server,
    fetch: options.fetch ?? globalThis.fetch,
    now,
    onServerOffset: offsetMs => replica.setServerOffset(offsetMs),
  })
  const session = createSession({ replica, http })
  const standing = createAccountStanding({ keyring, isSignedIn: () => session.isSignedIn })
  const catalogs = createCatalogs({ replica, http })
  const sealedKeys = () => sealedKeysOf({ keyring, sodium, isSignedIn: session.isSignedIn })
  const sync = createSync({
    replica,
    session,
    serverUrl: server,
    modes: () => replica.modes(),
    http,
    sodium,
    problem: () => standing.problem,
    isRestoring: () => keyring.restoring,
    onRestored: () => keyring.save({ restoring: false }),
    onOutdated: () => upkeep.follow(),
    sealedKeys,
    WebSocket: options.WebSocket ?? globalThis.WebSocket,
    now,
    random,
  })
  const usesSync = createUsesSync({ replica, session, http })
  const accountChanged = () => {
    replica.setCanSeal(sealedKeys() !== undefined)
    sync.keysChanged()
    void usesSync.tell()
  }
  session.onChange(accountChanged)
  session.onRenewed(() => void usesSync.tell())
  standing.subscribe(accountChanged)
  replica.subscribe(({ document }) => {
    if (document !== 'settings') return
    sync.modesChanged()
    void usesSync.tell()
  })

  const recommendations = createRecommender({ replica, catalogs, http, session, sync })
  const { account, upkeep } = createAccount({
    replica,
    session,
    sodium,
    keyring,
    standing,
    requests: createAccountRequests({ http, session }),
    onNextEpoch: () => sync.settled(),
  })
  accountChanged()
  void upkeep.follow()
  const close = async () => {
    await sync.close()
    await upkeep.close()
    await replica.close()
  }
  const client: Client = {
    votes: createVotes({ replica }),
    bookmarks: createBookmarks({ replica, catalogs }),
    progress: createProgress({ replica, catalogs }),
    paths: createPaths({ replica, catalogs }),
    profile: createProfile({ replica }),
    notes: createNotes({ replica }),
    privacy: createPrivacy({
      ...{ replica, sync, usesSync, session, http },
      sealingProblem: () => standing.sealingProblem,
    }),
    account,
    catalogs: publicCatalogs(catalogs),
    sync,
    get device() {
      return replica.device
    },
    store: {
      get condition() {
        return replica.condition
      },
      damagedRows: rows.setAside,
      keptAt: rows.keptAt,
      get gone() {
        return storage.gone
      },
      subscribe(listener) {
        const stops = [replica.onCondition(listener), storage.onGone?.(listener)]
        return () => {
          for (const stop of stops) stop?.()
        }
      },
    },
    state: document => replica.state(document),
    recommendations,
    async dashboard() {
      const { items, rankedBy } = await recommendations().catch(error => {
        if (error instanceof CodedError && error.code === 'consent-required')
          return { items: [], rankedBy: undefined }
        throw error
      })
      if (!catalogs.resources) await catalogs.refresh()
      if (!catalogs.resources) throw new CodedError('offline', 'The catalog has never been fetched.')
      const documents = { profile: replica.state('profile'), progress: replica.state('progress') }
      const facts = { recommendations: items, nowMs: replica.now() }
      return { ...dashboard(catalogs.resources, documents, facts), rankedBy }
    },
    alignment: ({ topic } = {}) => alignment(civicOf(catalogs), replica.state('votes'), topic),
    agreement: representativeId => agreementOn(civicOf(catalogs), replica.state('votes'), representativeId),
    representatives: createRepresentativeFinder(catalogs),
    local: createLocal({ catalogs, http, session }),
    inspect: async () => inspectClient({ replica, sync, store: client.store }),
    exportFile: async () => exportFile(replica, catalogs),
    importFile: html => importFile(replica, html),
    close,
    [Symbol.asyncDispose]: close,
  }
  return { client, replica, sync, usesSync }
}

function lockOf(options: ClientOptions): StoreLock {
  const { passphrase, storeSecret } = options as { passphrase?: unknown; storeSecret?: unknown }
  if (typeof passphrase === 'string' && storeSecret === undefined) return { passphrase }
  if (storeSecret instanceof Uint8Array && passphrase === undefined) return { storeSecret }
  throw new CodedError('invalid-input', 'A store is opened by a passphrase or by a store secret.')
}
