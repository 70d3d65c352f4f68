// Reads registers straight out of Yjs updates, without making a Yjs document.
import { parseEntry, REGISTERS_ROOT, type Register } from '@workforce-democracy/shared'
import * as Y from 'yjs'

/**
 * The well-formed registers that an update brings to a document of registers only; deleted ones are not among them, and
 * what superseded them is. `undefined` when it brings anything else: an element names the one it follows rather than
 * its root, so from then on only the whole document tells which elements are registers.
 */
export function registersIn(update: Uint8Array): Register[] | undefined {
  const registers: Register[] = []
  for (const struct of Y.decodeUpdate(update).structs) {
    if (!(struct instanceof Y.Item)) continue
    const parent: unknown = struct.parent
    const hasNeighbour = struct.origin !== null || struct.rightOrigin !== null
    if (!hasNeighbour && (parent !== REGISTERS_ROOT || struct.parentSub !== null)) return undefined
    if (!(struct.content instanceof Y.ContentAny)) continue
    for (const element of struct.content.arr) {
      const register = parseEntry(element)
      if (register) registers.push(register)
    }
  }
  return registers
}
