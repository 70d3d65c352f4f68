// How far members vote as the person does, and what that rests on: worked out on this device.
import type { Client } from '@workforce-democracy/client'
import { agreementOn, alignment } from '@workforce-democracy/shared'
import type { Bill } from './components/catalog-part.ts'

/** How far one member agrees. */
export type Agreement = ReturnType<Client['alignment']>[number]
/** One bill that it rests on. */
export type AgreementVote = ReturnType<typeof agreementOn>[number]

/** Of all members, greatest lower bound first; on the bills of one topic, if one is given. */
export function agreements({ catalogs, state }: Client, topic?: string): readonly Agreement[] {
  if (!catalogs.civic) return []
  const isOn = topicTest(catalogs.civic.bills, topic)
  const votes = new Map([...state('votes')].filter(([key]) => isOn(key)))
  return alignment(catalogs.civic, votes)
}

/** The votes that one member's agreement rests on. */
export function agreementVotes({ catalogs, state }: Client, memberId: string): readonly AgreementVote[] {
  return catalogs.civic ? agreementOn(catalogs.civic, state('votes'), memberId) : []
}

function topicTest(bills: readonly Bill[], topic: string | undefined): (billId: string) => boolean {
  if (!topic) return () => true
  const ids = new Set(bills.filter(({ topics }) => topics.includes(topic)).map(({ id }) => id))
  return billId => ids.has(billId)
}
