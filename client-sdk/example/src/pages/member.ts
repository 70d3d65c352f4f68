// The page of a member: how far they vote as the person does, and each vote that this rests on.
import type { Client } from '@workforce-democracy/client'
import { type AgreementVote, agreements, agreementVotes } from '../agreement.ts'
import { agreementWords } from '../components/agreement-item.ts'
import { billHref } from '../components/bill-item.ts'
import { card, chip, emptyState, meta, pageHead, section } from '../components/blocks.ts'
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
    content: withCivic(context, [client.votes.subscribe], ({ representatives, bills }) => {
      const member = find(representatives)
      if (!member) return pageHead(t.civic.unknownMember)
      const nameById = new Map(bills.map(bill => [bill.id, bill.name]))
      return content(client, member, id => nameById.get(id) ?? id)
    }),
  }
}

function content(client: Client, member: Member, nameOf: (billId: string) => string): Child {
  const { role, place } = memberFacts(member)
  const agreement = agreements(client).find(({ representative }) => representative.id === member.id)
  const votes = agreementVotes(client, member.id)
  const toBills = buttonLink(t.civic.toBills, '/civic', { kind: 'primary' })
  return h(
    'div',
    { class: 'stack stack-wide' },
    pageHead(member.name, undefined, h('a', { href: '/civic/agreement' }, t.civic.agreementTitle)),
    meta(role, member.party, place),
    agreement && card(h('p', { class: 'large' }, agreementWords(agreement)), interval(agreement)),
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
      { class: 'row row-between' },
      h('h3', {}, h('a', { href: billHref(billId) }, nameOf(billId))),
      chip(label, { accent: verdict === 'agreed' }),
    ),
    meta(`${t.civic.yours}: ${t.civic.positions[mine]}`, `${t.civic.theirs}: ${t.civic.positions[theirs]}`),
  ]
}
