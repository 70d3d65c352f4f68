// Locks that tabs of one origin share, and that go with the tab that holds them, however it ends.
import { CodedError } from '@workforce-democracy/shared'

/** The lock of whoever writes to a store. */
export const storeLockName = (name: string) => `workforce-democracy/${name}`

/**
 * Takes a lock; returns how to let go of it. Where it is taken: `undefined` at once, or with `signal`, when it is free.
 *
 * @throws CodedError `storage-unavailable` where there are no locks: outside of secure contexts
 */
export function takeLock(name: string, signal?: AbortSignal): Promise<(() => void) | undefined> {
  if (typeof navigator === 'undefined' || !navigator.locks)
    return Promise.reject(new CodedError('storage-unavailable', 'Pages over https have locks.'))
  return new Promise((resolve, reject) => {
    const held = (lock: Lock | null) => {
      if (!lock) return resolve(undefined)
      return new Promise<void>(release => resolve(release))
    }
    const options: LockOptions = signal ? { signal } : { ifAvailable: true }
    navigator.locks.request(name, options, held).catch(cause => {
      reject(new CodedError('storage-unavailable', undefined, { cause }))
    })
  })
}
