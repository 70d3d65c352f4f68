// How much a document and its person may store. What is stored may be mostly history: it is compacted before it counts.
import { DOCUMENT_NAMES } from '@workforce-democracy/shared'
import type { Pool } from '../db/database.ts'
import { readPersonBytes } from '../db/document-log.ts'
import type { DocumentRef } from '../db/documents.ts'
import type { CompactionTrigger } from './compaction.ts'
import type { SyncLimits } from './limits.ts'

/** Of a document's limit: so much more is taken before a document that was found within its limits is compacted again. */
const SLACK = 1 / 16

interface QuotaServices {
  readonly pool: Pool
  readonly compaction: CompactionTrigger
  readonly limits: SyncLimits
}

/** The quota of one document. */
export class DocumentQuota {
  readonly #ref: DocumentRef
  readonly #services: QuotaServices
  /** Compaction only makes it less. */
  #bytes: number
  /** What was stored when it was last found within the limits. */
  #foundBytes: number | undefined

  constructor(ref: DocumentRef, services: QuotaServices, bytes: number) {
    this.#ref = ref
    this.#services = services
    this.#bytes = bytes
  }

  /** What is stored, at most. */
  get bytes(): number {
    return this.#bytes
  }

  /** Takes note of an update on its way to the log. */
  add(bytes: number): void {
    this.#bytes += bytes
  }

  /** Whether so much more may be over a limit: only then is it worth the look of {@link allows}. */
  isNear(bytes: number): boolean {
    const { documentBytes, personBytes } = this.#services.limits
    const after = this.#bytes + bytes
    if (after <= Math.min(documentBytes, personBytes / DOCUMENT_NAMES.length)) return false
    return this.#foundBytes === undefined || after > this.#foundBytes + documentBytes * SLACK
  }

  /** Compacts, and tells whether so much more is within the limits. Nothing of the document may be under way. */
  async allows(bytes: number): Promise<boolean> {
    this.#bytes = await this.#services.compaction.now(this.#ref)
    const allows = await this.#isWithin(bytes)
    this.#foundBytes = allows ? this.#bytes : undefined
    return allows
  }

  async #isWithin(bytes: number): Promise<boolean> {
    const { limits, pool } = this.#services
    if (this.#bytes + bytes > limits.documentBytes) return false
    // The person's bytes hold this document's: it has just been compacted.
    return (await readPersonBytes(pool, this.#ref.personId)) + bytes <= limits.personBytes
  }
}
