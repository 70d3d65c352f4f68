// The account of a person: made and entered with a password that never leaves the device.
import {
  DEFAULT_USES,
  type DeviceDescription,
  openedByFlags,
  type PrivacyFlags,
  PURPOSES,
  useKey,
  usesByFlags,
} from '@workforce-democracy/shared'
import { type AccountParts, leaveDeletedAccount, loginOf, ownerOf } from './account/account-parts.ts'
import { type Adoption, adopt } from './account/adoption.ts'
import { followRecord } from './account/follow.ts'
import {
  type ChangedKeys,
  changePassword,
  type PasswordChange,
  type PasswordOrCode,
} from './account/new-password.ts'
import {
  newRecoveryCode,
  type Recovery,
  recover,
  resetPassword,
  startNewIdentity,
} from './account/recovery.ts'
import { type NewKeys, type Registration, register } from './account/registration.ts'
import { type Credentials, signIn } from './account/sign-in.ts'
import type { KeysStatus } from './account/standing.ts'
import { derivePasswordKeys } from './keys/password-keys.ts'
import { modeKey } from './modes.ts'
import type { Replica } from './replica.ts'
import type { User } from './session.ts'

/**
 * A person's account. Every verb that sends something may also fail with `offline`, `too-many` and `overloaded`.
 *
 * @example
 * const stop = client.account.subscribe(() => console.log(client.account.current()?.username, client.account.keys.state))
 * const authorization = `Bearer ${await client.account.accessToken()}`
 * await client.account.logout()
 * stop()
 */
export interface Account {
  /**
   * Makes an account and signs in. What this device holds becomes the account's. The recovery code is for the person
   * to write down: it is shown here and nowhere else.
   *
   * @throws CodedError `invalid-input`, `login-taken`, `unsafe-derivation`, `forbidden` when this store belongs to
   * another account
   * @example
   * const { user, recoveryCode } = await client.account.register({ username: 'ada-example', password })
   */
  register(registration: Registration): Promise<NewKeys>
  /**
   * Signs in with email address or username, and joins this device, and what it holds, to the account. After a reset by
   * mail one is signed in with the keys locked: see {@link Account.unlock}.
   *
   * @throws CodedError `wrong-credentials`, `unsafe-derivation`, `forbidden` when this store belongs to another account,
   * `record-refused` and `envelope-damaged` when the server shows keys that are not the account's newest,
   * `account-replaced` when it has another identity than this device knows
   * @example
   * const user = await client.account.login({ login: 'ada-example', password, deviceName: 'Kitchen tablet' })
   */
  login(credentials: Credentials): Promise<User>
  /**
   * Moves an account that was made over HTTP, without keys, to keys. This is the only verb that sends a typed password,
   * the old one, once.
   *
   * @throws CodedError `forbidden` where this device has used keys with this name or account, `wrong-credentials`,
   * `invalid-input`, `unsafe-derivation`
   * @example
   * const { recoveryCode } = await client.account.adopt({ login: 'ada-example', oldPassword, newPassword })
   */
  adopt(adoption: Adoption): Promise<NewKeys>
  /**
   * Sets a new password and a new recovery code; gives keys to an account that has none. The devices stay signed in.
   *
   * @throws CodedError `wrong-credentials`, `not-signed-in`, `keys-locked`, `record-refused`, `account-replaced`
   * @example
   * const { recoveryCode } = await client.account.changePassword({ password, newPassword })
   */
  changePassword(change: { readonly password: string; readonly newPassword: string }): Promise<NewKeys>
  /**
   * Sets a new password with the recovery code, and signs in. All other sessions end.
   *
   * @throws CodedError `wrong-recovery-code` for a mistyped code, `wrong-credentials` for that of another account,
   * `record-refused`, `account-replaced`, `forbidden`
   * @example
   * const { recoveryCode: next } = await client.account.recover({ login, recoveryCode, newPassword })
   */
  recover(recovery: Recovery): Promise<NewKeys>
  /**
   * Asks for a mail with a token. It is not said whether there is such an account.
   *
   * @example
   * await client.account.forgotPassword('ada@example.org')
   */
  forgotPassword(login: string): Promise<void>
  /**
   * Sets a new password with the token of a mail. All sessions end, and the keys are locked until the recovery code is
   * entered. An account whose address was never verified is emptied by this.
   *
   * @throws CodedError `invalid-token`, `invalid-input`, `unsafe-derivation`
   * @example
   * await client.account.resetPassword({ token, login: 'ada@example.org', newPassword })
   * await client.account.login({ login: 'ada@example.org', password: newPassword })
   */
  resetPassword(reset: {
    readonly token: string
    readonly login: string
    readonly newPassword: string
  }): Promise<void>
  /**
   * Opens the keys again after a reset by mail. `password` is the account's from then on.
   *
   * @throws CodedError `wrong-recovery-code`, `not-signed-in`, `record-refused`, `account-replaced`
   * @example
   * if (client.account.keys.state === 'keys-locked') await client.account.unlock({ recoveryCode, password })
   */
  unlock(options: { readonly recoveryCode: string; readonly password: string }): Promise<NewKeys>
  /**
   * Starts over with new keys from what this device holds, when password and recovery code are lost. Other devices find
   * the account replaced and stop syncing; what only they could open stays with them.
   *
   * @throws CodedError `wrong-credentials`, `not-signed-in`, `forbidden` while the keys are not locked
   * @example
   * const { recoveryCode } = await client.account.startNewIdentity(password)
   */
  startNewIdentity(password: string): Promise<NewKeys>
  /**
   * Replaces the recovery code.
   *
   * @throws CodedError `wrong-credentials`, `not-signed-in`, `keys-locked`, `account-plain`, `record-refused`
   * @example
   * const recoveryCode = await client.account.newRecoveryCode(password)
   */
  newRecoveryCode(password: string): Promise<string>
  /**
   * Takes a device out of the account for good: a new epoch of keys, a new password and a new recovery code, of which
   * that device learns nothing. What is sealed has moved to the new keys by then, or is named in `unmoved`. What the
   * device had copied stays readable to it.
   *
   * @throws CodedError `not-found`, `wrong-credentials`, `wrong-recovery-code`, `not-signed-in`, `keys-locked`,
   * `invalid-input` for this device itself
   * @example
   * const { recoveryCode } = await client.account.revokeDevice({ id, password, newPassword })
   */
  revokeDevice(
    revocation: { readonly id: string; readonly newPassword: string } & PasswordOrCode,
  ): Promise<ChangedKeys>
  /** The account's devices. */
  readonly devices: Devices
  /**
   * Gives the token of a mail: the address that it went to is then the account's.
   *
   * @throws CodedError `invalid-token`
   * @example
   * await client.account.verifyEmail(token)
   */
  verifyEmail(token: string): Promise<void>
  /**
   * Asks for another address. It counts once the token that is sent there is given to {@link Account.verifyEmail}.
   *
   * @throws CodedError `wrong-credentials`, `invalid-input`, `not-signed-in`
   * @example
   * await client.account.changeEmail({ password, email: 'ada@example.org' })
   */
  changeEmail(change: { readonly password: string; readonly email: string }): Promise<void>
  /**
   * Deletes the account and everything that the server has of it. What is saved on this device stays, and belongs to no
   * account.
   *
   * @throws CodedError `wrong-credentials`, `not-signed-in`
   * @example
   * await client.account.delete(password)
   */
  delete(password: string): Promise<void>
  /** Signs out. What is saved on this device stays; without network the server learns of it when the token expires. */
  logout(): Promise<void>
  /** Who is signed in. */
  current(): User | undefined
  /** Where the keys of the account stand on this device. */
  readonly keys: KeysStatus
  /** A token for requests of one's own: good for another minute at least. See {@link Session.accessToken}. */
  accessToken(): Promise<string>
  /** Calls `listener` when somebody signs in or out, or {@link Account.keys} changes; returns how to stop that. */
  subscribe(listener: () => void): () => void
}

/** The devices of an account. */
export interface Devices {
  /**
   * @example
   * for (const { id, name, current } of await client.account.devices.list()) console.log(id, name, current)
   */
  list(): Promise<DeviceDescription[]>
  /**
   * @throws CodedError `not-found`, `invalid-input`
   * @example
   * await client.account.devices.rename(id, 'Old phone')
   */
  rename(id: string, name: string): Promise<void>
  /**
   * Signs a device out, within seconds. It keeps the keys that it has: {@link Account.keys} then says
   * `rotationNeeded`, and {@link Account.revokeDevice} does more.
   *
   * @throws CodedError `not-found`, `invalid-input`
   * @example
   * await client.account.devices.remove(id)
   */
  remove(id: string): Promise<void>
}

/** What this device does for its account without being asked. */
export interface AccountUpkeep {
  /** Follows the account record, when there is a reason to look. Resolves with whether this device has its newest keys. */
  follow(): Promise<boolean>
  /** Resolves when nothing is under way any more. */
  close(): Promise<void>
}

/** Makes the account of a client. */
export function createAccount(parts: AccountParts): {
  readonly account: Account
  readonly upkeep: AccountUpkeep
} {
  const { replica, session, sodium, requests, standing } = parts
  const inTurn = createTurns()
  const passwordSecret = async (password: string) => {
    const prelogin = await requests.prelogin(loginOf(parts))
    return (await derivePasswordKeys(sodium, password, prelogin)).loginSecret
  }
  const change = (options: PasswordChange) => inTurn(() => changePassword(parts, options))
  let isFollowing = false
  const follow = async () => {
    if (!session.isSignedIn) return false
    isFollowing = true
    try {
      return await inTurn(() => followRecord(parts))
    } catch {
      // What goes wrong here goes wrong with whatever needs the server next, or is in the standing by now.
      return false
    } finally {
      isFollowing = false
    }
  }
  session.onRenewed(() => {
    // A token that was renewed in order to follow needs no second look.
    if (!isFollowing) void follow()
  })
  const leaveIfDeleted = () => {
    // What cannot be saved now is left again at the next start: the session remembers why it ended.
    if (session.ended === 'account-deleted' && ownerOf(replica) !== undefined)
      void leaveDeletedAccount(parts).catch(() => undefined)
  }
  session.onRefused(leaveIfDeleted)
  leaveIfDeleted()
  const account: Account = {
    register: registration =>
      inTurn(async () => {
        const made = await register(parts, registration)
        await chooseByFlags(replica, registration.privacy ?? {})
        return made
      }),
    login: credentials => inTurn(() => signIn(parts, credentials)),
    adopt: adoption => inTurn(() => adopt(parts, adoption)),
    changePassword: ({ password, newPassword }) => change({ password, newPassword }),
    recover: recovery => inTurn(() => recover(parts, recovery)),
    forgotPassword: login => requests.forgotPassword(login),
    resetPassword: reset => resetPassword(parts, reset),
    unlock: ({ recoveryCode, password }) => change({ recoveryCode, newPassword: password }),
    startNewIdentity: password => inTurn(() => startNewIdentity(parts, password)),
    newRecoveryCode: password => inTurn(() => newRecoveryCode(parts, password)),
    revokeDevice: ({ id, ...options }) => change({ ...options, revoke: id }),
    devices: {
      list: () => requests.devices(),
      rename: (id, name) => requests.renameDevice(id, name),
      async remove(id) {
        await requests.removeDevice(id)
        void follow()
      },
    },
    verifyEmail: token => requests.verifyEmail(token),
    async changeEmail({ password, email }) {
      await requests.changeEmail(await passwordSecret(password), email)
    },
    delete: password =>
      inTurn(async () => {
        await requests.deleteAccount(await passwordSecret(password))
        await session.end()
        await leaveDeletedAccount(parts)
      }),
    async logout() {
      const refreshToken = await session.end()
      if (refreshToken) await requests.logout(refreshToken)
    },
    current: () => session.user,
    get keys() {
      return standing.keys
    },
    accessToken: () => session.accessToken(),
    subscribe(listener) {
      const stops = [session.onChange(listener), standing.subscribe(listener)]
      return () => {
        for (const stop of stops) stop()
      }
    },
  }
  return { account, upkeep: { follow, close: () => inTurn(async () => undefined) } }
}

/** Work on the keys goes one after the other: each begins with what the one before has left. */
function createTurns() {
  let last: Promise<unknown> = Promise.resolve()
  return <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work)
    last = result.catch(() => undefined)
    return result
  }
}

/** What the flags of a registration say holds on the device as on the server. */
async function chooseByFlags(replica: Replica, privacy: PrivacyFlags): Promise<void> {
  const modes = openedByFlags(privacy).map(document => ({ key: modeKey(document), value: 'open' }))
  const said = usesByFlags(privacy)
  const uses = PURPOSES.filter(purpose => said[purpose] !== DEFAULT_USES[purpose])
  const values = [...modes, ...uses.map(purpose => ({ key: useKey(purpose), value: said[purpose] }))]
  if (values.length > 0) await replica.write('settings', () => values)
}
