// Those who want to be told.

/** A set of listeners. One that throws stops nobody else. */
export class Listeners<Args extends readonly unknown[] = []> {
  readonly #listeners = new Set<(...args: Args) => void>()

  /** Adds a listener; returns how to remove it. */
  add(listener: (...args: Args) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  call(...args: Args): void {
    for (const listener of this.#listeners) {
      try {
        listener(...args)
      } catch (error) {
        // Reported like an error of a timer: it is the listener's own.
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }
}
