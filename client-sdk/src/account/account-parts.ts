// What the flows of an account are made of, and the one commit in which each of them ends.
import { CodedError, type DocumentName, isOpenable, type SessionResponse } from '@workforce-democracy/shared'
import type { Sodium } from '../keys/sodium.ts'
import { modeKey } from '../modes.ts'
import type { Replica } from '../replica.ts'
import type { Session, User } from '../session.ts'
import type { AccountRequests } from './account-requests.ts'
import type { Kept, Keyring } from './keyring.ts'
import type { AccountStanding } from './standing.ts'

/** What every flow of an account uses. */
export interface AccountParts {
  readonly replica: Replica
  readonly session: Session
  readonly sodium: Sodium
  readonly keyring: Keyring
  readonly standing: AccountStanding
  readonly requests: AccountRequests
  /** Called when the vault has a new epoch: waits for what is sealed to move to it, and returns what has not. */
  readonly onNextEpoch: () => Promise<readonly DocumentName[]>
}

const MIN_PASSWORD_LENGTH = 8
/** The account that this store was first used with. */
const OWNER = 'owner'

/** Id of the account that this store belongs to. */
export function ownerOf(replica: Replica): string | undefined {
  const owner = replica.meta.get(OWNER)
  return typeof owner === 'string' ? owner : undefined
}

/** @throws CodedError `invalid-input` */
export function checkPassword(password: string): void {
  if (password.length < MIN_PASSWORD_LENGTH)
    throw new CodedError('invalid-input', `A password has at least ${MIN_PASSWORD_LENGTH} characters.`)
}

/** @throws CodedError `forbidden` when this store belongs to another account */
export function checkOwner(replica: Replica, userId: string): void {
  const owner = ownerOf(replica)
  if (owner !== undefined && owner !== userId) throw storeTaken()
}

export const storeTaken = () => new CodedError('forbidden', 'This store belongs to another account.')

/** A name that the account of whoever is signed in goes by. @throws CodedError `not-signed-in` */
export function loginOf({ session }: Pick<AccountParts, 'session'>): string {
  const { user } = session
  const login = user?.email ?? user?.username
  if (!login) throw new CodedError('not-signed-in')
  return login
}

/** Begins a session, and keeps what goes with it: all in one commit, so that neither is there without the other. */
export async function startSession(
  { replica, session, keyring, standing }: AccountParts,
  response: SessionResponse,
  changes: Partial<Omit<Kept, 'device'>>,
): Promise<User> {
  await Promise.all([
    keyring.save(changes),
    replica.meta.set(OWNER, response.user.id),
    session.start(response),
  ])
  standing.changed()
  return response.user
}

/** Takes note that the account is gone: what is saved here stays, and belongs to no account. */
export async function leaveDeletedAccount({ replica, keyring, standing }: AccountParts): Promise<void> {
  const chosen = [...replica.modes().keys(), ...replica.unconfirmed()].filter(isOpenable)
  const local = chosen.map(document => ({ key: modeKey(document), value: null }))
  await Promise.all([
    keyring.forget('account-deleted'),
    replica.meta.set(OWNER, null),
    // What was opened was opened to that account: another one is asked again.
    replica.write('settings', () => local),
  ])
  standing.changed()
}
