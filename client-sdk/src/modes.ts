// Which documents this device may send, by the `settings` document.
import {
  DOCUMENT_NAMES,
  type DocumentMode,
  type DocumentName,
  isOpenable,
  keyOf,
  modeSchema,
  type OpenableDocument,
  partsOf,
  type ReadonlyState,
  type Register,
  readValue,
} from '@workforce-democracy/shared'

/** The key of a document's mode in `settings`. */
export function modeKey(document: DocumentName): string {
  return keyOf('mode', document)
}

/** What decides which modes hold on a device. */
export interface ModesOptions {
  readonly device: string
  readonly settings: ReadonlyState
  /** Whether this device has the keys of sealed documents. */
  readonly canSeal: boolean
  /** Documents that the person has opened on this device at some time. */
  readonly confirmed: ReadonlySet<string>
}

/**
 * The modes that hold on this device. Sealing holds wherever it was chosen. That another device, or an import, says
 * open opens nothing here, until the person has said so here too.
 */
export function modesOn({
  device,
  settings,
  canSeal,
  confirmed,
}: ModesOptions): Map<DocumentName, DocumentMode> {
  const modes = new Map<DocumentName, DocumentMode>()
  for (const register of settings.values()) {
    const [document, mode] = chosenMode(register) ?? []
    if (!document || !mode) continue
    const holds = mode === 'sealed' ? canSeal : register.device === device || confirmed.has(document)
    if (holds) modes.set(document, mode)
  }
  if (canSeal) for (const document of ALWAYS_SEALED) modes.set(document, 'sealed')
  return modes
}

/** The documents that these registers of `settings` open. */
export function openedBy(registers: readonly Register[]): DocumentName[] {
  return registers.flatMap(register => {
    const [document, mode] = chosenMode(register) ?? []
    return document && mode === 'open' ? [document] : []
  })
}

const ALWAYS_SEALED = DOCUMENT_NAMES.filter(name => !isOpenable(name))

function chosenMode({ key, value }: Register): [OpenableDocument, DocumentMode] | undefined {
  const [kind, document] = partsOf(key) ?? []
  const mode = readValue(modeSchema, value)
  return kind === 'mode' && document && isOpenable(document) && mode ? [document, mode] : undefined
}
