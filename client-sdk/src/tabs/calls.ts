// What one tab can ask another to do: verbs by name, with plain data in and out.
import type { DocumentName, ErrorCode, Register } from '@workforce-democracy/shared'
import { CodedError, ERROR_KINDS, isDocumentName } from '@workforce-democracy/shared'
import type { ClientCore } from '../client.ts'

/**
 * What becomes of a call whose tab is gone before it has answered. `again`: it is done by the next one, since doing it
 * twice does no more than once. `once`: it fails with `tab-lost`, and the caller looks whether it was done.
 */
type Repetition = 'again' | 'once'

/** The calls. */
export const CALLS = {
  'votes.cast': 'again',
  'votes.retract': 'again',
  'bookmarks.add': 'again',
  'bookmarks.remove': 'again',
  // Seconds are added.
  'progress.record': 'once',
  'progress.complete': 'again',
  'progress.rate': 'again',
  'progress.dismiss': 'again',
  'progress.undismiss': 'again',
  'progress.dismissTopic': 'again',
  'progress.undismissTopic': 'again',
  'profile.set': 'again',
  'profile.addInterest': 'again',
  'profile.removeInterest': 'again',
  'notes.set': 'again',
  'notes.remove': 'again',
  'privacy.confirm': 'again',
  'privacy.set': 'again',
  'privacy.uses.set': 'again',
  'privacy.whatTheServerSees': 'again',
  'privacy.history': 'again',
  'account.register': 'once',
  'account.login': 'once',
  'account.adopt': 'once',
  'account.changePassword': 'once',
  'account.recover': 'once',
  'account.forgotPassword': 'once',
  'account.resetPassword': 'once',
  'account.unlock': 'once',
  'account.startNewIdentity': 'once',
  'account.newRecoveryCode': 'once',
  'account.revokeDevice': 'once',
  'account.devices.list': 'again',
  'account.devices.rename': 'again',
  'account.devices.remove': 'once',
  'account.verifyEmail': 'once',
  'account.changeEmail': 'once',
  'account.delete': 'once',
  'account.logout': 'again',
  'account.accessToken': 'again',
  'catalogs.refresh': 'again',
  'sync.flush': 'again',
  recommendations: 'again',
  dashboard: 'again',
  representatives: 'again',
  'local.search': 'again',
  'local.get': 'again',
  // A second one would be another place.
  'local.submit': 'once',
  'local.submissions': 'again',
  'local.rate': 'again',
  'local.ratings': 'again',
  importFile: 'again',
  inspect: 'again',
  durable: 'again',
  moved: 'again',
  usesTold: 'again',
} as const satisfies Record<string, Repetition>

/** The name of a call. */
export type CallName = keyof typeof CALLS

/** An error as it travels. */
export interface PlainError {
  readonly code: ErrorCode
  readonly detail?: string | undefined
  readonly retryAfterSeconds?: number | undefined
}

/** What came of a call. */
export type Outcome = { readonly value: unknown } | { readonly error: PlainError }

/** Does what was asked for. Of a saved write only its registers travel: the rest is asked for when it is wanted. */
export async function perform(core: ClientCore, name: CallName, args: readonly unknown[]): Promise<unknown> {
  if (!Object.hasOwn(CALLS, name)) throw new CodedError('invalid-input', 'There is no such verb.')
  const own = OWN_CALLS[name]
  const value = own ? await own(core, args) : await verbOf(core, name)(...args)
  return isSavedWrite(value) ? { registers: value.registers } : value
}

/** What is not a verb of the client: how saved writes go on. */
const OWN_CALLS: Partial<Record<CallName, (core: ClientCore, args: readonly unknown[]) => Promise<unknown>>> =
  {
    durable: ({ replica }, [document, registers]) =>
      replica.durable(documentOf(document), registers as readonly Register[]),
    moved: ({ sync }, documents) => Promise.all(documents.map(each => sync.moved(documentOf(each)))),
    usesTold: ({ usesSync }) => usesSync.told(),
  }

function documentOf(name: unknown): DocumentName {
  if (typeof name === 'string' && isDocumentName(name)) return name
  throw new CodedError('unknown-document')
}

function verbOf({ client }: ClientCore, name: CallName): (...args: readonly unknown[]) => unknown {
  let found: unknown = client
  for (const step of name.split('.')) found = (found as Record<string, unknown>)[step]
  return found as (...args: readonly unknown[]) => unknown
}

function isSavedWrite(value: unknown): value is { readonly registers: readonly Register[] } {
  return typeof value === 'object' && value !== null && 'durable' in value && 'registers' in value
}

/** An error as data. What is not ours is `internal`. */
export function toPlainError(error: unknown): PlainError {
  if (!(error instanceof CodedError)) return { code: 'internal', detail: String(error) }
  const { code, detail, retryAfterSeconds } = error
  return { code, detail, retryAfterSeconds }
}

/** The error that it was. */
export function fromPlainError({ code, detail, retryAfterSeconds }: PlainError): CodedError {
  const known = Object.hasOwn(ERROR_KINDS, code) ? code : 'internal'
  return new CodedError(known, detail, retryAfterSeconds === undefined ? {} : { retryAfterSeconds })
}
