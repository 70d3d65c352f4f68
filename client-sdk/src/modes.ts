// Which documents this device may send, by the `settings` document.
import {
  type DocumentMode,
  type DocumentName,
  isOpenable,
  keyOf,
  modeSchema,
  partsOf,
  type ReadonlyState,
  readValue,
} from '@workforce-democracy/shared'

/** The key of a document's mode in `settings`. */
export function modeKey(document: DocumentName): string {
  return keyOf('mode', document)
}

/**
 * The modes that hold on this device: those it was told itself. A mode that came with an import says what the person
 * chose elsewhere, and opens nothing here.
 */
export function modesOn(device: string, settings: ReadonlyState): Map<DocumentName, DocumentMode> {
  const modes = new Map<DocumentName, DocumentMode>()
  for (const register of settings.values()) {
    const [kind, document] = partsOf(register.key) ?? []
    const mode = readValue(modeSchema, register.value)
    if (kind !== 'mode' || !document || !mode || register.device !== device) continue
    if (isOpenable(document)) modes.set(document, mode)
  }
  return modes
}
