// The person's own members of Congress, found on this device.
import { agreementItem } from '../components/agreement-item.ts'
import { emptyState, list, pageHead, underHead } from '../components/blocks.ts'
import { withCivic } from '../components/catalog-part.ts'
import { placeForm } from '../components/place-form.ts'
import { h } from '../dom.ts'
import { t } from '../language.ts'
import { ownMembers } from '../members.ts'
import type { Page } from '../page.ts'
import { civicTabs } from './civic-tabs.ts'

export const representativesPage: Page = context => {
  const { client } = context
  const members = withCivic(context, [client.profile.subscribe, client.votes.subscribe], () => {
    const own = ownMembers(client)
    if (!own) return emptyState(t.civic.noPlace, t.civic.noPlaceText)
    const byId = new Map(client.alignment().map(each => [each.representative.id, each]))
    const found = own.flatMap(({ id }) => byId.get(id) ?? [])
    return found.length > 0
      ? underHead(t.civic.yourMembers, list(found.map(agreementItem), t.civic.representativesTitle))
      : emptyState(t.civic.noMembers, t.civic.noMembersText)
  })
  return {
    title: t.civic.representativesTitle,
    content: [
      pageHead(t.civic.representativesTitle, t.civic.representativesLead),
      civicTabs(),
      h('div', { class: 'split' }, members, placeForm(client)),
    ],
  }
}
