// The civic part: bills, and what the person has voted on them.

import { billItem, billNumber } from '../components/bill-item.ts'
import { emptyState, pageHead, underHead } from '../components/blocks.ts'
import { button, buttonLink } from '../components/button.ts'
import { type Bill, type RollCall, withCivic } from '../components/catalog-part.ts'
import { type FilterValues, filterBar } from '../components/filter-bar.ts'
import { longList } from '../components/long-list.ts'
import { h } from '../dom.ts'
import { compareText, createSearch, folded, formatNumber } from '../format.ts'
import { t } from '../language.ts'
import type { Page, PageContext } from '../page.ts'
import { civicTabs } from './civic-tabs.ts'
import { topicOptions } from './topic-options.ts'

export { agreementPage } from './agreement.ts'
export { billPage } from './bill.ts'
export { memberPage } from './member.ts'
export { representativesPage } from './representatives.ts'

export const billsPage: Page = context => {
  const { client } = context
  const bar = billFilters(context)
  return {
    title: t.civic.title,
    content: [
      pageHead(t.civic.title, t.civic.lead),
      civicTabs(),
      bar.element,
      withCivic(context, [bar.subscribe, client.votes.subscribe], ({ bills, rollCalls }) => {
        const isVoted = (id: string) => client.votes.get(id) !== undefined
        const found = bills
          .filter(fits(bar.values, chambersByBill(rollCalls), isVoted))
          .sort(orderOf(bar.values.sort))
        if (found.length === 0)
          return emptyState(
            t.learn.nothing,
            t.learn.nothingText,
            button(t.learn.clear, { onPress: bar.clear }),
          )
        return [
          h('p', { class: 'small soft', role: 'status' }, t.common.results(formatNumber(found.length))),
          underHead(
            t.civic.tabs.bills,
            longList(found, bill => billItem(client, bill), t.civic.title),
          ),
        ]
      }),
    ],
  }
}

export const votesPage: Page = context => {
  const { client } = context
  return {
    title: t.civic.votesTitle,
    content: [
      pageHead(t.civic.votesTitle, t.civic.votesLead),
      civicTabs(),
      withCivic(context, [client.votes.subscribe], ({ bills }) => {
        const byId = new Map(bills.map(bill => [bill.id, bill]))
        const voted = client.votes
          .list()
          .map(vote => byId.get(vote.billId) ?? ownBill(vote.billId, vote.billName))
        if (voted.length === 0)
          return emptyState(
            t.civic.noVotes,
            t.civic.noVotesText,
            buttonLink(t.civic.toBills, '/civic', { kind: 'primary' }),
          )
        return underHead(
          t.civic.tabs.votes,
          longList(voted, bill => billItem(client, bill), t.civic.votesTitle),
        )
      }),
    ],
  }
}

/** A bill that no catalog has, as the person's own record of it. */
const ownBill = (id: string, name = id): Bill => ({
  ...{ id, name, number: id, jurisdiction: '', governmentLevel: 'federal' },
  ...{ billForm: null, congress: null, topics: [], lastVotedOn: null },
})

function billFilters(context: PageContext) {
  const topics = () => topicOptions(context.client.catalogs.civic?.bills ?? [])
  const entries = (labels: Readonly<Record<string, string>>) => Object.entries(labels)
  return filterBar(context, t.civic.searchHint, [
    { name: 'topic', label: t.civic.topic, options: topics },
    { name: 'chamber', label: t.civic.chamber, options: entries(t.civic.chambers) },
    { name: 'vote', label: t.civic.mine, options: entries(t.civic.mineOptions) },
    { name: 'sort', label: t.common.sort, options: entries(t.civic.sorts), initial: 'newest' },
  ])
}

function chambersByBill(rollCalls: readonly RollCall[]): ReadonlyMap<string, ReadonlySet<string>> {
  const chambers = new Map<string, Set<string>>()
  for (const { billId, chamber } of rollCalls)
    chambers.set(billId, (chambers.get(billId) ?? new Set()).add(chamber))
  return chambers
}

function fits(
  { q = '', topic, chamber, vote }: FilterValues,
  chambers: ReadonlyMap<string, ReadonlySet<string>>,
  isVoted: (id: string) => boolean,
) {
  const compact = folded(q).replace(/[^a-z0-9]/g, '')
  return (bill: Bill): boolean => {
    if (topic && !bill.topics.includes(topic)) return false
    if (chamber && !chambers.get(bill.id)?.has(chamber)) return false
    if (vote && isVoted(bill.id) !== (vote === 'voted')) return false
    if (q.trim() === '' || hasWords(bill, q.trim())) return true
    const number = folded(billNumber(bill)).replace(/[^a-z0-9]/g, '')
    return compact !== '' && (number === compact || number.endsWith(compact) || bill.id.startsWith(compact))
  }
}

const hasWords = createSearch<Bill>(({ name }) => name)

function orderOf(sort = 'newest'): (a: Bill, b: Bill) => number {
  const byName = (a: Bill, b: Bill) => compareText(a.name, b.name)
  if (sort === 'name') return byName
  return (a, b) => compareText(b.lastVotedOn ?? '', a.lastVotedOn ?? '') || byName(a, b)
}
