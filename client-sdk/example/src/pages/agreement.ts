// Who votes as the person does: members with the interval of their agreement, by topic if wished.
import type { Alignment } from '@workforce-democracy/client'
import { agreementItem } from '../components/agreement-item.ts'
import { emptyState, pageHead, underHead } from '../components/blocks.ts'
import { buttonLink } from '../components/button.ts'
import { withCivic } from '../components/catalog-part.ts'
import { filterBar } from '../components/filter-bar.ts'
import { longList } from '../components/long-list.ts'
import { h } from '../dom.ts'
import { folded } from '../format.ts'
import { t } from '../language.ts'
import { ownMembers } from '../members.ts'
import type { Page } from '../page.ts'
import { civicTabs } from './civic-tabs.ts'
import { topicOptions } from './topic-options.ts'

export const agreementPage: Page = context => {
  const { client } = context
  const topics = () => {
    const voted = client.catalogs.civic?.bills.filter(({ id }) => client.votes.get(id) !== undefined)
    return topicOptions(voted ?? [])
  }
  const bar = filterBar(context, t.civic.memberHint, [
    { name: 'who', label: t.civic.who, options: Object.entries(t.civic.whoOptions), initial: 'all' },
    { name: 'topic', label: t.civic.topic, options: topics },
  ])
  return {
    title: t.civic.agreementTitle,
    content: [
      pageHead(t.civic.agreementTitle, t.civic.agreementLead),
      civicTabs(),
      bar.element,
      withCivic(context, [bar.subscribe, client.votes.subscribe, client.profile.subscribe], () => {
        const { q = '', who, topic } = bar.values
        const own = new Set(ownMembers(client)?.map(({ id }) => id))
        const isWanted = ({ representative }: Alignment) =>
          (who === 'mine' ? own.has(representative.id) : who === 'all' || representative.chamber === who) &&
          folded(representative.name).includes(folded(q))
        const found = client.alignment(topic ? { topic } : {}).filter(isWanted)
        const compared = found.filter(({ percent }) => percent !== null)
        if (compared.length === 0)
          return emptyState(
            t.civic.needVotes,
            t.civic.needVotesText,
            buttonLink(t.civic.toBills, '/civic', { kind: 'primary' }),
          )
        return underHead(t.civic.allMembers, longList(compared, agreementItem, t.civic.agreementTitle))
      }),
      h(
        'details',
        { class: 'measure' },
        h('summary', {}, t.civic.howToRead),
        h('p', { class: 'soft' }, t.civic.howToReadText),
      ),
    ],
  }
}
