// What updates of open and of sealed documents may hold, where that is checked (SPEC G4, G10).
import { type DocumentMode, REGISTERS_ROOT, SEALED_ROOT } from '@workforce-democracy/shared'
import * as Y from 'yjs'

/** What elements are, in which root. */
const FORM_OF = {
  open: { root: REGISTERS_ROOT, element: Y.ContentAny },
  sealed: { root: SEALED_ROOT, element: Y.ContentBinary },
} as const satisfies Record<DocumentMode, { root: string; element: unknown }>

/**
 * Whether the structs of an update are elements of the one root array of a mode, or what is left of deleted ones: plain
 * values in `registers`, bytes in `sealed`. An element that has a neighbour lies where that does: in a document that
 * began with such updates, in that root too.
 */
export function hasFormOf(mode: DocumentMode, structs: readonly (Y.Item | Y.GC | Y.Skip)[]): boolean {
  const { root, element } = FORM_OF[mode]
  return structs.every(struct => {
    if (!(struct instanceof Y.Item)) return true
    const parent: unknown = struct.parent
    const hasNeighbour = struct.origin !== null || struct.rightOrigin !== null
    if (!hasNeighbour && (parent !== root || struct.parentSub !== null)) return false
    return struct.content instanceof element || struct.content instanceof Y.ContentDeleted
  })
}
