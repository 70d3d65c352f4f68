// One element of a Yjs array, by Yjs's id of it.
import * as Y from 'yjs'

/** Where an element stands. */
export interface ElementId {
  readonly client: number
  readonly clock: number
}

/** Deletes elements of an array by their ids, splitting the items that Yjs may have merged them into. */
export function deleteElements(
  transaction: Y.Transaction,
  array: Y.Array<unknown>,
  ids: readonly ElementId[],
): void {
  for (const { client, clock } of ids) {
    const item = Y.getItemCleanStart(transaction, Y.createID(client, clock))
    if (item.length > 1) Y.getItemCleanStart(transaction, Y.createID(client, clock + 1))
    item.delete(transaction)
  }
  // Yjs keeps positions of recent look-ups by index, and corrects them only where it deletes by index itself.
  array._searchMarker.length = 0
}
