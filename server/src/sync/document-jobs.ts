// What is computed of a whole document: bytes in, bytes out, so that another thread can do it.
import { RegisterArray } from '@workforce-democracy/shared'
import * as Y from 'yjs'
import { docOf } from '../documents/document-reader.ts'
import { type DecodedUpdate, decodeUpdate, deletes } from './decoded-update.ts'
import { KnownState } from './known-state.ts'

/** Updates of one document, in order of position. */
interface Updates {
  readonly updates: readonly Uint8Array[]
}

/** What each job takes. */
export interface JobInputs {
  readonly compact: Updates
  readonly merge: Updates
  readonly difference: Updates & { readonly stateVector: Uint8Array }
  readonly summarize: Updates & { readonly summary: Uint8Array | undefined }
}

/** What each job gives. */
export interface JobOutputs {
  /** A snapshot of all updates, and its {@link KnownState} encoded. */
  readonly compact: { readonly update: Uint8Array; readonly summary: Uint8Array }
  /** All updates as one, `undefined` where that is not what they make one after the other. */
  readonly merge: { readonly update: Uint8Array | undefined }
  /** What the state vector lacks. */
  readonly difference: { readonly update: Uint8Array }
  /** The {@link KnownState} of what the summary speaks of and of the updates after it, and whether these delete. */
  readonly summarize: { readonly summary: Uint8Array; readonly deletes: boolean }
}

export type JobKind = keyof JobInputs

const JOBS: { readonly [K in JobKind]: (input: JobInputs[K]) => JobOutputs[K] } = {
  compact({ updates }) {
    const update = snapshotOf(docOf(updates))
    return { update, summary: knownStateOf([decodeUpdate(update)]).encode() }
  },
  merge: ({ updates }) => ({ update: repeatElements(updates) ? undefined : Y.mergeUpdates([...updates]) }),
  difference({ updates, stateVector }) {
    const doc = docOf(updates)
    try {
      return { update: Y.encodeStateAsUpdate(doc, stateVector) }
    } finally {
      doc.destroy()
    }
  },
  summarize({ updates, summary }) {
    const decoded = updates.map(decodeUpdate)
    return { summary: knownStateOf(decoded, summary).encode(), deletes: decoded.some(deletes) }
  },
}

/** Does a job on this thread. */
export function perform<K extends JobKind>(kind: K, input: JobInputs[K]): JobOutputs[K] {
  return JOBS[kind](input)
}

function knownStateOf(updates: readonly DecodedUpdate[], summary?: Uint8Array): KnownState {
  const known = summary ? KnownState.decode(summary) : new KnownState()
  for (const update of updates) known.add(update)
  return known
}

/** The document without the registers that others supersede. Not a merge of updates, which keeps what was deleted. */
function snapshotOf(doc: Y.Doc): Uint8Array {
  const registers = new RegisterArray(doc)
  registers.prune()
  const update = Y.encodeStateAsUpdate(doc)
  registers.destroy()
  doc.destroy()
  return update
}

/**
 * Whether some bring the same element: of two that are not alike Yjs keeps the first when it takes in one after the
 * other, and may keep the second when it merges.
 */
function repeatElements(updates: readonly Uint8Array[]): boolean {
  const endByClient = new Map<number, number>()
  for (const update of updates) {
    for (const { id, length } of decodeUpdate(update).structs) {
      if (id.clock < (endByClient.get(id.client) ?? 0)) return true
      endByClient.set(id.client, id.clock + length)
    }
  }
  return false
}
