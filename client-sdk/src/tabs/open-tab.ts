// One tab among those of a site: leads where nobody does, follows where somebody does, and takes over when that one is gone.
import { CodedError, DOCUMENT_NAMES } from '@workforce-democracy/shared'
import type { ClientCore } from '../client.ts'
import { Listeners } from '../replica/listeners.ts'
import type { ReplicaChange } from '../replica.ts'
import { storeLockName, takeLock } from '../store/web-lock.ts'
import { type CallName, perform } from './calls.ts'
import { Follower, type OpenCall } from './follower.ts'
import { type Leadership, serveTabs } from './leader.ts'
import { tabChannel } from './messages.ts'
import { Mirror, type Reading, type Topic } from './mirror.ts'
import { createTabClient, type TabClient } from './tab-client.ts'

/** What {@link openTab} takes. */
export interface TabOptions {
  readonly storeName: string
  readonly now: () => number
  /**
   * Opens the client; whoever calls it holds the store's lock. `expectStore`: there was a store a moment ago.
   */
  readonly openCore: (options: { readonly expectStore: boolean }) => Promise<ClientCore>
  /** Fails where this tab could not open the store that another one has open, such as with `wrong-passphrase`. */
  readonly checkLock: () => Promise<void>
}

/** A leader that does not answer within this is of another version of the SDK, which does not hear this one. */
const ANSWER_MS = 10_000
const TOPICS: readonly Topic[] = ['account', 'sync', 'store']

/** Opens a tab. */
export async function openTab(options: TabOptions): Promise<Tab> {
  const tab = new OpenTab(options)
  await tab.open()
  return tab
}

/** An open tab. */
export interface Tab {
  readonly client: TabClient
  /** Calls `listener` after each change of a document. */
  onChange(listener: (change: ReplicaChange) => void): void
}

type Role =
  | { readonly kind: 'new' }
  | { readonly kind: 'following'; readonly follower: Follower; readonly leave: () => void }
  | { readonly kind: 'taking-over'; readonly waiting: OpenCall[]; readonly done: Promise<unknown> }
  | {
      readonly kind: 'leading'
      readonly core: ClientCore
      readonly leadership: Leadership
      readonly release: () => void
    }
  | { readonly kind: 'failed'; readonly error: CodedError }

class OpenTab implements Tab {
  readonly #options: TabOptions
  readonly #id = crypto.randomUUID()
  readonly #changes = new Listeners<[ReplicaChange]>()
  readonly #topics = new Listeners<[Topic]>()
  readonly #mirror: Mirror
  readonly client: TabClient
  #role: Role = { kind: 'new' }
  #closed: Promise<void> | undefined

  constructor(options: TabOptions) {
    this.#options = options
    this.#mirror = new Mirror(options)
    this.#mirror.onChange(change => this.#changes.call(change))
    this.#mirror.onTopic(topic => this.#topics.call(topic))
    this.client = createTabClient({
      reading: () => this.#reading(),
      call: (name, args) => this.#call(name, args),
      changes: this.#changes,
      topics: this.#topics,
      leads: () => this.#role.kind === 'leading',
      close: () => {
        this.#closed ??= this.#close()
        return this.#closed
      },
    })
  }

  onChange(listener: (change: ReplicaChange) => void): void {
    this.#changes.add(listener)
  }

  async open(): Promise<void> {
    const release = await takeLock(storeLockName(this.#options.storeName))
    if (!release) return this.#follow()
    try {
      this.#lead(await this.#options.openCore({ expectStore: false }), release)
    } catch (error) {
      release()
      throw error
    }
  }

  #lead(core: ClientCore, release: () => void): void {
    core.replica.subscribe(change => this.#changes.call(change))
    core.client.account.subscribe(() => this.#topics.call('account'))
    core.client.sync.subscribe(() => this.#topics.call('sync'))
    core.client.store.subscribe(() => this.#topics.call('store'))
    const { storeName, now } = this.#options
    const leadership = serveTabs({ storeName, tab: this.#id, core, now })
    this.#role = { kind: 'leading', core, leadership, release }
  }

  async #follow(): Promise<void> {
    const { storeName, checkLock } = this.#options
    const leaveTab = await takeLock(tabChannel(storeName, this.#id))
    const waiting = new AbortController()
    const leave = () => {
      waiting.abort()
      leaveTab?.()
    }
    let hasFollowed = false
    const ready = new Promise<'following' | 'leading'>((resolve, reject) => {
      const timer = setTimeout(() => reject(new CodedError('store-in-use')), ANSWER_MS)
      const follower = new Follower({
        storeName,
        tab: this.#id,
        mirror: this.#mirror,
        onFollowing: () => {
          hasFollowed = true
          clearTimeout(timer)
          resolve('following')
        },
      })
      this.#role = { kind: 'following', follower, leave }
      const onLock = async (release: (() => void) | undefined) => {
        clearTimeout(timer)
        if (!release) return
        const error = await this.#takeOver({ follower, release, leave, expectStore: hasFollowed })
        if (error) reject(error)
        else resolve('leading')
      }
      // What is aborted is closed.
      takeLock(storeLockName(storeName), waiting.signal).then(onLock, () => undefined)
    })
    try {
      if ((await ready) === 'following') await checkLock()
    } catch (error) {
      await this.client.close()
      throw error
    }
  }

  async #takeOver(options: {
    readonly follower: Follower
    readonly release: () => void
    readonly leave: () => void
    readonly expectStore: boolean
  }): Promise<CodedError | undefined> {
    const { release, leave, expectStore } = options
    const waiting = options.follower.release()
    const opening = this.#options.openCore({ expectStore })
    const done = opening.then(
      core => {
        this.#lead(core, release)
        this.#tellDifferences(core)
        for (const each of waiting) this.#call(each.name, each.args).then(each.resolve, each.reject)
        return undefined
      },
      cause => {
        release()
        const error =
          cause instanceof CodedError ? cause : new CodedError('store-failed', undefined, { cause })
        this.#role = { kind: 'failed', error }
        for (const each of waiting) each.reject(error)
        this.#mirror.fail(error)
        return error
      },
    )
    this.#role = { kind: 'taking-over', waiting, done }
    return done.finally(leave)
  }

  /** What the store has and the mirror had not: saved by the last leader just before it was gone. */
  #tellDifferences({ replica }: ClientCore): void {
    for (const document of DOCUMENT_NAMES) {
      const shown = this.#mirror.reading.state(document)
      const registers = [...replica.state(document).values()].filter(register => {
        const before = shown.get(register.key)
        return before?.stamp !== register.stamp || before.device !== register.device
      })
      if (registers.length > 0) this.#changes.call({ document, registers })
    }
    for (const topic of TOPICS) this.#topics.call(topic)
  }

  #reading(): Reading {
    return this.#role.kind === 'leading' ? this.#role.core.client : this.#mirror.reading
  }

  async #call(name: CallName, args: readonly unknown[]): Promise<unknown> {
    if (this.#closed) throw new CodedError('client-closed')
    const role = this.#role
    if (role.kind === 'failed') throw role.error
    if (role.kind === 'following') return role.follower.call(name, args)
    if (role.kind === 'taking-over')
      return new Promise((resolve, reject) => role.waiting.push({ name, args, resolve, reject }))
    if (role.kind !== 'leading') throw new CodedError('client-closed')
    try {
      return await perform(role.core, name, args)
    } finally {
      role.leadership.tellAll()
    }
  }

  async #close(): Promise<void> {
    if (this.#role.kind === 'taking-over') await this.#role.done
    const role = this.#role
    if (role.kind === 'leading') {
      role.leadership.stop()
      await role.core.client.close().finally(role.release)
    }
    if (role.kind === 'following') {
      for (const { reject } of role.follower.release()) reject(new CodedError('client-closed'))
      role.leave()
    }
  }
}
