// What a client's step 1 is answered with (SPEC P13).
import { EMPTY_UPDATE, type Message } from '@workforce-democracy/shared'
import * as Y from 'yjs'
import { type LoadedDocument, toYDoc } from '../documents/document-reader.ts'
import { decodeUpdate } from './decoded-update.ts'

/** Where an earlier connection of the client ended. */
interface Cursor {
  readonly generation: number
  readonly position: number
}

/**
 * The messages that bring a client with `stateVector` up to date; the last is always a step 2.
 * A new client gets the snapshot as it is stored, a resuming one its tail: only others cost a Yjs document, and all do
 * while the log has elements that were sent twice.
 */
export function answerStep1(
  loaded: LoadedDocument | undefined,
  stateVector: Uint8Array,
  cursor: Cursor | undefined,
): Message[] {
  if (!loaded) return [{ type: 'step2', update: EMPTY_UPDATE }]
  if (cursor && covers(loaded, cursor)) {
    const missed = loaded.tail.filter(({ position }) => position > cursor.position)
    const update = merge(missed.map(({ update }) => update))
    if (update) return [{ type: 'step2', update }]
  } else if (isEmpty(stateVector)) {
    const update = merge(loaded.tail.map(({ update }) => update))
    if (update) return [...snapshotMessage(loaded), { type: 'step2', update }]
  }
  const doc = toYDoc(loaded)
  try {
    return [{ type: 'step2', update: Y.encodeStateAsUpdate(doc, stateVector) }]
  } finally {
    doc.destroy()
  }
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

/**
 * Updates as one, `undefined` where some bring the same element: of two that are not alike Yjs keeps the first when it
 * takes in one after the other, and may keep the second when it merges.
 */
function merge(updates: Uint8Array[]): Uint8Array | undefined {
  const [first] = updates
  if (!first) return EMPTY_UPDATE
  if (updates.length === 1) return first
  return repeatElements(updates) ? undefined : Y.mergeUpdates(updates)
}

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
