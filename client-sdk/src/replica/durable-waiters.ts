// Who waits until the server has a register.
import type { CodedError, DocumentName, Register } from '@workforce-democracy/shared'

interface Waiter {
  readonly document: DocumentName
  readonly register: Register
  readonly resolve: () => void
  readonly reject: (error: CodedError) => void
}

/** Promises that the server's word resolves. */
export class DurableWaiters {
  readonly #waitersByKey = new Map<string, Set<Waiter>>()

  /** Resolves when {@link settle} finds the register on the server. */
  wait(document: DocumentName, register: Register): Promise<void> {
    return new Promise((resolve, reject) => {
      const key = `${document}/${register.key}`
      const waiters = this.#waitersByKey.get(key) ?? new Set()
      this.#waitersByKey.set(key, waiters.add({ document, register, resolve, reject }))
    })
  }

  /** Resolves those of these keys whose register is there now. */
  settle(document: DocumentName, keys: Iterable<string>, isOnServer: (register: Register) => boolean): void {
    for (const key of keys) {
      const waiters = this.#waitersByKey.get(`${document}/${key}`)
      for (const waiter of waiters ?? []) {
        if (!isOnServer(waiter.register)) continue
        waiters?.delete(waiter)
        waiter.resolve()
      }
      if (waiters?.size === 0) this.#waitersByKey.delete(`${document}/${key}`)
    }
  }

  /** Rejects those of the documents that `isLost` names. */
  reject(isLost: (document: DocumentName) => boolean, error: CodedError): void {
    for (const [key, waiters] of this.#waitersByKey) {
      for (const waiter of waiters) {
        if (!isLost(waiter.document)) continue
        waiters.delete(waiter)
        waiter.reject(error)
      }
      if (waiters.size === 0) this.#waitersByKey.delete(key)
    }
  }
}
