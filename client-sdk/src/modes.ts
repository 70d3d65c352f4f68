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
export function modesOn(options: ModesOptions): Map<DocumentName, DocumentMode> {
  const modes = new Map<DocumentName, DocumentMode>()
  for (const [document, mode, register] of chosenModes(options.settings)) {
    const holds = mode === 'sealed' ? options.canSeal : isConfirmed(register, document, options)
    if (holds) modes.set(document, mode)
  }
  if (options.canSeal) for (const document of ALWAYS_SEALED) modes.set(document, 'sealed')
  return modes
}

/** The documents that were opened elsewhere, and of which nothing is sent from here until the person confirms it. */
export function unconfirmedOn(options: ModesOptions): OpenableDocument[] {
  return chosenModes(options.settings).flatMap(([document, mode, register]) =>
    mode === 'open' && !isConfirmed(register, document, options) ? [document] : [],
  )
}

function isConfirmed({ device }: Register, document: DocumentName, on: ModesOptions): boolean {
  return device === on.device || on.confirmed.has(document)
}

/** The documents that these registers of `settings` open. */
export function openedBy(registers: readonly Register[]): DocumentName[] {
  return registers.flatMap(register => {
    const [document, mode] = chosenMode(register) ?? []
    return document && mode === 'open' ? [document] : []
  })
}

function chosenModes(settings: ReadonlyState): [OpenableDocument, DocumentMode, Register][] {
  return [...settings.values()].flatMap(register => {
    const chosen = chosenMode(register)
    return chosen ? [[...chosen, register] as [OpenableDocument, DocumentMode, Register]] : []
  })
}

const ALWAYS_SEALED = DOCUMENT_NAMES.filter(name => !isOpenable(name))

function chosenMode({ key, value }: Register): [OpenableDocument, DocumentMode] | undefined {
  const [kind, document] = partsOf(key) ?? []
  const mode = readValue(modeSchema, value)
  return kind === 'mode' && document && isOpenable(document) && mode ? [document, mode] : undefined
}
