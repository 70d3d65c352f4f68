// What developers see of a client: documents, registers, what is pending, and how the sync goes.
import {
  DOCUMENT_NAMES,
  type DocumentMode,
  type DocumentName,
  type ErrorCode,
  type Register,
} from '@workforce-democracy/shared'
import type { Replica, StoreCondition } from './replica.ts'
import type { DocumentOnServer } from './sync/document-sync.ts'
import type { Sync, SyncStatus, Tampering } from './sync/sync.ts'
import type { SyncEvent } from './sync/sync-log.ts'

/** A document on this device and, where it is synced, on the server. */
export interface InspectedDocument {
  readonly name: DocumentName
  readonly mode: DocumentMode | 'local'
  readonly registers: readonly Register[]
  /** Keys of registers that the server lacks. */
  readonly pending: readonly string[]
  readonly onServer: DocumentOnServer | undefined
}

/** A client, for developers. Plain data. */
export interface Inspection {
  readonly device: string
  readonly store: { readonly condition: StoreCondition; readonly gone: ErrorCode | undefined }
  readonly documents: readonly InspectedDocument[]
  readonly sync: {
    readonly status: SyncStatus
    readonly tampering: readonly Tampering[]
    /** The newest last. */
    readonly log: readonly SyncEvent[]
  }
}

/** Looks at a client. */
export function inspectClient({
  replica,
  sync,
  store,
}: {
  readonly replica: Replica
  readonly sync: Pick<Sync, 'status' | 'tampering' | 'inspect'>
  readonly store: Inspection['store']
}): Inspection {
  const { documents, log } = sync.inspect()
  const modes = replica.modes()
  return {
    device: replica.device,
    store: { condition: store.condition, gone: store.gone },
    documents: DOCUMENT_NAMES.map(name => ({
      name,
      mode: modes.get(name) ?? 'local',
      registers: [...replica.state(name).values()],
      pending: replica.pendingRegisters(name).map(({ key }) => key),
      onServer: documents[name],
    })),
    sync: { status: sync.status, tampering: [...sync.tampering], log },
  }
}
