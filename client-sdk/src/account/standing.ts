// How this device stands with its account: whether its keys are there, and what stops or troubles the sync.
import type { ErrorCode } from '@workforce-democracy/shared'
import { Listeners } from '../replica/listeners.ts'
import type { Keyring } from './keyring.ts'

/** Where the keys of the account stand on this device. */
export interface KeysStatus {
  /**
   * `none`: nobody is signed in, or the account has no keys.
   * `ready`: this device has the keys.
   * `keys-locked`: the password was reset by mail; the recovery code opens the keys again.
   * `account-replaced`: the account has another identity than this device knows, and nothing is synced.
   * `record-refused`: the server shows an account record that is not signed, or older than one seen before.
   */
  readonly state: 'none' | 'ready' | 'keys-locked' | 'account-replaced' | 'record-refused'
  /** A device was signed out and still has the keys that it had: revoking it changes them. */
  readonly rotationNeeded: boolean
}

/** What the account has against syncing. */
export interface AccountProblem {
  readonly code: ErrorCode
  /** Whether nothing may be sent any more. */
  readonly stopsSync: boolean
}

/** How a device stands with its account. */
export interface AccountStanding {
  readonly keys: KeysStatus
  readonly problem: AccountProblem | undefined
  /** Why whoever is signed in cannot seal anything here. */
  readonly sealingProblem: ErrorCode | undefined
  /** Takes note of what the server said with a record that was believed; `undefined` for an account without keys. */
  believed(keys: { readonly bundle: string | null; readonly rotationNeeded: boolean } | undefined): void
  /** Takes note that a record was not. */
  refused(): void
  /** Takes note that what is in the keyring has changed. */
  changed(): void
  /** Calls `listener` after each change; returns how to stop that. */
  subscribe(listener: () => void): () => void
}

/** Makes the standing of a client. */
export function createAccountStanding({
  keyring,
  isSignedIn,
}: {
  readonly keyring: Keyring
  readonly isSignedIn: () => boolean
}): AccountStanding {
  const listeners = new Listeners()
  let isLocked = false
  let rotationNeeded = false
  let isRefused = false
  const stateOf = (): KeysStatus['state'] => {
    if (keyring.problem === 'account-replaced') return 'account-replaced'
    if (!isSignedIn()) return 'none'
    if (isRefused) return 'record-refused'
    if (isLocked) return 'keys-locked'
    return keyring.record ? 'ready' : 'none'
  }
  return {
    get keys() {
      return { state: stateOf(), rotationNeeded: isSignedIn() && rotationNeeded }
    },
    get problem(): AccountProblem | undefined {
      if (keyring.problem) return { code: keyring.problem, stopsSync: true }
      return isRefused && isSignedIn() ? { code: 'record-refused', stopsSync: false } : undefined
    },
    get sealingProblem(): ErrorCode | undefined {
      if (keyring.problem === 'account-replaced') return keyring.problem
      if (!isSignedIn() || keyring.record) return undefined
      return isLocked ? 'keys-locked' : 'account-plain'
    },
    believed(keys) {
      isRefused = false
      isLocked = keys?.bundle === null
      rotationNeeded = keys?.rotationNeeded ?? false
      listeners.call()
    },
    refused() {
      isRefused = true
      listeners.call()
    },
    changed: () => listeners.call(),
    subscribe: listener => listeners.add(listener),
  }
}
