// How many connections each person and each address has.

/** Counts up to a limit, by key. */
export class ConnectionCounts {
  readonly #limit: number
  readonly #countByKey = new Map<string, number>()

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Takes a place, or says that none is left. */
  take(key: string): boolean {
    const count = this.#countByKey.get(key) ?? 0
    if (count >= this.#limit) return false
    this.#countByKey.set(key, count + 1)
    return true
  }

  /** Gives a place back. */
  release(key: string): void {
    const count = this.#countByKey.get(key) ?? 0
    if (count > 1) this.#countByKey.set(key, count - 1)
    else this.#countByKey.delete(key)
  }
}
