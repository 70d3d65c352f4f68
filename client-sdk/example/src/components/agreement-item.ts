// How far a member agrees, in a list: who it is, the interval drawn, and the same in words.
import type { Alignment, TopicAgreement } from '@workforce-democracy/client'
import { type Child, h } from '../dom.ts'
import { formatNumber, formatPercent, topicLabel } from '../format.ts'
import { t } from '../language.ts'
import { memberFacts, memberHref } from '../members.ts'
import { meta } from './blocks.ts'
import { interval } from './interval.ts'

/** The item. */
export function agreementItem(agreement: Alignment): Child {
  const { representative } = agreement
  const { role, place } = memberFacts(representative)
  return h(
    'div',
    { class: 'agreement' },
    h(
      'div',
      {},
      h('h3', {}, h('a', { href: memberHref(representative.id) }, representative.name)),
      meta(role, representative.party, place),
    ),
    h('div', {}, interval(agreement), h('p', { class: 'small soft' }, agreementWords(agreement))),
  )
}

/** The same for one topic. */
export function topicItem(agreement: TopicAgreement): Child {
  return h(
    'div',
    { class: 'agreement' },
    h('h3', {}, topicLabel(agreement.topic)),
    h('div', {}, interval(agreement), h('p', { class: 'small soft' }, agreementWords(agreement))),
  )
}

/** The same in a sentence. */
export function agreementWords({
  agreed,
  disagreed,
  percent,
  low,
  high,
}: Omit<Alignment, 'representative'>): string {
  if (percent === null) return t.civic.nothingToCompare
  const counted = t.civic.agreed(formatNumber(agreed), formatNumber(agreed + disagreed))
  return `${counted} · ${formatPercent(percent)} (${t.civic.rangeShort(formatPercent(low), formatPercent(high))})`
}
