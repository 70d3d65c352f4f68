// What tabs tell each other, and over which channels. Those of a browser profile and origin only: nothing leaves it.
import type {
  CivicCatalog,
  DocumentMode,
  DocumentName,
  OpenableDocument,
  Register,
  ResourceCatalog,
} from '@workforce-democracy/shared'
import type { KeysStatus } from '../account/standing.ts'
import type { StoreReport } from '../client.ts'
import type { User } from '../session.ts'
import type { SyncStatus, Tampering } from '../sync/sync.ts'
import type { CallName, Outcome } from './calls.ts'

/** What the leader's client says beside registers and catalogs. */
export interface Facts {
  readonly device: string
  readonly store: Pick<StoreReport, 'condition' | 'damagedRows' | 'keptAt' | 'gone'>
  readonly user: User | undefined
  readonly keys: KeysStatus
  readonly sync: SyncStatus
  readonly tampering: readonly Tampering[]
  readonly modes: readonly (readonly [DocumentName, DocumentMode])[]
  readonly unconfirmed: readonly OpenableDocument[]
}

/** The catalogs that there are. */
export interface KnownCatalogs {
  readonly resources: ResourceCatalog | undefined
  readonly civic: CivicCatalog | undefined
}

/** To the leader, over the channel that all tabs share. */
export type ToLeader =
  | { readonly kind: 'hello'; readonly tab: string }
  | {
      readonly kind: 'call'
      readonly tab: string
      readonly leader: string
      readonly id: number
      readonly name: CallName
      readonly args: readonly unknown[]
    }

/** Over the same channel, from a new leader. */
export interface LeaderNews {
  readonly kind: 'leading'
  readonly leader: string
}

/** From the leader to one tab, over that tab's own channel: so each tab has them in the order in which they were sent. */
export type ToTab =
  | {
      readonly kind: 'snapshot'
      readonly leader: string
      readonly registers: readonly (readonly [DocumentName, readonly Register[]])[]
      readonly catalogs: KnownCatalogs
      readonly facts: Facts
      /** How far the server's clock is ahead. */
      readonly serverOffsetMs: number
    }
  | { readonly kind: 'change'; readonly document: DocumentName; readonly registers: readonly Register[] }
  | { readonly kind: 'facts'; readonly facts: Facts }
  | { readonly kind: 'catalogs'; readonly catalogs: KnownCatalogs }
  | { readonly kind: 'answer'; readonly id: number; readonly outcome: Outcome }

/** Counts the forms of these messages: tabs with another one do not hear each other. */
const FORM = 1

/** The channel that the tabs of a store share. */
export const sharedChannel = (store: string) => `workforce-democracy/${FORM}/${store}`

/** A tab's own channel, and the lock that it holds as long as it lives. */
export const tabChannel = (store: string, tab: string) => `${sharedChannel(store)}/${tab}`
