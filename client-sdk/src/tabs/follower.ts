// A tab that does not lead: shows what the leader tells it, and has the leader do what is to be done.
import { CodedError } from '@workforce-democracy/shared'
import { CALLS, type CallName, fromPlainError } from './calls.ts'
import { type LeaderNews, sharedChannel, type ToLeader, type ToTab, tabChannel } from './messages.ts'
import type { Mirror } from './mirror.ts'

/** A call that has not been answered. */
export interface OpenCall {
  readonly name: CallName
  readonly args: readonly unknown[]
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

/** What {@link Follower} takes. */
export interface FollowerOptions {
  readonly storeName: string
  /** Of this tab, which holds the lock of that name. */
  readonly tab: string
  readonly mirror: Mirror
  /** Called with each leader's first word. */
  readonly onFollowing: () => void
}

export class Follower {
  readonly #options: FollowerOptions
  readonly #shared: BroadcastChannel
  readonly #own: BroadcastChannel
  readonly #callById = new Map<number, OpenCall & { isSent: boolean }>()
  #leader: string | undefined
  #lastId = 0

  constructor(options: FollowerOptions) {
    this.#options = options
    this.#own = new BroadcastChannel(tabChannel(options.storeName, options.tab))
    this.#own.onmessage = ({ data }: MessageEvent<ToTab>) => this.#take(data)
    this.#shared = new BroadcastChannel(sharedChannel(options.storeName))
    this.#shared.onmessage = ({ data }: MessageEvent<ToLeader | LeaderNews>) => {
      if (data.kind === 'leading') this.#greet()
    }
    this.#greet()
  }

  /** Has the leader do it, or the next one where there is none. */
  call(name: CallName, args: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId
      this.#callById.set(id, { name, args, resolve, reject, isSent: false })
      this.#send(id)
    })
  }

  /** Stops following: the leader is gone. Returns what is still to be done. */
  release(): OpenCall[] {
    this.#lose()
    this.#own.close()
    this.#shared.close()
    const open = [...this.#callById.values()]
    this.#callById.clear()
    return open
  }

  #greet(): void {
    this.#lose()
    this.#shared.postMessage({ kind: 'hello', tab: this.#options.tab } satisfies ToLeader)
  }

  #take(message: ToTab): void {
    if (message.kind === 'answer') this.#settle(message)
    else this.#options.mirror.take(message)
    if (message.kind !== 'snapshot') return
    this.#leader = message.leader
    for (const id of this.#callById.keys()) this.#send(id)
    this.#options.onFollowing()
  }

  #settle({ id, outcome }: Extract<ToTab, { kind: 'answer' }>): void {
    const call = this.#callById.get(id)
    this.#callById.delete(id)
    if ('error' in outcome) call?.reject(fromPlainError(outcome.error))
    else call?.resolve(outcome.value)
  }

  #send(id: number): void {
    const call = this.#callById.get(id)
    if (!call || call.isSent || !this.#leader) return
    const { name, args } = call
    try {
      const message = { kind: 'call', tab: this.#options.tab, leader: this.#leader, id, name, args } as const
      this.#shared.postMessage(message satisfies ToLeader)
      call.isSent = true
    } catch (cause) {
      this.#callById.delete(id)
      call.reject(new CodedError('invalid-input', 'Arguments are plain data.', { cause }))
    }
  }

  /** The leader may have done what it has not answered. */
  #lose(): void {
    this.#leader = undefined
    for (const [id, call] of this.#callById) {
      if (!call.isSent) continue
      call.isSent = false
      if (CALLS[call.name] === 'again') continue
      this.#callById.delete(id)
      call.reject(new CodedError('tab-lost'))
    }
  }
}
