// Events on `window`, for pages that are not built around a client object.
import type { DocumentName, ErrorCode } from '@workforce-democracy/shared'
import type { SyncStatus } from '../sync/sync.ts'
import type { Tab } from '../tabs/open-tab.ts'
import type { TabClient } from '../tabs/tab-client.ts'

/** What the events carry in `detail`. */
export interface ClientEvents<Client extends TabClient = TabClient> {
  /** A client is open: reads answer from now on. */
  'wd:ready': { readonly client: Client }
  /** Registers have changed, in this tab or another one, on this device or another one. */
  'wd:change': { readonly document: DocumentName; readonly keys: readonly string[] }
  'wd:sync': { readonly status: SyncStatus }
  /** A client could not be opened, its store is gone, or its sync has a problem. */
  'wd:error': { readonly code: ErrorCode }
}

declare global {
  interface WindowEventMap {
    'wd:ready': CustomEvent<ClientEvents['wd:ready']>
    'wd:change': CustomEvent<ClientEvents['wd:change']>
    'wd:sync': CustomEvent<ClientEvents['wd:sync']>
    'wd:error': CustomEvent<ClientEvents['wd:error']>
  }
}

/** Dispatches an event, where there is a window. */
export function dispatch<Name extends keyof ClientEvents>(name: Name, detail: ClientEvents[Name]): void {
  if (typeof window !== 'undefined') window.dispatchEvent(new CustomEvent(name, { detail }))
}

/** Dispatches what happens to an open client, beginning with `wd:ready`. */
export function announce(tab: Tab): void {
  const { client } = tab
  let error: ErrorCode | undefined
  const onTrouble = () => {
    const now = client.store.gone ?? client.sync.status.problem
    if (now && now !== error) dispatch('wd:error', { code: now })
    error = now
  }
  tab.onChange(({ document, registers }) => {
    if (registers.length > 0) dispatch('wd:change', { document, keys: registers.map(({ key }) => key) })
  })
  client.store.subscribe(onTrouble)
  client.sync.subscribe(() => {
    dispatch('wd:sync', { status: client.sync.status })
    onTrouble()
  })
  dispatch('wd:ready', { client })
  onTrouble()
}
