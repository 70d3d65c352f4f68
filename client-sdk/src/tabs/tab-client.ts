// The client that a page gets in each of its tabs: the same object whether this tab leads or another one does.
import type { DocumentName, Register } from '@workforce-democracy/shared'
import type { Client } from '../client.ts'
import type { Listeners } from '../replica/listeners.ts'
import type { ReplicaChange, SavedWrite } from '../replica.ts'
import { subscribeTo } from '../verbs/document-view.ts'
import type { CallName } from './calls.ts'
import type { Reading, Topic } from './mirror.ts'

/** A client in a tab. */
export interface TabClient extends Client {
  /** Whether this tab holds the store and the socket. Another one takes that over when it closes. */
  readonly leads: boolean
}

/** What a tab client is made of. */
export interface TabClientOptions {
  /** What to read now. */
  readonly reading: () => Reading
  readonly call: (name: CallName, args: readonly unknown[]) => Promise<unknown>
  readonly changes: Listeners<[ReplicaChange]>
  readonly topics: Listeners<[Topic]>
  readonly leads: () => boolean
  readonly close: () => Promise<void>
}

/** Makes it. */
export function createTabClient({
  reading,
  call,
  changes,
  topics,
  leads,
  close,
}: TabClientOptions): TabClient {
  const ask =
    <T>(name: CallName) =>
    (...args: readonly unknown[]) =>
      call(name, args) as Promise<T>
  const save = async (document: DocumentName, name: CallName, args: readonly unknown[]) => {
    const { registers } = (await call(name, args)) as { readonly registers: readonly Register[] }
    const durable = async () => {
      if (registers.length > 0) await call('durable', [document, registers])
    }
    return { registers, durable } satisfies SavedWrite
  }
  const write =
    (document: DocumentName, name: CallName) =>
    (...args: readonly unknown[]) =>
      save(document, name, args)
  const onDocument = (document: DocumentName) => (listener: () => void) =>
    subscribeTo({ subscribe: each => changes.add(each) }, document, listener)
  const onTopic = (topic: Topic) => (listener: () => void) => topics.add(each => each === topic && listener())
  return {
    votes: {
      cast: write('votes', 'votes.cast'),
      retract: write('votes', 'votes.retract'),
      get: billId => reading().votes.get(billId),
      list: () => reading().votes.list(),
      subscribe: onDocument('votes'),
    },
    bookmarks: {
      add: write('bookmarks', 'bookmarks.add'),
      remove: write('bookmarks', 'bookmarks.remove'),
      has: (kind, id) => reading().bookmarks.has(kind, id),
      list: kind => reading().bookmarks.list(kind),
      subscribe: onDocument('bookmarks'),
    },
    progress: {
      record: write('progress', 'progress.record'),
      complete: write('progress', 'progress.complete'),
      rate: write('progress', 'progress.rate'),
      dismiss: write('progress', 'progress.dismiss'),
      undismiss: write('progress', 'progress.undismiss'),
      dismissTopic: write('progress', 'progress.dismissTopic'),
      undismissTopic: write('progress', 'progress.undismissTopic'),
      get: resourceId => reading().progress.get(resourceId),
      history: () => reading().progress.history(),
      stats: () => reading().progress.stats(),
      dismissed: () => reading().progress.dismissed(),
      subscribe: onDocument('progress'),
    },
    paths: {
      list: () => reading().paths.list(),
      get: id => reading().paths.get(id),
    },
    profile: {
      get: () => reading().profile.get(),
      set: write('profile', 'profile.set'),
      addInterest: write('profile', 'profile.addInterest'),
      removeInterest: write('profile', 'profile.removeInterest'),
      interests: () => reading().profile.interests(),
      subscribe: onDocument('profile'),
    },
    notes: {
      set: write('notes', 'notes.set'),
      remove: write('notes', 'notes.remove'),
      get: (kind, id) => reading().notes.get(kind, id),
      list: () => reading().notes.list(),
      subscribe: onDocument('notes'),
    },
    privacy: {
      get: () => reading().privacy.get(),
      unconfirmed: () => reading().privacy.unconfirmed(),
      confirm: ask('privacy.confirm'),
      async set(choices) {
        const saved = await save('settings', 'privacy.set', [choices])
        const chosen = Object.entries(choices).flatMap(([name, choice]) => (choice ? [name] : []))
        return { ...saved, done: async () => void (await call('moved', chosen)) }
      },
      uses: {
        get: () => reading().privacy.uses.get(),
        async set(uses) {
          const saved = await save('settings', 'privacy.uses.set', [uses])
          return { ...saved, done: async () => void (await call('usesTold', [])) }
        },
      },
      whatTheServerSees: ask('privacy.whatTheServerSees'),
      history: ask('privacy.history'),
      // A confirmation changes no register.
      subscribe: listener => changes.add(({ document }) => document === 'settings' && listener()),
    },
    account: {
      register: ask('account.register'),
      login: ask('account.login'),
      adopt: ask('account.adopt'),
      changePassword: ask('account.changePassword'),
      recover: ask('account.recover'),
      forgotPassword: ask('account.forgotPassword'),
      resetPassword: ask('account.resetPassword'),
      unlock: ask('account.unlock'),
      startNewIdentity: ask('account.startNewIdentity'),
      newRecoveryCode: ask('account.newRecoveryCode'),
      revokeDevice: ask('account.revokeDevice'),
      devices: {
        list: ask('account.devices.list'),
        rename: ask('account.devices.rename'),
        remove: ask('account.devices.remove'),
      },
      verifyEmail: ask('account.verifyEmail'),
      changeEmail: ask('account.changeEmail'),
      delete: ask('account.delete'),
      logout: ask('account.logout'),
      accessToken: ask('account.accessToken'),
      current: () => reading().account.current(),
      get keys() {
        return reading().account.keys
      },
      subscribe: onTopic('account'),
    },
    catalogs: {
      get resources() {
        return reading().catalogs.resources
      },
      get civic() {
        return reading().catalogs.civic
      },
      resolve: resourceId => reading().catalogs.resolve(resourceId),
      refresh: ask('catalogs.refresh'),
    },
    sync: {
      get status() {
        return reading().sync.status
      },
      get tampering() {
        return reading().sync.tampering
      },
      flush: ask('sync.flush'),
      subscribe: onTopic('sync'),
    },
    store: {
      get condition() {
        return reading().store.condition
      },
      get damagedRows() {
        return reading().store.damagedRows
      },
      get keptAt() {
        return reading().store.keptAt
      },
      get gone() {
        return reading().store.gone
      },
      subscribe: onTopic('store'),
    },
    get device() {
      return reading().device
    },
    get leads() {
      return leads()
    },
    state: document => reading().state(document),
    recommendations: ask('recommendations'),
    dashboard: ask('dashboard'),
    representatives: ask('representatives'),
    local: {
      search: ask('local.search'),
      get: ask('local.get'),
      submit: ask('local.submit'),
      submissions: ask('local.submissions'),
      rate: ask('local.rate'),
      ratings: ask('local.ratings'),
    },
    alignment: options => reading().alignment(options),
    agreement: representativeId => reading().agreement(representativeId),
    exportFile: () => reading().exportFile(),
    importFile: ask('importFile'),
    inspect: ask('inspect'),
    close,
    [Symbol.asyncDispose]: close,
  }
}
