// Votes on bills: the `votes` document.
import {
  checkBillId,
  keyOf,
  partsOf,
  readValue,
  type VoteValue,
  voteSchema,
} from '@workforce-democracy/shared'
import type { Documents, SavedWrite } from '../replica.ts'
import { checkedValue, defined, isoTime, subscribeTo } from './document-view.ts'

/** What a person says about a bill along with a vote; needed where the catalog lacks the bill. */
export type BillDetails = Pick<VoteValue, 'billName' | 'billNumber' | 'billType' | 'governmentLevel'>

/** A vote as it stands. `votedAt` is ISO 8601. */
export type Vote = VoteValue & { readonly billId: string }

/**
 * A person's votes. Reads are from memory; writes resolve when saved on this device.
 *
 * @example
 * const stop = client.votes.subscribe(() => console.log(client.votes.get('hr8-118')?.choice))
 * await client.votes.cast('hr8-118', 'no')
 * await client.votes.retract('hr8-118')
 * console.log(client.votes.list().length)
 * stop()
 */
export interface Votes {
  /**
   * Casts or changes a vote. A well-formed bill id that no catalog has is kept as the person's own record.
   *
   * @throws CodedError `invalid-bill-id`, `invalid-input`, `store-failed`, `client-closed`
   * @example
   * const saved = await client.votes.cast('hr8-118', 'yes')
   * await saved.durable()
   */
  cast(billId: string, choice: VoteValue['choice'], details?: BillDetails): Promise<SavedWrite>
  /** Takes a vote back. Does nothing where there is none. */
  retract(billId: string): Promise<SavedWrite>
  get(billId: string): Vote | undefined
  /** The latest first. */
  list(): Vote[]
  /** Calls `listener` after each change; returns how to stop that. */
  subscribe(listener: () => void): () => void
}

const DOCUMENT = 'votes'

export function createVotes({ replica }: { readonly replica: Documents }): Votes {
  const state = () => replica.state(DOCUMENT)
  return {
    async cast(billId, choice, { billName, billNumber, billType, governmentLevel } = {}) {
      const key = keyOf(checkBillId(billId))
      const votedAt = isoTime(replica.now())
      const value = checkedValue(
        voteSchema,
        defined({ choice, billName, billNumber, billType, governmentLevel, votedAt }),
      )
      return replica.write(DOCUMENT, () => [{ key, value }])
    },
    async retract(billId) {
      const key = keyOf(checkBillId(billId))
      return replica.write(DOCUMENT, votes => (votes.get(key)?.value ? [{ key, value: null }] : []))
    },
    get(billId) {
      const vote = readValue(voteSchema, state().get(keyOf(billId))?.value)
      return vote && { billId, ...vote }
    },
    list: () =>
      [...state().values()]
        .flatMap(({ key, value }) => {
          const [billId] = partsOf(key) ?? []
          const vote = readValue(voteSchema, value)
          return billId && vote ? [{ billId, ...vote }] : []
        })
        .sort((a, b) => Date.parse(b.votedAt) - Date.parse(a.votedAt) || (a.billId < b.billId ? -1 : 1)),
    subscribe: listener => subscribeTo(replica, DOCUMENT, listener),
  }
}
