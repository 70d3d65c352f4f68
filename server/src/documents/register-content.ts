// What open documents hold beside registers, which makes them foreign to whoever reads registers only.
import { REGISTERS_ROOT, type RegisterArray } from '@workforce-democracy/shared'
import * as Y from 'yjs'

/** Whether a document has nothing but elements of its array of registers. */
export function holdsOnlyRegisters(doc: Y.Doc): boolean {
  const registers = doc.getArray<unknown>(REGISTERS_ROOT)
  if (doc.share.size > 1 || registers._map.size > 0) return false
  for (let item = registers._start; item !== null; item = item.right) {
    if (item.content instanceof Y.ContentType) return false
  }
  return true
}

/**
 * The same, and every element is a well-formed register: then the state is all that there is, and a document made of it
 * holds the same. Malformed elements are never deleted (SPEC R9).
 */
export function holdsOnlyWellFormedRegisters(registers: RegisterArray): boolean {
  if (registers.malformed > 0 || !holdsOnlyRegisters(registers.doc)) return false
  const array = registers.doc.getArray<unknown>(REGISTERS_ROOT)
  for (let item = array._start; item !== null; item = item.right) {
    // What has a length and no elements is formatting.
    if (!item.deleted && !item.countable) return false
  }
  return true
}
