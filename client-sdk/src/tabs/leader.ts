// The tab that has the store, the session and the socket, as the others see it: tells them what changes, does what they ask.
import { DOCUMENT_NAMES } from '@workforce-democracy/shared'
import type { ClientCore } from '../client.ts'
import { type CallName, perform, toPlainError } from './calls.ts'
import {
  type Facts,
  type KnownCatalogs,
  type LeaderNews,
  sharedChannel,
  type ToLeader,
  type ToTab,
  tabChannel,
} from './messages.ts'

/** What {@link serveTabs} takes. */
export interface LeaderOptions {
  readonly storeName: string
  /** Of this tab. */
  readonly tab: string
  readonly core: ClientCore
  readonly now: () => number
}

/** A leader at work. */
export interface Leadership {
  /** Tells the others what has come of work that was done here. */
  tellAll(): void
  /** Answers nobody any more: what is under way is for the next leader. */
  stop(): void
}

/** Makes this tab known as the leader, and serves the others until it stops. */
export function serveTabs({ storeName, tab: leader, core, now }: LeaderOptions): Leadership {
  const { client, replica } = core
  const shared = new BroadcastChannel(sharedChannel(storeName))
  const channelByTab = new Map<string, BroadcastChannel>()
  const stopping = new AbortController()
  let toldFacts = JSON.stringify(factsOf(core))
  let toldCatalogs = catalogsOf(core)

  const toAll = (message: ToTab) => {
    for (const channel of channelByTab.values()) channel.postMessage(message)
  }
  const tellAll = () => {
    if (stopping.signal.aborted) return
    const catalogs = catalogsOf(core)
    if (catalogs.resources !== toldCatalogs.resources || catalogs.civic !== toldCatalogs.civic)
      toAll({ kind: 'catalogs', catalogs })
    toldCatalogs = catalogs
    const facts = factsOf(core)
    const told = JSON.stringify(facts)
    if (told !== toldFacts) toAll({ kind: 'facts', facts })
    toldFacts = told
  }
  let isDue = false
  const tellSoon = () => {
    if (isDue) return
    isDue = true
    queueMicrotask(() => {
      isDue = false
      tellAll()
    })
  }
  const stops = [
    replica.subscribe(({ document, registers }) => {
      if (registers.length > 0) toAll({ kind: 'change', document, registers })
      if (document === 'settings') tellSoon()
    }),
    client.account.subscribe(tellSoon),
    client.sync.subscribe(tellSoon),
    client.store.subscribe(tellSoon),
  ]
  const welcome = (tab: string) => {
    const channel = channelByTab.get(tab) ?? new BroadcastChannel(tabChannel(storeName, tab))
    if (!channelByTab.has(tab)) void whenGone(storeName, tab, stopping.signal).then(() => forget(tab))
    channelByTab.set(tab, channel)
    const registers = DOCUMENT_NAMES.map(name => [name, [...replica.state(name).values()]] as const)
    const message = { registers, catalogs: catalogsOf(core), facts: factsOf(core) }
    const serverOffsetMs = replica.now() - now()
    channel.postMessage({ kind: 'snapshot', leader, ...message, serverOffsetMs } satisfies ToTab)
  }
  const forget = (tab: string) => {
    channelByTab.get(tab)?.close()
    channelByTab.delete(tab)
  }
  const answer = async (tab: string, id: number, name: CallName, args: readonly unknown[]) => {
    const outcome = await perform(core, name, args).then(
      value => ({ value }),
      error => ({ error: toPlainError(error) }),
    )
    if (stopping.signal.aborted) return
    // First what it has changed: who has an answer sees it.
    tellAll()
    channelByTab.get(tab)?.postMessage({ kind: 'answer', id, outcome } satisfies ToTab)
  }
  shared.onmessage = ({ data }: MessageEvent<ToLeader | LeaderNews>) => {
    if (data.kind === 'hello') welcome(data.tab)
    else if (data.kind === 'call' && data.leader === leader)
      void answer(data.tab, data.id, data.name, data.args)
  }
  shared.postMessage({ kind: 'leading', leader } satisfies LeaderNews)
  return {
    tellAll,
    stop() {
      stopping.abort()
      for (const stop of stops) stop()
      for (const tab of [...channelByTab.keys()]) forget(tab)
      shared.close()
    },
  }
}

/** Resolves once a tab is gone, however it went. */
async function whenGone(storeName: string, tab: string, signal: AbortSignal): Promise<void> {
  // What is aborted needs no more.
  await navigator.locks
    .request(tabChannel(storeName, tab), { signal }, async () => undefined)
    .catch(() => undefined)
}

function catalogsOf({ client: { catalogs } }: ClientCore): KnownCatalogs {
  return { resources: catalogs.resources, civic: catalogs.civic }
}

function factsOf({ client, replica }: ClientCore): Facts {
  const { condition, damagedRows, keptAt, gone } = client.store
  return {
    device: client.device,
    store: { condition, damagedRows, keptAt, gone },
    user: client.account.current(),
    keys: client.account.keys,
    sync: client.sync.status,
    tampering: [...client.sync.tampering],
    modes: [...replica.modes()],
    unconfirmed: replica.unconfirmed(),
  }
}
