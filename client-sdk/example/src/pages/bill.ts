// The page of a bill: the vote on it, how Congress voted, and a private note.
import { billFacts, billVote } from '../components/bill-item.ts'
import { card, emptyState, pageHead, section, topicChips } from '../components/blocks.ts'
import { button, buttonLink } from '../components/button.ts'
import { type Bill, type Member, type RollCall, withCivic } from '../components/catalog-part.ts'
import { noteCard } from '../components/note-card.ts'
import { type Child, h } from '../dom.ts'
import { formatAgo, formatDate } from '../format.ts'
import { t } from '../language.ts'
import { live } from '../live.ts'
import { memberHref, ownMembers } from '../members.ts'
import type { Page, PageContext } from '../page.ts'

export const billPage: Page = context => {
  const { client, params } = context
  const find = (bills: readonly Bill[] = []) => bills.find(({ id }) => id === params.id)
  return {
    title: find(client.catalogs.civic?.bills)?.name ?? t.civic.title,
    content: withCivic(context, [], ({ bills, rollCalls }) => {
      const bill = find(bills)
      if (bill)
        return content(
          context,
          bill,
          rollCalls.filter(({ billId }) => billId === bill.id),
        )
      const back = buttonLink(t.civic.toBills, '/civic', { kind: 'primary' })
      return [pageHead(t.civic.unknown), emptyState(t.learn.nothing, t.civic.unknownText, back)]
    }),
  }
}

function content(context: PageContext, bill: Bill, rollCalls: readonly RollCall[]): Child {
  const { client, signal } = context
  const own = [client.votes.subscribe, client.bookmarks.subscribe, client.profile.subscribe]
  return h(
    'article',
    { class: 'stack stack-wide' },
    h(
      'div',
      { class: 'stack' },
      pageHead(bill.name, undefined, h('a', { href: '/civic' }, t.civic.title), billFacts(bill)),
      topicChips(bill.topics, topic => `/civic?topic=${encodeURIComponent(topic)}`),
    ),
    h(
      'div',
      { class: 'split' },
      h(
        'div',
        { class: 'stack stack-wide' },
        live({ signal, on: own, className: 'stack stack-wide' }, () => [
          vote(context, bill),
          ownPeople(context, bill),
        ]),
        section(
          t.civic.rollCalls,
          rollCalls.length > 0 ? rollCallTable(rollCalls) : h('p', { class: 'soft' }, t.civic.noRollCalls),
        ),
      ),
      noteCard(client, { kind: 'bill', id: bill.id, hint: t.learn.noteHint }),
    ),
  )
}

function vote({ client }: PageContext, bill: Bill): Child {
  const { bookmarks, votes } = client
  const given = votes.get(bill.id)
  const isKept = bookmarks.has('bill', bill.id)
  return card(
    h('h2', {}, t.civic.yourVote),
    billVote(client, bill),
    given && h('p', { class: 'small soft' }, t.civic.votedOn(formatAgo(given.votedAt))),
    h(
      'div',
      {},
      button(isKept ? t.learn.bookmarked : t.learn.bookmark, {
        ...{ icon: 'bookmark', pressed: isKept, key: 'bookmark' },
        onPress: () => (isKept ? bookmarks.remove('bill', bill.id) : bookmarks.add('bill', bill.id)),
      }),
    ),
  )
}

/** How the person's own members voted, once there is a vote to compare. */
function ownPeople({ client }: PageContext, bill: Bill): Child {
  const members = ownMembers(client) ?? []
  const rows = members.flatMap((member): [Member, string][] => {
    const found = client.agreement(member.id).find(({ billId }) => billId === bill.id)
    return found ? [[member, t.civic.positions[found.theirs] ?? found.theirs]] : []
  })
  if (rows.length === 0) return undefined
  return section(
    t.civic.yourMembers,
    h(
      'ul',
      { class: 'list', role: 'list' },
      rows.map(([member, position]) =>
        h(
          'li',
          { class: 'item' },
          h(
            'div',
            { class: 'item-head' },
            h('a', { href: memberHref(member.id) }, member.name),
            h('span', { class: 'strong' }, position),
          ),
        ),
      ),
    ),
  )
}

function rollCallTable(rollCalls: readonly RollCall[]): HTMLElement {
  return h(
    'ul',
    { class: 'list', role: 'list' },
    rollCalls
      .toSorted((a, b) => Date.parse(b.votedAt) - Date.parse(a.votedAt))
      .map(({ chamber, votedAt, question, result }) =>
        h(
          'li',
          { class: 'item' },
          h(
            'div',
            { class: 'item-head' },
            h('h3', {}, `${t.civic.chambers[chamber]}: ${result}`),
            h('span', { class: 'small soft' }, formatDate(votedAt)),
          ),
          h('p', { class: 'small soft', lang: 'en' }, question),
        ),
      ),
  )
}
