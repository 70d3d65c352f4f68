// Reads registers straight out of Yjs updates, without making a Yjs document.
import { parseEntry, REGISTERS_ROOT, type Register } from '@workforce-democracy/shared'
import * as Y from 'yjs'

/**
 * The well-formed registers that an update brings. Elements after another one name it instead of their root, so a
 * register-shaped element of another root may be among them; deleted ones are not, and what superseded them is.
 */
export function registersIn(update: Uint8Array): Register[] {
  const registers: Register[] = []
  for (const struct of Y.decodeUpdate(update).structs) {
    if (!(struct instanceof Y.Item) || !(struct.content instanceof Y.ContentAny)) continue
    const parent: unknown = struct.parent
    if (typeof parent === 'string' && parent !== REGISTERS_ROOT) continue
    for (const element of struct.content.arr) {
      const register = parseEntry(element)
      if (register) registers.push(register)
    }
  }
  return registers
}
