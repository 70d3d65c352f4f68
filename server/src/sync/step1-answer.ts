// What a client's step 1 is answered with (SPEC P13).
import { EMPTY_UPDATE, type Message } from '@workforce-democracy/shared'
import * as Y from 'yjs'
import { type LoadedDocument, toYDoc } from '../documents/document-reader.ts'

/** Where an earlier connection of the client ended. */
interface Cursor {
  readonly generation: number
  readonly position: number
}

/**
 * The messages that bring a client with `stateVector` up to date; the last is always a step 2.
 * A new client gets the snapshot as it is stored, a resuming one its tail: only others cost a Yjs document.
 */
export function answerStep1(
  loaded: LoadedDocument | undefined,
  stateVector: Uint8Array,
  cursor: Cursor | undefined,
): Message[] {
  if (!loaded) return [{ type: 'step2', update: EMPTY_UPDATE }]
  if (cursor && covers(loaded, cursor)) {
    const missed = loaded.tail.filter(({ position }) => position > cursor.position)
    return [{ type: 'step2', update: merge(missed.map(({ update }) => update)) }]
  }
  if (isEmpty(stateVector)) {
    const tail: Message = { type: 'step2', update: merge(loaded.tail.map(({ update }) => update)) }
    return loaded.snapshot ? [{ type: 'update', update: loaded.snapshot.update }, tail] : [tail]
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

function merge(updates: Uint8Array[]): Uint8Array {
  const [first] = updates
  if (!first) return EMPTY_UPDATE
  return updates.length === 1 ? first : Y.mergeUpdates(updates)
}
