// Documents that work was given up on, for a while: whoever comes again must not hold up everybody again.
import type { DocumentRef } from '../db/documents.ts'

const FIRST_MS = 60_000
/** Each time it is longer, up to this. */
const MAX_MS = 64 * FIRST_MS

interface Entry {
  readonly untilMs: number
  readonly forMs: number
}

/** Remembers them. */
export class GivenUp {
  readonly #entryById = new Map<string, Entry>()

  /** Takes note that one took too long. */
  add(ref: DocumentRef): void {
    const id = idOf(ref)
    const nowMs = performance.now()
    const forMs = Math.min(MAX_MS, 2 * (this.#entryById.get(id)?.forMs ?? FIRST_MS / 2))
    for (const [each, { untilMs }] of this.#entryById) {
      if (nowMs > untilMs + MAX_MS) this.#entryById.delete(each)
    }
    this.#entryById.set(id, { untilMs: nowMs + forMs, forMs })
  }

  /** Whether one is not to be taken up yet. */
  has(ref: DocumentRef): boolean {
    return performance.now() < (this.#entryById.get(idOf(ref))?.untilMs ?? 0)
  }
}

const idOf = ({ personId, document }: DocumentRef) => `${personId}/${document}`
