// The page of a member: how far they vote as the person does, and each vote that this rests on.
import {
  type AgreementVote,
  agreementByTopic,
  type Client,
  type TopicAgreement,
} from '@workforce-democracy/client/browser'
import { agreementWords, topicItem } from '../components/agreement-item.ts'
import { billHref } from '../components/bill-item.ts'
import { card, chip, emptyState, list, meta, pageHead, section } from '../components/blocks.ts'
import { buttonLink } from '../components/button.ts'
import { type Member, withCivic } from '../components/catalog-part.ts'
import { interval } from '../components/interval.ts'
import { longList } from '../components/long-list.ts'
import { type Child, h } from '../dom.ts'
import { t } from '../language.ts'
import { memberFacts } from '../members.ts'
import type { Page } from '../page.ts'

export const memberPage: Page = context => {
  const { client, params } = context
  const find = (members: readonly Member[] = []) => members.find(({ id }) => id === params.id)
  return {
    title: find(client.catalogs.civic?.representatives)?.name ?? t.civic.agreementTitle,
    content: withCivic(context, [client.votes.subscribe], civic => {
      const member = find(civic.representatives)
      if (!member) return pageHead(t.civic.unknownMember)
      const nameById = new Map(civic.bills.map(bill => [bill.id, bill.name]))
      const votes = client.agreement(member.id)
      return content(client, member, votes, agreementByTopic(civic, votes), id => nameById.get(id) ?? id)
    }),
  }
}

function content(
  client: Client,
  member: Member,
  votes: readonly AgreementVote[],
  byTopic: readonly TopicAgreement[],
  nameOf: (billId: string) => string,
): Child {
  const { role, place } = memberFacts(member)
  const agreement = client.alignment().find(({ representative }) => representative.id === member.id)
  const compared = byTopic.filter(({ percent }) => percent !== null)
  const toBills = buttonLink(t.civic.toBills, '/civic', { kind: 'primary' })
  return h(
    'div',
    { class: 'stack stack-wide' },
    pageHead(
      member.name,
      undefined,
      h('a', { href: '/civic/agreement' }, t.civic.agreementTitle),
      meta(role, member.party, place),
    ),
    agreement && card(h('p', { class: 'large strong' }, agreementWords(agreement)), interval(agreement)),
    compared.length > 0 && section(t.civic.byTopic, list(compared.map(topicItem), t.civic.byTopic)),
    section(
      t.civic.basis,
      h('p', { class: 'soft' }, t.civic.basisLead),
      votes.length > 0
        ? longList(votes, vote => voteItem(vote, nameOf), t.civic.basis)
        : emptyState(t.civic.needVotes, t.civic.needVotesText, toBills),
    ),
  )
}

function voteItem(
  { billId, mine, theirs, verdict }: AgreementVote,
  nameOf: (billId: string) => string,
): Child {
  const label = t.civic.verdicts[verdict] ?? verdict
  return [
    h(
      'div',
      { class: 'item-head' },
      h('h3', {}, h('a', { href: billHref(billId) }, nameOf(billId))),
      chip(label, { accent: verdict === 'agreed' }),
    ),
    meta(`${t.civic.yours}: ${t.civic.positions[mine]}`, `${t.civic.theirs}: ${t.civic.positions[theirs]}`),
  ]
}
