// What the browser says of the room that this origin has, and whether it may clear it away.
import { CodedError } from '@workforce-democracy/shared'

/** What the browser says of this origin's storage. */
export interface StorageReport {
  /** Whether it keeps it until a person deletes it; else it may clear all of it away when the disk gets full. */
  readonly persisted: boolean
  /** All that this origin keeps, in bytes, padded by some browsers. */
  readonly usageBytes: number
  readonly quotaBytes: number
}

/**
 * The storage of this origin.
 *
 * @example
 * const { persisted, usageBytes, quotaBytes } = await client.storage.report()
 * if (!persisted) await client.storage.persist()
 */
export interface BrowserStorage {
  /** @throws CodedError `storage-unavailable` where the browser does not say */
  report(): Promise<StorageReport>
  /**
   * Asks the browser to keep what is here; resolves with whether it does. Some ask the person. The SDK itself asks with
   * the first write after a sign-in, in the tab that is looked at.
   */
  persist(): Promise<boolean>
}

/** Makes it. */
export function createBrowserStorage(): BrowserStorage {
  const manager = () => {
    if (!globalThis.navigator?.storage) throw new CodedError('storage-unavailable')
    return navigator.storage
  }
  return {
    async report() {
      const storage = manager()
      const [persisted, { usage = 0, quota = 0 }] = await Promise.all([
        storage.persisted(),
        storage.estimate(),
      ])
      return { persisted, usageBytes: usage, quotaBytes: quota }
    },
    async persist() {
      const storage = manager()
      return (await storage.persisted()) || (await storage.persist())
    },
  }
}
