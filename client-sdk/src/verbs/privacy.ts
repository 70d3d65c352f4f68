// Who may read which category, by the person's choice: the modes in the `settings` document.
import {
  CodedError,
  type ErrorCode,
  isDocumentName,
  isOpenable,
  OPENABLE_DOCUMENTS,
  type OpenableDocument,
  type PrivacyResponse,
  privacyResponseSchema,
  type StoredResponse,
  storedResponseSchema,
  type Uses,
  useKey,
  usesSchema,
  wishedUses,
} from '@workforce-democracy/shared'
import * as z from 'zod/mini'
import { type Http, readBody } from '../http.ts'
import { modeKey } from '../modes.ts'
import type { Documents, SavedWrite } from '../replica.ts'
import type { Session } from '../session.ts'
import { choiceOf } from '../sync/choices.ts'
import type { Sync } from '../sync/sync.ts'
import type { UsesSync } from '../uses.ts'

/** Who gets to see a category: nobody but this device; the server too; or all devices of the person, and no server. */
export type PrivacyChoice = 'local' | 'open' | 'sealed'

/** What the server was told at one time: choices by name. */
export type PrivacyRecord = PrivacyResponse['history'][number]

/**
 * A person's choices on this device.
 *
 * @example
 * const stop = client.privacy.subscribe(() => console.log(client.privacy.get().votes, client.privacy.uses.get()))
 * await client.privacy.set({ votes: 'open' })
 * stop()
 */
export interface Privacy {
  get(): Record<OpenableDocument, PrivacyChoice>
  /**
   * What was opened on another device, or came open with an import, and is not sent from this one until it is confirmed:
   * a server could have made it up.
   */
  unconfirmed(): OpenableDocument[]
  /**
   * Confirms what {@link Privacy.unconfirmed} shows: from now on this device sends it too.
   *
   * @throws CodedError `store-failed`, `client-closed`
   * @example
   * if (client.privacy.unconfirmed().length > 0) await client.privacy.confirm()
   */
  confirm(): Promise<void>
  /**
   * Chooses. `open` lets the server read the category, `sealed` takes that back: it moves to where only the person's
   * devices can. `local` stops sending it, and what the server has by then stays there.
   *
   * Before there is an account this may be chosen too, and holds from the first sign-in on.
   *
   * @throws CodedError `account-plain` or `keys-locked` for `sealed` where the account has no keys, or this device not yet;
   * `forbidden` for opening notes or settings, `unknown-document`, `invalid-input`, `store-failed`, `client-closed`
   * @example
   * const chosen = await client.privacy.set({ votes: 'sealed' })
   * await chosen.done() // nothing readable is left on the server
   */
  set(choices: Partial<Record<OpenableDocument, PrivacyChoice>>): Promise<SavedChoice>
  /** What is done with what the person has written, beside showing it. */
  readonly uses: {
    get(): Uses
    /**
     * Changes what is given. `recommendations`: `server` lets the server rank where it can read everything, `device` has
     * this device rank, `off` nobody. `civicEngagementTracking`: whether votes count in that. The server is told.
     *
     * @throws CodedError `invalid-input`, `store-failed`, `client-closed`
     * @example
     * await client.privacy.uses.set({ recommendations: 'device' })
     */
    set(uses: Partial<Uses>): Promise<SavedChoice>
  }
  /**
   * Everything that the server has stored about this person, row by row: what it can read, and of what it cannot the
   * size. It is the server's word; what was sealed here it could not show if it wanted to. Beside these rows it counts
   * attempts to sign in under keyed hashes, and has jobs that name the account's id.
   *
   * @throws CodedError `not-signed-in`, `offline`
   * @example
   * const { tables } = await client.privacy.whatTheServerSees()
   * console.log(tables.find(({ table }) => table === 'document_updates')?.rows)
   */
  whatTheServerSees(): Promise<StoredResponse>
  /**
   * What the server was told of the person's choices, and when, the latest first.
   *
   * @throws CodedError `not-signed-in`, `offline`
   * @example
   * const [latest] = await client.privacy.history()
   */
  history(): Promise<PrivacyRecord[]>
  /** Calls `listener` after each change; returns how to stop that. */
  subscribe(listener: () => void): () => void
}

/** A choice that is saved on this device. */
export interface SavedChoice extends SavedWrite {
  /**
   * Resolves once it counts at the server: categories lie there as chosen, sealed ones with nothing left that it could
   * read; uses are known there.
   *
   * @throws CodedError `not-signed-in`, `client-closed`; for uses also what keeps the server from being told, such as
   * `offline`: it is told later
   */
  done(): Promise<void>
}

const DOCUMENT = 'settings'
const VALUE_BY_CHOICE = { open: 'open', sealed: 'sealed', local: null } as const

/** What of {@link Privacy} reads. */
export type ChosenPrivacy = Pick<Privacy, 'get' | 'unconfirmed'> & {
  readonly uses: Pick<Privacy['uses'], 'get'>
}

/** The choices as they stand. */
export function createChosenPrivacy(replica: Documents): ChosenPrivacy {
  return {
    get() {
      const modes = replica.modes()
      const choices = OPENABLE_DOCUMENTS.map(document => {
        // Also before there are keys: nothing of it is sent then.
        const isSealed = choiceOf(replica, document)?.value === 'sealed'
        return [document, isSealed ? 'sealed' : (modes.get(document) ?? 'local')] as const
      })
      return Object.fromEntries(choices) as Record<OpenableDocument, PrivacyChoice>
    },
    unconfirmed: () => replica.unconfirmed(),
    uses: { get: () => wishedUses(replica.state(DOCUMENT)) },
  }
}

export function createPrivacy({
  replica,
  sync,
  usesSync,
  session,
  http,
  sealingProblem,
}: {
  readonly replica: Documents
  readonly sync: Pick<Sync, 'moved'>
  readonly usesSync: Pick<UsesSync, 'told'>
  readonly session: Pick<Session, 'accessToken'>
  readonly http: Http
  /** What there is against sealing now. */
  readonly sealingProblem: () => ErrorCode | undefined
}): Privacy {
  const chosen = createChosenPrivacy(replica)
  return {
    ...chosen,
    confirm: () => replica.confirm(replica.unconfirmed()),
    async set(choices) {
      const entries = Object.entries(choices)
        .filter(([, choice]) => choice !== undefined)
        .map(([document, choice]) => ({
          document: checkedDocument(document),
          value: VALUE_BY_CHOICE[checkedChoice(choice, sealingProblem())],
        }))
      const values = entries.map(({ document, value }) => ({ key: modeKey(document), value }))
      const saved = await replica.write(DOCUMENT, () => values)
      const done = async () => {
        await Promise.all(entries.map(({ document }) => sync.moved(document)))
      }
      return { ...saved, done }
    },
    uses: {
      ...chosen.uses,
      async set(uses) {
        const parsed = z.safeParse(z.partial(usesSchema), uses)
        if (!parsed.success) throw new CodedError('invalid-input', 'There is no such use.')
        const values = Object.entries(parsed.data).map(([purpose, value]) => ({
          key: useKey(purpose as keyof Uses),
          value,
        }))
        const saved = await replica.write(DOCUMENT, () => values)
        return { ...saved, done: () => usesSync.told() }
      },
    },
    async whatTheServerSees() {
      const accessToken = await session.accessToken()
      const response = await http.send({ method: 'GET', path: '/api/user/stored', accessToken })
      return readBody(response, storedResponseSchema)
    },
    async history() {
      const accessToken = await session.accessToken()
      const response = await http.send({ method: 'GET', path: '/api/user/privacy', accessToken })
      return (await readBody(response, privacyResponseSchema)).history.toReversed()
    },
    // A confirmation changes no register.
    subscribe: listener => replica.subscribe(({ document }) => document === DOCUMENT && listener()),
  }
}

function checkedDocument(name: string): OpenableDocument {
  if (isOpenable(name)) return name
  throw isDocumentName(name)
    ? new CodedError('forbidden', 'Notes and settings are never open.')
    : new CodedError('unknown-document')
}

function checkedChoice(choice: PrivacyChoice, problem: ErrorCode | undefined): PrivacyChoice {
  if (!Object.hasOwn(VALUE_BY_CHOICE, choice))
    throw new CodedError('invalid-input', 'A category is open, sealed or local.')
  if (choice === 'sealed' && problem) throw new CodedError(problem)
  return choice
}
