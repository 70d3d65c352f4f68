// What a client's step 1 is answered with (SPEC P13).
import { EMPTY_UPDATE, type Message } from '@workforce-democracy/shared'
import type { DocumentRef } from '../db/documents.ts'
import { type LoadedDocument, updatesOf } from '../documents/document-reader.ts'
import type { DocumentWorker } from './document-worker.ts'

/** Updates beyond which a Yjs document costs less than merging them. */
const MAX_MERGED = 32

/** Where an earlier connection of the client ended. */
interface Cursor {
  readonly generation: number
  readonly position: number
}

/**
 * The messages that bring a client with `stateVector` up to date; the last is always a step 2.
 * A new client gets the snapshot as it is stored, a resuming one its tail: only others cost a Yjs document, and all do
 * while the tail is long or has elements that were sent twice.
 */
export async function answerStep1(
  worker: DocumentWorker,
  ref: DocumentRef,
  loaded: LoadedDocument | undefined,
  stateVector: Uint8Array,
  cursor: Cursor | undefined,
): Promise<Message[]> {
  if (!loaded) return [{ type: 'step2', update: EMPTY_UPDATE }]
  if (cursor && covers(loaded, cursor)) {
    const missed = loaded.tail.filter(({ position }) => position > cursor.position)
    const update = await merge(
      worker,
      missed.map(({ update }) => update),
    )
    if (update) return [{ type: 'step2', update }]
  } else if (isEmpty(stateVector)) {
    const update = await merge(
      worker,
      loaded.tail.map(({ update }) => update),
    )
    if (update) return [...snapshotMessage(loaded), { type: 'step2', update }]
  }
  const { update } = await worker.run('difference', { updates: updatesOf(loaded), stateVector }, ref)
  return [{ type: 'step2', update }]
}

/** Whether the log still holds everything after the cursor. A cursor beyond the head is not one of this log. */
function covers({ generation, head, snapshot }: LoadedDocument, cursor: Cursor): boolean {
  return (
    cursor.generation === generation &&
    cursor.position <= head &&
    cursor.position >= (snapshot?.position ?? 0)
  )
}

function isEmpty(stateVector: Uint8Array): boolean {
  return stateVector.length === 0 || stateVector[0] === 0
}

function snapshotMessage({ snapshot }: LoadedDocument): Message[] {
  return snapshot ? [{ type: 'update', update: snapshot.update }] : []
}

/** Updates as one, `undefined` where they are many or that is not what they make one after the other. */
async function merge(worker: DocumentWorker, updates: Uint8Array[]): Promise<Uint8Array | undefined> {
  if (updates.length < 2) return updates[0] ?? EMPTY_UPDATE
  if (updates.length > MAX_MERGED) return undefined
  const { update } = await worker.run('merge', { updates })
  return update
}
