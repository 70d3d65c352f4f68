// Which categories a person has opened to the server: the modes in the `settings` document.
import {
  CodedError,
  isDocumentName,
  isOpenable,
  OPENABLE_DOCUMENTS,
  type OpenableDocument,
} from '@workforce-democracy/shared'
import { modeKey } from '../modes.ts'
import type { Replica, SavedWrite } from '../replica.ts'
import { subscribeTo } from './document-view.ts'

/** Who gets to see a category: nobody but this device; the server too; or all devices of the person, and no server. */
export type PrivacyChoice = 'local' | 'open' | 'sealed'

/** A person's choices on this device. */
export interface Privacy {
  get(): Record<OpenableDocument, PrivacyChoice>
  /**
   * Chooses. `open` lets the server read the category, `sealed` takes that back: it moves to where only the person's
   * devices can. `local` stops sending it, and what the server has by then stays there.
   *
   * @throws CodedError `not-available-yet` for `sealed` on a device without the account's keys, `forbidden` for opening notes or settings,
   * `unknown-document`, `invalid-input`, `store-failed`, `client-closed`
   * @example
   * await client.privacy.set({ votes: 'open' })
   */
  set(choices: Partial<Record<OpenableDocument, PrivacyChoice>>): Promise<SavedWrite>
  /** Calls `listener` after each change; returns how to stop that. */
  subscribe(listener: () => void): () => void
}

const DOCUMENT = 'settings'
const VALUE_BY_CHOICE = { open: 'open', sealed: 'sealed', local: null } as const

export function createPrivacy({ replica }: { readonly replica: Replica }): Privacy {
  return {
    get() {
      const modes = replica.modes()
      const choices = OPENABLE_DOCUMENTS.map(document => [document, modes.get(document) ?? 'local'] as const)
      return Object.fromEntries(choices) as Record<OpenableDocument, PrivacyChoice>
    },
    async set(choices) {
      const values = Object.entries(choices)
        .filter(([, choice]) => choice !== undefined)
        .map(([document, choice]) => ({
          key: modeKey(checkedDocument(document)),
          value: VALUE_BY_CHOICE[checkedChoice(choice, replica.canSeal)],
        }))
      return replica.write(DOCUMENT, () => values)
    },
    subscribe: listener => subscribeTo(replica, DOCUMENT, listener),
  }
}

function checkedDocument(name: string): OpenableDocument {
  if (isOpenable(name)) return name
  throw isDocumentName(name)
    ? new CodedError('forbidden', 'Notes and settings are never open.')
    : new CodedError('unknown-document')
}

function checkedChoice(choice: PrivacyChoice, canSeal: boolean): PrivacyChoice {
  if (!Object.hasOwn(VALUE_BY_CHOICE, choice))
    throw new CodedError('invalid-input', 'A category is open, sealed or local.')
  if (choice === 'sealed' && !canSeal)
    throw new CodedError('not-available-yet', 'This device has no keys of an account to seal with.')
  return choice
}
