// What a tab that does not lead shows: the registers, catalogs and facts of the one that does.
import {
  agreementOn,
  alignment,
  CodedError,
  DOCUMENT_NAMES,
  type DocumentName,
  joinRegister,
  prepareCatalog,
  type Register,
  resolveResource,
  type State,
} from '@workforce-democracy/shared'
import { type Catalogs, civicOf } from '../catalogs.ts'
import type { Client } from '../client.ts'
import { exportFile } from '../export.ts'
import { Listeners } from '../replica/listeners.ts'
import type { Documents, ReplicaChange } from '../replica.ts'
import { createBookmarks } from '../verbs/bookmarks.ts'
import { createNotes } from '../verbs/notes.ts'
import { createPaths } from '../verbs/paths.ts'
import { type ChosenPrivacy, createChosenPrivacy } from '../verbs/privacy.ts'
import { createProfile } from '../verbs/profile.ts'
import { createProgress } from '../verbs/progress.ts'
import { createVotes } from '../verbs/votes.ts'
import type { Facts, KnownCatalogs, ToTab } from './messages.ts'

/** What of a client reads, at once and from memory: a leader's own, or a mirror's. */
export interface Reading
  extends Pick<
    Client,
    | 'votes'
    | 'bookmarks'
    | 'progress'
    | 'paths'
    | 'profile'
    | 'notes'
    | 'device'
    | 'state'
    | 'agreement'
    | 'alignment'
    | 'exportFile'
  > {
  readonly privacy: ChosenPrivacy
  readonly account: Pick<Client['account'], 'current' | 'keys'>
  readonly catalogs: Omit<Catalogs, 'refresh'>
  readonly sync: Pick<Client['sync'], 'status' | 'tampering'>
  readonly store: Omit<Client['store'], 'subscribe'>
}

/** What may have changed. */
export type Topic = 'account' | 'sync' | 'store'

/** A mirror. */
export class Mirror {
  readonly #states = new Map<DocumentName, State>(DOCUMENT_NAMES.map(name => [name, new Map()]))
  readonly #now: () => number
  readonly #changes = new Listeners<[ReplicaChange]>()
  readonly #topics = new Listeners<[Topic]>()
  #serverOffsetMs = 0
  #facts: Facts = NOTHING_KNOWN
  #catalogs: KnownCatalogs = { resources: undefined, civic: undefined }
  readonly reading: Reading

  constructor({ now }: { readonly now: () => number }) {
    this.#now = now
    this.reading = this.#createReading()
  }

  /** Calls `listener` after each change of registers, or of what the person has confirmed. */
  onChange(listener: (change: ReplicaChange) => void): () => void {
    return this.#changes.add(listener)
  }

  onTopic(listener: (topic: Topic) => void): () => void {
    return this.#topics.add(listener)
  }

  /** Takes what the leader says. */
  take(message: Exclude<ToTab, { kind: 'answer' }>): void {
    if (message.kind === 'facts') this.#takeFacts(message.facts)
    else if (message.kind === 'catalogs') this.#takeCatalogs(message.catalogs)
    else if (message.kind === 'change') this.join(message.document, message.registers)
    else {
      this.#serverOffsetMs = message.serverOffsetMs
      this.#takeCatalogs(message.catalogs)
      for (const [document, registers] of message.registers) this.join(document, registers)
      this.#takeFacts(message.facts)
    }
  }

  /** Joins registers that are saved. */
  join(document: DocumentName, registers: readonly Register[]): void {
    const state = this.#state(document)
    const changed = registers.filter(register => {
      const before = state.get(register.key)
      joinRegister(state, register)
      return state.get(register.key) !== before
    })
    if (changed.length > 0) this.#changes.call({ document, registers: changed })
  }

  /** Takes note that nobody can read or write the store any more. */
  fail(error: CodedError): void {
    const sync = { ...this.#facts.sync, state: 'problem', problem: error.code } as const
    const store = { ...this.#facts.store, gone: error.code }
    this.#takeFacts({ ...this.#facts, sync, store })
  }

  #state(document: DocumentName): State {
    const state = this.#states.get(document)
    if (!state) throw new CodedError('unknown-document')
    return state
  }

  #takeFacts(facts: Facts): void {
    const before = this.#facts
    this.#facts = facts
    const isOther = (...names: (keyof Facts)[]) =>
      names.some(name => JSON.stringify(before[name]) !== JSON.stringify(facts[name]))
    if (isOther('modes', 'unconfirmed')) this.#changes.call({ document: 'settings', registers: [] })
    if (isOther('user', 'keys')) this.#topics.call('account')
    if (isOther('sync', 'tampering')) this.#topics.call('sync')
    if (isOther('store')) this.#topics.call('store')
  }

  #takeCatalogs(catalogs: KnownCatalogs): void {
    this.#catalogs = catalogs
  }

  #createReading(): Reading {
    const replica = this.#documents()
    const catalogs = this.#createCatalogs()
    const factsOf = () => this.#facts
    return {
      votes: createVotes({ replica }),
      bookmarks: createBookmarks({ replica, catalogs }),
      progress: createProgress({ replica, catalogs }),
      paths: createPaths({ replica, catalogs }),
      profile: createProfile({ replica }),
      notes: createNotes({ replica }),
      privacy: createChosenPrivacy(replica),
      catalogs,
      account: {
        current: () => factsOf().user,
        get keys() {
          return factsOf().keys
        },
      },
      sync: {
        get status() {
          return factsOf().sync
        },
        get tampering() {
          return factsOf().tampering
        },
      },
      get store() {
        return factsOf().store
      },
      get device() {
        return factsOf().device
      },
      state: document => replica.state(document),
      alignment: ({ topic } = {}) => alignment(civicOf(catalogs), replica.state('votes'), topic),
      agreement: representativeId => agreementOn(civicOf(catalogs), replica.state('votes'), representativeId),
      exportFile: async () => exportFile(replica, catalogs),
    }
  }

  #documents(): Documents {
    const refuse = () => Promise.reject(new CodedError('internal', 'A mirror does not write.'))
    const factsOf = () => this.#facts
    return {
      state: document => this.#state(document),
      now: () => this.#now() + this.#serverOffsetMs,
      modes: () => new Map(factsOf().modes),
      unconfirmed: () => [...factsOf().unconfirmed],
      subscribe: listener => this.#changes.add(listener),
      get device() {
        return factsOf().device
      },
      confirm: refuse,
      write: refuse,
      join: refuse,
    }
  }

  #createCatalogs(): Catalogs {
    const catalogsOf = () => this.#catalogs
    return {
      get resources() {
        return catalogsOf().resources
      },
      get civic() {
        return catalogsOf().civic
      },
      resolve(resourceId) {
        const { resources } = catalogsOf()
        return resources ? resolveResource(prepareCatalog(resources), resourceId) : resourceId
      },
      refresh: () => Promise.reject(new CodedError('internal', 'A mirror fetches nothing.')),
    }
  }
}

const NOTHING_KNOWN: Facts = {
  device: '',
  store: { condition: 'sound', damagedRows: 0, keptAt: undefined, gone: undefined },
  user: undefined,
  keys: { state: 'none', rotationNeeded: false },
  sync: { state: 'local', pending: 0 },
  tampering: [],
  modes: [],
  unconfirmed: [],
}
