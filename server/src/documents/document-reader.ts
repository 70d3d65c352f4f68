// Reads documents out of the log and decrypts them.
import { CodedError } from '@workforce-democracy/shared'
import * as Y from 'yjs'
import type { Db } from '../db/database.ts'
import {
  readDocument,
  readEntriesAfter,
  type StoredDocument,
  type StoredEntry,
  type StoredSnapshot,
} from '../db/document-log.ts'
import type { DocumentRef, DocumentRow } from '../db/documents.ts'
import type { DataCipher, DataKeys } from '../encryption/data-keys.ts'
import { decodeEntry } from './log-entry.ts'

/** Where each part of the log is sealed to. */
export const SNAPSHOT_PLACE = { table: 'document_snapshots', column: 'data' } as const
/** A summary belongs to the snapshot of one position. */
export const summaryPlace = (position: number) =>
  ({ table: 'document_snapshots', column: 'summary', row: String(position) }) as const
const SINGLE_PLACE = { table: 'document_updates', column: 'data' } as const
/** Of an entry: how many updates it holds is sealed with it. */
export const entryPlace = (updates: number) =>
  updates === 1 ? SINGLE_PLACE : ({ ...SINGLE_PLACE, row: `${updates} updates` } as const)

/** One update in clear. */
export interface LoggedUpdate {
  readonly position: number
  readonly update: Uint8Array
}

/** A snapshot in clear. */
export interface LoggedSnapshot extends LoggedUpdate {
  /** What it holds, without its bytes; absent in snapshots from before there were summaries. */
  readonly summary: Uint8Array | undefined
}

/** A document in clear. */
export interface LoadedDocument extends DocumentRow {
  readonly snapshot: LoggedSnapshot | undefined
  /** Updates after the snapshot, in order of position. */
  readonly tail: readonly LoggedUpdate[]
}

/** Reads documents; it has no way to write them. */
export interface DocumentReader {
  /** The whole document, `undefined` for a local one. */
  read(db: Db, ref: DocumentRef): Promise<LoadedDocument | undefined>
  /** Updates of `generation` after `position`, or `undefined` when a snapshot has swallowed some, or the document moved. */
  readAfter(
    db: Db,
    ref: DocumentRef,
    generation: number,
    position: number,
  ): Promise<LoggedUpdate[] | undefined>
}

/** Each time a move has come in between. */
const MAX_READS = 10

/** Makes a reader. */
export function createDocumentReader({ dataKeys }: { dataKeys: DataKeys }): DocumentReader {
  /** `undefined` when the key was destroyed since it was stored, so that it has to be read again. */
  const inClear = async (ref: DocumentRef, stored: StoredDocument): Promise<LoadedDocument | undefined> => {
    if (!stored.snapshot && stored.tail.length === 0) return { ...stored, snapshot: undefined, tail: [] }
    const cipher = await dataKeys.existing({ ...ref, generation: stored.generation })
    return (
      cipher && {
        ...stored,
        snapshot: stored.snapshot && snapshotInClear(cipher, stored.snapshot),
        tail: stored.tail.flatMap(entry => entryInClear(cipher, entry)),
      }
    )
  }
  return {
    async read(db, ref) {
      let generation = 0
      for (let n = 0; n < MAX_READS; n++) {
        const stored = await readDocument(db, ref)
        if (!stored) return undefined
        const loaded = await inClear(ref, stored)
        if (loaded) return loaded
        if (stored.generation === generation)
          throw new CodedError('internal', 'The data key of a document is missing.')
        generation = stored.generation
      }
      throw new CodedError('overloaded', 'The document moves all the time.')
    },
    async readAfter(db, ref, generation, position) {
      const { swallowed, entries } = await readEntriesAfter(db, ref, position)
      if (swallowed > position || entries.some(entry => entry.generation !== generation)) return undefined
      if (entries.length === 0) return []
      const cipher = await dataKeys.existing({ ...ref, generation })
      return (
        cipher &&
        entries.flatMap(entry => entryInClear(cipher, entry)).filter(update => update.position > position)
      )
    },
  }
}

function entryInClear(cipher: DataCipher, { position, updates, data }: StoredEntry): LoggedUpdate[] {
  const first = position - updates + 1
  return decodeEntry(cipher.open(data, entryPlace(updates)), updates).map((update, n) => ({
    position: first + n,
    update,
  }))
}

function snapshotInClear(cipher: DataCipher, stored: StoredSnapshot): LoggedSnapshot {
  const { position, data, summary } = stored
  return {
    position,
    update: cipher.open(data, SNAPSHOT_PLACE),
    summary: summary && cipher.open(summary, summaryPlace(position)),
  }
}

/** All that a document was loaded from, in order of position. */
export function updatesOf({ snapshot, tail }: LoadedDocument): Uint8Array[] {
  return [...(snapshot ? [snapshot.update] : []), ...tail.map(({ update }) => update)]
}

/** Only providers and nested documents have a use for one, and to draw it takes as long as to build a small document. */
const NO_GUID = ''

/**
 * A Yjs document of these updates, applied in one transaction. For one answer: it is not kept. Its own client id is none
 * that the updates know: Yjs sees to that.
 */
export function docOf(updates: readonly Uint8Array[], doc = new Y.Doc({ guid: NO_GUID })): Y.Doc {
  doc.transact(() => {
    for (const update of updates) Y.applyUpdate(doc, update)
  })
  return doc
}
