// Which documents are known to hold registers only, so that they can be followed update by update.
import type { ProjectionCursor } from '../db/projections.ts'

/** Beyond this many the one that was noted first is forgotten: it is looked at whole once more. */
const MAX_DOCUMENTS = 10_000

/** Positions up to which documents hold nothing but registers. */
export class PlainDocuments {
  readonly #positionById = new Map<string, ProjectionCursor>()

  /** Whether the document `id` is known to be plain exactly up to `cursor`. */
  has(id: string, { generation, position }: ProjectionCursor): boolean {
    const known = this.#positionById.get(id)
    return known?.generation === generation && known.position === position
  }

  add(id: string, { generation, position }: ProjectionCursor): void {
    this.#positionById.delete(id)
    this.#positionById.set(id, { generation, position })
    if (this.#positionById.size <= MAX_DOCUMENTS) return
    for (const oldest of this.#positionById.keys()) {
      this.#positionById.delete(oldest)
      return
    }
  }
}
