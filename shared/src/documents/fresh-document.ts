// A Yjs document without a history: what a new generation of an open document begins with (SPEC G2).
import * as Y from 'yjs'
import { toEntry } from '../registers/register.ts'
import type { ReadonlyState } from '../registers/state.ts'
import { REGISTERS_ROOT } from './register-array.ts'

/**
 * The registers of a state as one update of a Yjs document that holds nothing else: in the order of their keys, pushed in
 * one go by one client.
 *
 * @param clientId Yjs's id of that client; one that no earlier generation knows, so that copies of those can join
 * @example
 * Y.applyUpdate(doc, freshDocument(registers.state(), clientId))
 */
export function freshDocument(state: ReadonlyState, clientId: number): Uint8Array {
  const doc = new Y.Doc()
  doc.clientID = clientId
  const registers = [...state.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
  if (registers.length > 0) doc.getArray(REGISTERS_ROOT).push(registers.map(toEntry))
  const update = Y.encodeStateAsUpdate(doc)
  doc.destroy()
  return update
}
