// A Yjs update taken apart, and refused where it has a form that no replica writes and that Yjs fails on later.
import { CodedError } from '@workforce-democracy/shared'
import * as Y from 'yjs'

/** An update, taken apart once: what it adds, and per client the clocks that it deletes. */
export interface DecodedUpdate {
  readonly structs: readonly (Y.Item | Y.GC | Y.Skip)[]
  readonly ds: DeleteSet
}

export interface DeleteSet {
  readonly clients: ReadonlyMap<number, readonly { readonly clock: number; readonly len: number }[]>
}

/** Subdocuments and shared types are the heaviest content for its bytes: up to 2.4 KB and 0.9 KB in memory for 6 bytes. */
export const MAX_SUBDOCUMENTS = 1_000
export const MAX_SHARED_TYPES = 200_000
/**
 * What is kept and looked through whoever comes: clients take 0.1 KB of memory each and are told to everybody who
 * connects. Fifty thousand are fourteen new ones a day for ten years.
 */
export const MAX_CLIENTS = 50_000
export const MAX_DELETIONS = 500_000
/** Of one update, which is taken apart while everybody waits: as many take some 0.5 s, and the least has two bytes. */
const MAX_STRUCTS = 500_000
/** One update may have more: what a document may have is for the document to count, and this must still load it. */
const UPDATE_MARGIN = 2
/** Encoders call themselves for each level of a value: some thousand levels can be read and not written again. */
const MAX_VALUE_DEPTH = 500

const SUBDOCUMENT = 9
const SHARED_TYPE = 7
const CONTENT_BITS = 0b11111

/**
 * The structs and deletions of an update.
 *
 * @throws CodedError `malformed-message` also for what Yjs would decode, and fail on when it is applied or encoded again
 */
export function decodeUpdate(update: Uint8Array): DecodedUpdate {
  try {
    const decoded: DecodedUpdate = Y.decodeUpdateV2(update, StrictDecoder)
    for (const { id, length } of decoded.structs) checkSpan(id.clock, length)
    for (const struct of decoded.structs) if (struct instanceof Y.Item) checkContent(struct.content)
    for (const deletions of decoded.ds.clients.values()) {
      for (const { clock, len } of deletions) checkSpan(clock, len)
    }
    return decoded
  } catch (cause) {
    if (cause instanceof CodedError) throw cause
    throw malformed(cause)
  }
}

/** Whether it deletes anything. */
export const deletes = ({ ds }: DecodedUpdate): boolean => ds.clients.size > 0

/** Refuses while reading what would be lost or too heavy once it is read. */
class StrictDecoder extends Y.UpdateDecoderV1 {
  #client = Number.POSITIVE_INFINITY
  #clients = 0
  #structs = 0
  #deletions = 0
  #subdocuments = 0
  #sharedTypes = 0

  /**
   * Every Yjs writes the blocks of clients in descending order. Of two blocks of one client it takes only the last, and
   * where they come in another order it loses some when it merges updates.
   */
  override readClient(): number {
    const client = super.readClient()
    if (client >= this.#client || ++this.#clients > MAX_CLIENTS) throw malformed()
    this.#client = client
    return client
  }

  override readInfo(): number {
    const info = super.readInfo()
    if (++this.#structs > MAX_STRUCTS) throw malformed()
    const content = info & CONTENT_BITS
    if (content === SUBDOCUMENT && ++this.#subdocuments > MAX_SUBDOCUMENTS * UPDATE_MARGIN) throw malformed()
    if (content === SHARED_TYPE && ++this.#sharedTypes > MAX_SHARED_TYPES * UPDATE_MARGIN) throw malformed()
    return info
  }

  override readDsClock(): number {
    if (++this.#deletions > MAX_DELETIONS) throw malformed()
    return super.readDsClock()
  }
}

/** Yjs finds no struct beside an empty one, cannot encode an empty deletion, and no clock may pass what a varUint holds. */
function checkSpan(clock: number, length: number): void {
  if (length < 1 || !Number.isSafeInteger(clock + length)) throw malformed()
}

function checkContent(content: Y.Item['content']): void {
  if (content instanceof Y.ContentAny || content instanceof Y.ContentJSON) checkValue(content.arr)
  else if (content instanceof Y.ContentEmbed) checkValue(content.embed)
  else if (content instanceof Y.ContentFormat) checkValue(content.value)
  else if (content instanceof Y.ContentDoc) {
    // Its options may overwrite its name with something that is no text.
    if (typeof content.doc.guid !== 'string') throw malformed()
    checkValue(content.doc.meta)
  }
}

/** Only values that can be encoded again: not too deep, and no object that passes for bytes by a property `__proto__`. */
function checkValue(value: unknown, depth = 0): void {
  if (typeof value !== 'object' || value === null) return
  if (depth > MAX_VALUE_DEPTH) throw malformed()
  if (Array.isArray(value)) for (const item of value) checkValue(item, depth + 1)
  else if (Object.getPrototypeOf(value) === Object.prototype) {
    for (const item of Object.values(value)) checkValue(item, depth + 1)
  } else if (!ArrayBuffer.isView(value)) throw malformed()
}

function malformed(cause?: unknown): CodedError {
  return new CodedError('malformed-message', 'This is not a Yjs update.', { cause })
}
