// The public civic data that devices and server share: bills, representatives, and how they voted.
import type { BillForm } from './bill-id.ts'

/** A bill as the public catalog has it. */
export interface Bill {
  readonly id: string
  /** `us`, `us-ny`, `gb`, … */
  readonly jurisdiction: string
  readonly governmentLevel: 'federal' | 'state' | 'local'
  readonly name: string
  readonly billForm: BillForm | null
  readonly number: string
  readonly congress: number | null
  /** Policy topics, from the published table of words. */
  readonly topics: readonly string[]
  /** ISO date of the last deciding roll call, if any. */
  readonly lastVotedOn: string | null
}

/** A sitting member of a legislature. */
export interface Representative {
  /** Bioguide id in the US Congress. */
  readonly id: string
  readonly jurisdiction: string
  readonly name: string
  readonly party: string
  readonly state: string
  readonly district: string | null
  readonly chamber: 'house' | 'senate'
}

/** How a member voted: present and not voting are not comparable. */
export type Position = 'yes' | 'no' | 'present' | 'not-voting'

/** A roll call that decided on a bill: passage or veto override. */
export interface RollCall {
  readonly id: string
  readonly billId: string
  readonly chamber: 'house' | 'senate'
  /** ISO 8601 UTC. */
  readonly votedAt: string
  readonly question: string
  readonly result: string
  /** Base64 of 2 bits per member in the catalog's order of representatives: 0 none, 1 yes, 2 no, 3 present or not voting. Low bits first. */
  readonly positions: string
}

/** All of it, as one cacheable file. `version` is the hash of its content. */
export interface CivicCatalog {
  readonly version: string
  readonly bills: readonly Bill[]
  readonly representatives: readonly Representative[]
  readonly rollCalls: readonly RollCall[]
}
