// What is computed of a whole document: bytes in, bytes out, so that another thread can do it.
import { type DocumentMode, freshDocument, type Register, RegisterArray } from '@workforce-democracy/shared'
import { uint32 } from 'lib0/random'
import * as Y from 'yjs'
import { docOf } from '../documents/document-reader.ts'
import { holdsOnlyRegisters, holdsOnlyWellFormedRegisters } from '../documents/register-content.ts'
import { hasFormOf } from '../documents/update-content.ts'
import type { ComputeRegisters, DocumentContent, Edit } from '../documents/whole-documents.ts'
import { type DecodedUpdate, decodeUpdate, deletes } from './decoded-update.ts'
import { mayOutweigh, outweighs, type Weight, weightOf } from './history-weight.ts'
import { KnownState } from './known-state.ts'
import { trialMs } from './trial-time.ts'

/** Updates of one document, in order of position. */
interface Updates {
  readonly updates: readonly Uint8Array[]
}

/** What each job takes. */
export interface JobInputs {
  readonly compact: Updates & { readonly occupancy: Occupancy }
  readonly merge: Updates
  readonly difference: Updates & { readonly stateVector: Uint8Array }
  readonly summarize: Updates & { readonly summary: Uint8Array | undefined }
  readonly check: Updates & { readonly mode: DocumentMode }
  readonly read: Updates
  readonly write: Updates & { readonly registers: readonly Register[] }
  readonly load: Updates
}

/** Who has a document open that is compacted: `sealed` documents and those of stock clients stay where they are. */
export type Occupancy = 'idle' | 'connected' | 'stock' | 'sealed'

/** A whole document: one update, and its {@link KnownState} encoded. */
interface Content {
  readonly update: Uint8Array
  readonly summary: Uint8Array
}

/** What each job gives. */
export interface JobOutputs {
  /** A snapshot of all updates. */
  readonly compact: Content & {
    /** The same registers without their history, where that outweighs them so much that the document is to be moved. */
    readonly fresh: Content | undefined
    /** Whether it does as soon as nobody has it open. */
    readonly isHeavy: boolean
  }
  /** All updates as one, `undefined` where that is not what they make one after the other. */
  readonly merge: { readonly update: Uint8Array | undefined }
  /** What the state vector lacks. */
  readonly difference: { readonly update: Uint8Array }
  /** The {@link KnownState} of what the summary speaks of and of the updates after it, and whether these delete. */
  readonly summarize: { readonly summary: Uint8Array; readonly deletes: boolean }
  /**
   * The {@link KnownState} of an update that is a whole document of that mode, `undefined` for any other; and whether it
   * holds only if Yjs gets through with it in time, which has to be tried.
   */
  readonly check: { readonly summary: Uint8Array | undefined; readonly isUntried: boolean }
  readonly read: DocumentContent
  /** What writing these registers adds. */
  readonly write: { readonly update: Uint8Array }
  /** Nothing: it is for the time that it takes. */
  readonly load: Record<string, never>
}

export type JobKind = keyof JobInputs

const JOBS: { readonly [K in JobKind]: (input: JobInputs[K]) => JobOutputs[K] } = {
  compact({ updates, occupancy }) {
    const startedAtMs = performance.now()
    const registers = new RegisterArray(docOf(updates))
    const isInTime = performance.now() - startedAtMs <= trialMs(updates)
    // Not a merge of updates, which keeps what was deleted. Sealed documents have no registers.
    registers.prune()
    const snapshot = contentOf(Y.encodeStateAsUpdate(registers.doc), isInTime)
    const lighter = lighterThan(snapshot, registers, occupancy)
    registers.destroy()
    registers.doc.destroy()
    return { ...snapshot.content, ...lighter }
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
  check({ updates, mode }) {
    const decoded = updates.map(decodeUpdate)
    const known = new KnownState()
    let isUntried = false
    for (const update of decoded) {
      const verdict = hasFormOf(mode, update.structs) ? known.assess(update) : 'incomplete'
      if (verdict === 'incomplete') return { summary: undefined, isUntried }
      isUntried ||= verdict === 'untried'
      known.add(update)
    }
    if (isUntried) known.tried()
    return { summary: known.encode(), isUntried }
  },
  read({ updates }) {
    const array = new RegisterArray(docOf(updates))
    const registers = [...array.state().values()]
    const isPlain = holdsOnlyRegisters(array.doc)
    array.destroy()
    array.doc.destroy()
    return { registers, isPlain }
  },
  write: ({ updates, registers }) => ({ update: edit(updates, () => registers).update }),
  load({ updates }) {
    docOf(updates).destroy()
    return {}
  },
}

/** Reads a document and writes to it, which is built once for both. */
export function edit(updates: readonly Uint8Array[], compute: ComputeRegisters): Edit {
  const array = new RegisterArray(docOf(updates))
  const registers = compute([...array.state().values()])
  const before = Y.encodeStateVector(array.doc)
  array.write(registers)
  const update = Y.encodeStateAsUpdate(array.doc, before)
  array.destroy()
  array.doc.destroy()
  return { registers, update }
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

interface Weighed {
  readonly content: Content
  readonly weight: Weight
  /** Pieces that Yjs has it in. */
  readonly structs: number
}

/** An update that is a whole document, and what that weighs. */
function contentOf(update: Uint8Array, isTried: boolean): Weighed {
  const decoded = decodeUpdate(update)
  const known = knownStateOf([decoded])
  if (isTried) known.tried()
  const content = { update, summary: known.encode() }
  const weight = weightOf({ ...content, stateVector: known.encodeStateVector() })
  return { content, weight, structs: decoded.structs.length }
}

/** What a document would be without its history, where it may be moved by a server at all (SPEC G5, G6). */
function lighterThan(
  { weight, structs }: Weighed,
  registers: RegisterArray,
  occupancy: Occupancy,
): Pick<JobOutputs['compact'], 'fresh' | 'isHeavy'> {
  const stays = { fresh: undefined, isHeavy: false }
  if (occupancy === 'sealed' || !mayOutweigh(weight, structs)) return stays
  if (!holdsOnlyWellFormedRegisters(registers)) return stays
  const fresh = contentOf(freshDocument(registers.state(), newClientId(registers.doc)), false)
  if (!outweighs(weight, fresh.weight, 'idle')) return stays
  const isDue = occupancy !== 'stock' && outweighs(weight, fresh.weight, occupancy)
  return { fresh: isDue ? fresh.content : undefined, isHeavy: true }
}

/** A Yjs client id that the document does not know: copies of it may come back and join. */
function newClientId({ store }: Y.Doc): number {
  let clientId = uint32()
  while (store.clients.has(clientId)) clientId = uint32()
  return clientId
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
