// Login names: an email address or a username, in the one form that counts.
import { CodedError } from '@workforce-democracy/shared'
import type { LoginNameKind, NameHashes } from '../db/accounts.ts'
import type { Lookup } from '../encryption/lookup.ts'

/** A name as it is hashed and compared. */
export interface LoginName {
  readonly kind: LoginNameKind
  readonly normalized: string
}

/** What `login` names: usernames hold no `@`, so no name can be taken for one of the other kind. */
export function parseLoginName(login: string): LoginName {
  const normalized = normalize(login)
  return { kind: normalized.includes('@') ? 'email' : 'username', normalized }
}

/**
 * The name of a new account.
 *
 * @throws CodedError `invalid-input` for a username that another way of writing makes an address, or gives blanks
 */
export function newLoginName(kind: LoginNameKind, name: string): LoginName {
  const parsed = parseLoginName(name)
  if (parsed.kind !== kind || /\s/.test(parsed.normalized)) {
    throw new CodedError(
      'invalid-input',
      `This is not the form of ${kind === 'email' ? 'an email address' : 'a username'}.`,
    )
  }
  return parsed
}

/** What an account is found by. */
export function hashLoginName(lookup: Lookup, { kind, normalized }: LoginName): Buffer {
  return lookup.hash('login-name', kind, normalized)
}

/**
 * What the names of an account are found by.
 *
 * @throws CodedError `invalid-input` as {@link newLoginName}
 */
export function hashesOf(
  { lookup }: { readonly lookup: Lookup },
  { email, username }: { readonly email: string | null; readonly username: string | null },
): NameHashes {
  return {
    emailHash: email === null ? undefined : hashLoginName(lookup, newLoginName('email', email)),
    usernameHash: username === null ? undefined : hashLoginName(lookup, newLoginName('username', username)),
  }
}

/** NFKC before and after lowering the case, which can undo it. */
function normalize(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase().normalize('NFKC')
}
