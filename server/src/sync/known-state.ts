// What a document is known to hold, without its bytes: a state vector and a delete set (SPEC P10–P12).
import { CodedError } from '@workforce-democracy/shared'
import * as Y from 'yjs'
import { ClockRanges } from './clock-ranges.ts'

/** An update, taken apart once: what it adds, and per client the clocks that it deletes. */
export interface DecodedUpdate {
  readonly structs: readonly (Y.Item | Y.GC | Y.Skip)[]
  readonly ds: DeleteSet
}

interface DeleteSet {
  readonly clients: ReadonlyMap<number, readonly { readonly clock: number; readonly len: number }[]>
}

/** What an update would be to a document: adds nothing, rests on something the document lacks, or fits. */
export type Verdict = 'nothing-new' | 'incomplete' | 'fits'

/**
 * The structs and deletions of an update.
 *
 * @throws CodedError `malformed-message`
 */
export function decodeUpdate(update: Uint8Array): DecodedUpdate {
  try {
    return Y.decodeUpdate(update)
  } catch (cause) {
    throw new CodedError('malformed-message', 'This is not a Yjs update.', { cause })
  }
}

/** State vector and delete set of a document, followed update by update. */
export class KnownState {
  readonly #endByClient = new Map<number, number>()
  readonly #deletedByClient = new Map<number, ClockRanges>()

  /** What `update` is to this state. */
  assess({ structs, ds }: DecodedUpdate): Verdict {
    const endByClient = this.#endsAfter(structs)
    if (!endByClient) return 'incomplete'
    const endOf = (client: number) => endByClient.get(client) ?? this.#endByClient.get(client) ?? 0
    for (const struct of structs) {
      if (
        struct instanceof Y.Item &&
        !referencesOf(struct).every(id => id.clock < endFor(struct, id, endOf))
      ) {
        return 'incomplete'
      }
    }
    for (const [client, deletions] of ds.clients) {
      for (const { clock, len } of deletions) if (clock + len > endOf(client)) return 'incomplete'
    }
    return endByClient.size === 0 && this.#coversDeletions(ds) ? 'nothing-new' : 'fits'
  }

  /** Takes in an update that fits. */
  add({ structs, ds }: DecodedUpdate): void {
    for (const { id, length } of structs) {
      const end = id.clock + length
      if (end > (this.#endByClient.get(id.client) ?? 0)) this.#endByClient.set(id.client, end)
    }
    for (const [client, deletions] of ds.clients) {
      const ranges = this.#deletedByClient.get(client) ?? new ClockRanges()
      this.#deletedByClient.set(client, ranges)
      for (const { clock, len } of deletions) ranges.add(clock, clock + len)
    }
  }

  /** The state vector, encoded as Yjs does. */
  encodeStateVector(): Uint8Array {
    return Y.encodeStateVector(new Map(this.#endByClient))
  }

  /** Where each client ends that the structs carry further, `undefined` when they leave a hole. */
  #endsAfter(structs: DecodedUpdate['structs']): Map<number, number> | undefined {
    const endByClient = new Map<number, number>()
    for (const struct of structs) {
      if (struct instanceof Y.Skip) return undefined
      const { client, clock } = struct.id
      const end = endByClient.get(client) ?? this.#endByClient.get(client) ?? 0
      if (clock > end) return undefined
      if (clock + struct.length > end) endByClient.set(client, clock + struct.length)
    }
    return endByClient
  }

  #coversDeletions(ds: DeleteSet): boolean {
    for (const [client, deletions] of ds.clients) {
      const ranges = this.#deletedByClient.get(client)
      for (const { clock, len } of deletions) if (!ranges?.covers(clock, clock + len)) return false
    }
    return true
  }
}

/** The elements that an item rests on. */
function referencesOf({ origin, rightOrigin, parent }: Y.Item): Y.ID[] {
  return [origin, rightOrigin, parent].filter(reference => reference instanceof Y.ID)
}

/** An item cannot rest on itself or on what its own client writes after it. */
function endFor(item: Y.Item, reference: Y.ID, endOf: (client: number) => number): number {
  return reference.client === item.id.client ? item.id.clock : endOf(reference.client)
}
